"""Groups of users and items, what is said of them, and the words of comparisons."""

import json
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from casestudies.metrics.ranking import recall
from casestudies.recommendation.activity import FEW, activity_told, groups_of_items, groups_of_users
from casestudies.recommendation.coverage import FIGURES, coverage_told
from casestudies.recommendation.evaluation import evaluate
from casestudies.recommendation.sections.activity import activity_blocks
from casestudies.recommendation.sections.coverage import coverage_blocks
from casestudies.recommendation.sections.named import apart, compared, ends
from casestudies.recommendation.sections.performance import performance_blocks
from casestudies.recommendation.splits import split
from casestudies.report import Report, Section, Table, Text, to_html
from casestudies.tabular.interactions import Interactions


class Given:
    """A model that scores by a table of users and items."""

    def __init__(self, name, cells, rates=False):
        self.name, self.cells, self.rates = name, cells, rates

    def fit(self, data):
        return self

    def scores(self, users):
        return self.cells[users]

    def rate(self, users, items, time=None):
        return self.cells[users, items]


def shop(users=400, items=60, seed=0):
    """Users of two tastes, each for one half of the items; few are heavy; some come late."""
    rng = np.random.default_rng(seed)
    size = 3 + rng.geometric(0.12, users)
    user = np.repeat(np.arange(users), size)
    item = np.empty(len(user), dtype=int)
    taste = np.arange(users) % 2
    for n in range(users):
        weight = 0.9 ** np.arange(items) * np.where(np.arange(items) % 2 == taste[n], 1, 0.02)
        mine = rng.choice(items, min(size[n], 25), replace=False, p=weight / weight.sum())
        item[user == n] = np.resize(mine, size[n])
    # 350 users the whole year, 50 in its last week
    time = np.where(user < 350, rng.integers(0, 365, len(user)), rng.integers(358, 365, len(user))) * 86_400
    rating = rng.integers(1, 6, len(user)).astype(np.float32)
    codes = (user.astype(np.int32), item.astype(np.int32))
    ids = (pd.Index([f"c{n}" for n in range(users)]), pd.Index([f"i{n}" for n in range(items)]))
    return Interactions(*codes, *ids, rating, time=time.astype(np.int64), scale=(1, 5)), taste


DATA, TASTE = shop()
PARTS = split(DATA, "time", test=0.12)
OWNERS = np.bincount(DATA.item[PARTS.known], minlength=60).astype(np.float32)
POPULAR = np.tile(OWNERS, (400, 1))
MODELS = {
    "factorisation": Given("factorisation", POPULAR + 500 * (np.arange(60) % 2 == TASTE[:, None]), rates=True),
    "popularity": Given("popularity", POPULAR),
    "bias": Given("bias", np.tile(np.arange(60, dtype=np.float32)[::-1] * -1, (400, 1)), rates=True),
}
SETTINGS = SimpleNamespace(interval=SimpleNamespace(level=0.95, rounds=200), seed=0)
JUDGED = evaluate(MODELS, DATA, PARTS.known, PARTS.test, k=5, champion="factorisation", rounds=200)
WORK = SimpleNamespace(judged=JUDGED, settings=SETTINGS)
TOLD = activity_told(WORK)


def test_new_users_are_apart_and_the_others_are_thirds_by_what_is_known():
    groups = groups_of_users(JUDGED)
    known = JUDGED.panel.rows
    assert list(groups) == ["new", "light", "middle", "heavy"]
    assert np.sum(list(groups.values()), axis=0).tolist() == [1] * len(known)
    assert known[groups["new"]].max() == 0
    assert 1 <= known[groups["light"]].max() < known[groups["middle"]].min()
    assert known[groups["middle"]].max() < known[groups["heavy"]].min()
    sizes = [groups[name].sum() for name in ("light", "middle", "heavy")]
    assert max(sizes) < 2 * min(sizes)


def test_the_head_is_the_fewest_items_with_half_of_the_rows():
    groups = groups_of_items(JUDGED)
    owners = JUDGED.panel.owners
    head, tail = groups["head"], groups["tail"]
    assert owners[head].min() >= owners[tail].max()
    assert owners[head].sum() >= owners.sum() / 2 > owners[head].sum() - owners[head].min()
    assert not (head & tail).any()


def test_figures_of_a_group_are_means_of_its_users():
    values = JUDGED.per_user("ndcg_at_5", "factorisation") - JUDGED.per_user("ndcg_at_5", "popularity")
    for told, inside in zip(TOLD["users"], groups_of_users(JUDGED).values(), strict=True):
        assert told["users"] == inside.sum()
        if inside.sum() < FEW:
            assert "models" not in told
            continue
        own = JUDGED.per_user("ndcg_at_5", "bias")[inside].mean()
        assert told["models"]["bias"]["value"] == pytest.approx(own)
        assert told["difference"]["value"] == pytest.approx(values[inside].mean())
        assert told["difference"]["low"] <= told["difference"]["value"] <= told["difference"]["high"]
    assert sum("models" in told for told in TOLD["users"]) >= 2


def test_items_of_all_groups_together_are_all_that_was_found():
    ranked = JUDGED.ranked["factorisation"]
    found = sum(
        one["models"]["factorisation"]["value"] * one["relevant"] for one in TOLD["items"] if one["relevant"] >= FEW
    )
    few = sum(one["relevant"] for one in TOLD["items"] if one["relevant"] < FEW)
    hits = np.nansum(recall(ranked, 5) * ranked.relevant.counts)
    assert hits - few <= found + 1e-9 <= hits + 1e-6
    assert sum(one["shown"]["factorisation"] for one in TOLD["items"]) == pytest.approx(1)
    assert sum(one["relevant"] for one in TOLD["items"]) == JUDGED.told["relevant"]
    assert sum(one["items"] for one in TOLD["items"]) == JUDGED.told["items"]


def test_one_group_only_when_all_users_are_alike():
    data = Interactions(
        np.repeat(np.arange(40), 3).astype(np.int32),
        np.tile([0, 1, 2], 40).astype(np.int32),
        pd.RangeIndex(40),
        pd.RangeIndex(3),
        time=np.tile([1, 2, 3], 40).astype(np.int64),
    )
    parts = split(data, "last")
    model = Given("popularity", np.tile(np.float32([3, 2, 1]), (40, 1)))
    judged = evaluate({"popularity": model}, data, parts.known, parts.test, k=2, rounds=100)
    told = activity_told(SimpleNamespace(judged=judged, settings=SETTINGS))
    assert [one["group"] for one in told["users"]] == ["light"]
    assert told["users"][0]["difference"] is None
    assert told["users"][0]["models"]["popularity"]["value"] == 1


def _findings(judged=JUDGED, told=TOLD):
    return SimpleNamespace(
        evaluation=json.loads(json.dumps(judged.told)),
        metrics={"models": judged.metrics, "champion": judged.told["against"]},
        settings=SETTINGS,
        analysis={"activity": told, "coverage": coverage_told(SimpleNamespace(judged=judged))},
    )


def _texts(blocks):
    return " ".join(block.text for block in blocks if isinstance(block, Text))


def test_the_report_has_baselines_on_top_and_says_what_can_be_told_apart():
    blocks = performance_blocks(_findings())
    tables = [block for block in blocks if isinstance(block, Table)]
    assert [row[0] for row in tables[0].rows] == ["Popularity", "Average ratings", "Taste model of ratings"]
    assert [row[0] for row in tables[2].rows] == ["Average ratings", "Taste model of ratings"]
    assert (
        "Taste model of ratings in NDCG@5, with 95 % intervals of the difference: better than Popularity by"
        in _texts(blocks)
    )
    assert f"{JUDGED.told['users']:,} customers" in _texts(blocks)


def test_sections_are_written_and_can_be_rendered():
    f = _findings()
    blocks = [*performance_blocks(f), *activity_blocks(f), *coverage_blocks(f)]
    html = to_html(Report("t", "s", "id", "a", "1", (Section("all", "All", tuple(blocks)),)))
    assert "New, light and heavy customers" in html
    assert "Shared with popularity" in html
    empty = SimpleNamespace(analysis={}, settings=SETTINGS)
    assert activity_blocks(empty) == coverage_blocks(empty) == ()


def test_sampled_figures_are_warned_of():
    judged = evaluate(
        MODELS, DATA, PARTS.known, PARTS.test, k=5, champion="factorisation", negatives=20, rounds=100, liked=4
    )
    blocks = performance_blocks(_findings(judged))
    assert any("not to choose" in getattr(block, "text", "") for block in blocks)
    assert "one rated 4 or more" in _texts(blocks)


def test_a_copy_of_popularity_is_called_one():
    judged = evaluate(
        {"factorisation": MODELS["popularity"], "popularity": MODELS["popularity"]},
        DATA,
        PARTS.known,
        PARTS.test,
        k=5,
        champion="factorisation",
        rounds=100,
    )
    said = _texts(coverage_blocks(_findings(judged)))
    assert "Of its places 100 % are what popularity would have shown" in said
    assert "little else than a list of bestsellers" in said
    assert "have the same NDCG@5 for every customer" in _texts(performance_blocks(_findings(judged)))
    assert set(FIGURES) <= set(judged.metrics["factorisation"])


PAIR = {"metric": "ndcg_at_10", "model": "ease", "rival": "popularity", "difference": 0.02, "low": 0.01, "high": 0.03}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "EASE is better than Popularity in NDCG@10 by 0.0200 (95 % interval 0.0100 to 0.0300)."),
        (
            {"difference": -0.02, "low": -0.03, "high": -0.01},
            "EASE is worse than Popularity in NDCG@10 by 0.0200 (95 % interval 0.0100 to 0.0300).",
        ),
        (
            {"low": -0.01},
            "EASE and Popularity cannot be told apart in NDCG@10 (95 % interval of the difference -0.0100 to +0.0300).",
        ),
        ({"metric": "rmse"}, "EASE is worse than Popularity in RMSE by 0.0200 (95 % interval 0.0100 to 0.0300)."),
        ({"low": None}, "EASE and Popularity cannot be compared in NDCG@10."),
        ({"low": float("nan")}, "EASE and Popularity cannot be compared in NDCG@10."),
        (
            {"difference": 0, "low": 0, "high": 0},
            "EASE and Popularity have the same NDCG@10 for every customer.",
        ),
    ],
)
def test_verdicts(changes, words):
    assert apart({**PAIR, **changes}, "95 %") == words


def test_several_comparisons_share_a_sentence():
    pairs = [PAIR, {**PAIR, "rival": "bias", "low": -0.01}, {**PAIR, "metric": "rmse"}]
    assert compared(pairs, "ndcg_at_10", "90 %") == [
        "EASE in NDCG@10, with 90 % intervals of the difference: better than Popularity by 0.0200 (0.0100 to 0.0300); "
        "cannot be told apart from Average ratings (-0.0100 to +0.0300)."
    ]


def test_figures_as_text():
    assert ends({"value": 0.3391, "low": 0.3226, "high": 0.3556}) == "0.339 (0.323 to 0.356)"
    assert ends({"value": 0.5, "low": None, "high": None}) == "0.500"
    assert ends({"value": float("nan"), "low": None, "high": None}) == "n/a"
