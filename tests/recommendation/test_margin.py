"""What margin costs in likelihood: the first point is the model's own lists, and what is said of a point is so."""

from __future__ import annotations

import json
from types import SimpleNamespace

import numpy as np
import pytest

from casestudies.errors import ConfigError
from casestudies.metrics.ranking import Ranked, Sets, ndcg
from casestudies.recommendation.listing import LIST, lists_told
from casestudies.recommendation.margin import FILE, margin_told, pays_of
from casestudies.recommendation.pays import Chances, Margins, Pays
from casestudies.recommendation.sections.lists import lists_blocks
from casestudies.recommendation.sections.margin import margin_blocks
from casestudies.report import Figure, Table, Text


def asking(work, **ranking):
    """The same work with other settings of the lists."""
    from dataclasses import replace

    asked = work.settings.ranking.model_copy(update=ranking)
    return replace(work, settings=work.settings.model_copy(update={"ranking": asked}))


@pytest.fixture(scope="module")
def answer(small_work):
    return margin_told(small_work)


def test_answers_are_plain_values_and_the_same_each_time(small_work, answer):
    assert json.dumps(answer.told, allow_nan=False) == json.dumps(margin_told(small_work).told, allow_nan=False)


def test_the_first_point_is_the_models_own_lists(small_work, answer):
    model = small_work.comparison.fitted[small_work.comparison.champion]
    ranked, _ = small_work.judged.panel.rank(model, 10)
    first = answer.told["points"][0]
    own = ndcg(Ranked(ranked.lists, ranked.relevant), 10)
    assert first["measured"]["ndcg"]["value"] == pytest.approx(own.mean())
    assert first["measured"]["takes"]["value"] == pytest.approx(ranked.hit.sum(axis=1).mean())
    margins = small_work.data.items["margin"].fillna(small_work.data.items["margin"].median()).to_numpy()
    assert first["measured"]["margin"]["value"] == pytest.approx(
        (ranked.hit * margins[ranked.lists]).sum(axis=1).mean()
    )
    assert first["changed"] == 0


def test_more_margin_is_expected_for_fewer_takes_and_shares_are_kept(answer):
    points, curve = answer.told["points"], answer.told["curve"]
    assert (np.diff(curve["margin"]) > 0).all()
    assert (np.diff(curve["takes"]) < 0).all()
    assert [point["share"] for point in points[:2]] == ["own", 1.0]
    for point in points[1:-1]:
        assert point["takes"] >= point["share"] * points[1]["takes"] - 1e-12
    assert points[1]["takes"] >= points[0]["takes"]
    assert points[-1]["share"] is None
    assert points[-1]["margin"] == pytest.approx(curve["margin"][-1])


def test_lists_give_up_as_much_likelihood_as_is_asked_and_earn_more(small_work):
    plain, paying = (lists_told(asking(small_work, keep_takes=keep)) for keep in (1.0, 0.9))
    margins = small_work.data.items["margin"].fillna(small_work.data.items["margin"].median())
    earned = [one.lists[LIST]["item"].map(margins).mean() for one in (plain, paying)]
    assert earned[1] > 1.1 * earned[0]
    assert paying.told["by_margin"]
    assert not plain.told["by_margin"]


def test_what_was_learnt_is_kept_for_lists_to_come(small_work):
    asked = asking(small_work, keep_takes=0.9)
    pays = pays_of(asked)
    told = json.loads(margin_told(asked).made[FILE])
    again = Pays.from_dict(told, small_work.data.items)
    assert again.price == pays.price
    assert again.keep == 0.9
    lists = np.arange(60, dtype=np.int32).reshape(2, 30)
    assert np.array_equal(again.chances.of(lists, again.margins), pays.chances.of(lists, pays.margins))
    assert pays_of(small_work) is None


def test_chances_know_that_dear_items_are_taken_less_often():
    rng = np.random.default_rng(0)
    users, items, width = 4_000, 100, 40
    margins = Margins(rng.gamma(2.0, 5.0, items), "margin", 0)
    lists = np.argsort(rng.random((users, items)), axis=1)[:, :width].astype(np.int32)
    dear = margins.values >= np.quantile(margins.values, 0.8)
    truth = 0.2 * np.arange(1, width + 1) ** -0.7 * np.where(dear[lists], 0.4, 1.0)
    who, place = np.nonzero(rng.random(lists.shape) < truth)
    ranked = Ranked(lists, Sets.of(who, lists[who, place], users))
    chances = Chances.learnt(ranked, margins)
    assert chances.factors[-1] / chances.factors[:-1].mean() == pytest.approx(0.4, rel=0.1)
    found = chances.of(lists, margins)
    assert found[dear[lists]].sum() == pytest.approx(ranked.hit[dear[lists]].sum(), rel=0.05)
    assert found.sum() == pytest.approx(ranked.hit.sum(), rel=0.02)


def test_without_margins_there_is_no_question_and_no_ranking_by_them(small_work):
    from dataclasses import replace

    bare = replace(small_work.data, items=small_work.data.items[["title"]])
    work = replace(asking(small_work, keep_takes=0.9), data=bare)
    assert margin_told(work) is None
    with pytest.raises(ConfigError) as caught:
        pays_of(work)
    assert str(caught.value) == (
        "ranking.keep_takes: no item has a margin or a price; name a column in ranking.margin, or write 1"
    )


def test_the_report_says_what_it_costs_and_draws_one_figure(small_work, answer):
    f = SimpleNamespace(
        analysis={"margin": answer.told, "lists": lists_told(small_work).told}, settings=small_work.settings, unit="EUR"
    )
    blocks = margin_blocks(f)
    assert [type(block) for block in blocks] == [Text, Figure, Table, Text]
    assert [row[0] for row in blocks[2].rows[:2]] == ["the model's own", "100 %"]
    assert blocks[2].rows[-1][0] == "margin alone"
    assert [type(block) for block in lists_blocks(f)] == [Text, Table, Table, Text]
    few = SimpleNamespace(analysis={"margin": {**answer.told, "few": True}})
    assert "Too few" in margin_blocks(few)[0].text
    assert margin_blocks(SimpleNamespace(analysis={})) == lists_blocks(SimpleNamespace(analysis={})) == ()
