"""Frozen lists judged by what came after them."""

import numpy as np
import pandas as pd
import pytest

import casestudies
from casestudies.errors import CaseError
from casestudies.workflow.studies import get_study

CONFIG = {
    "data": {"user": "who", "item": "what", "time": "day"},
    "model": {"candidates": ["popularity", "implicit"], "factors": 8, "half_life": None},
    "interval": {"rounds": 200},
    "analyse": [],
    "report": {"formats": []},
}


def taken(seed, first, last, customers=400, turned=False, name="c"):
    """Two kinds of customers, each of whom takes mostly of one half of 60 things; turned: of the other half."""
    random = np.random.default_rng(seed)
    rows = []
    for number in range(customers):
        kind = (number % 2) ^ turned
        for _ in range(8):
            half = kind if random.random() < 0.9 else 1 - kind
            thing = int(30 * half + min(random.geometric(0.08) - 1, 29))
            rows.append((f"{name}{number}", f"t{thing}", first + pd.Timedelta(days=int(random.integers(0, last)))))
    frame = pd.DataFrame(rows, columns=["who", "what", "day"]).drop_duplicates(["who", "what"])
    return frame.assign(day=frame["day"].dt.strftime("%Y-%m-%d"))


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shop")
    file = folder / "then.csv"
    taken(0, pd.Timestamp("2024-01-01"), 300).to_csv(file, index=False)
    return casestudies.run("recommendation", file, CONFIG, runs=folder / "runs", variables={})


@pytest.fixture
def later(tmp_path):
    def made(**asked):
        file = tmp_path / "now.csv"
        taken(1, pd.Timestamp("2025-01-01"), 60, **asked).to_csv(file, index=False)
        return file

    return made


def test_lists_that_still_fit_are_kept_and_turned_tastes_ask_for_a_new_model(shop, later):
    fits, turned = shop.evaluate(later(), variables={}), shop.evaluate(later(turned=True), variables={})
    assert fits.verdict in ("keep", "too few to say")
    assert turned.verdict == "refit"
    champion = shop.metrics["champion"]
    ndcg = [one.metrics["models"][champion]["ndcg_at_10"]["value"] for one in (fits, turned)]
    assert ndcg[0] > 2 * ndcg[1]
    assert "above popularity" in turned.summary()[0]


def test_recall_is_that_of_the_lists_which_predict_gives(shop, later, tmp_path):
    file = later()
    found = shop.evaluate(file, variables={})
    who = tmp_path / "who.csv"
    pd.read_csv(file)[["who"]].drop_duplicates().to_csv(who, index=False)
    lists = shop.predict(who).rows.groupby("user")["item"].apply(set)
    before = pd.read_csv(shop.folder.sources()[0])
    had = before.groupby("who")["what"].apply(set)
    after = pd.read_csv(file).groupby("who")["what"].apply(set)
    recall = []
    for customer, things in after.items():
        new = things - had.get(customer, set())
        if new:
            recall.append(len(new & lists[customer]) / len(new))
    told = found.metrics["models"][shop.metrics["champion"]]["recall_at_10"]
    assert told["value"] == pytest.approx(np.mean(recall))
    assert found.folder.read_json("evaluation.json")["rows"] == len(recall)


def test_newcomers_are_listed_what_is_popular_and_do_not_decide(shop, later, tmp_path):
    file = tmp_path / "mixed.csv"
    both = [pd.read_csv(later()), taken(2, pd.Timestamp("2025-01-01"), 60, customers=50, name="new")]
    pd.concat(both).to_csv(file, index=False)
    found, known = shop.evaluate(file, variables={}), shop.evaluate(later(), variables={})
    told = [one.folder.read_json("evaluation.json") for one in (found, known)]
    assert told[0]["rows"] == told[1]["rows"]
    assert told[0]["verdict"] == told[1]["verdict"]
    assert "50 of " in told[0]["drift"]["said"][0]
    users = pd.read_parquet(found.path / "predictions.parquet").set_index("user")
    strangers = users[users["known"] == 0]
    champion = shop.metrics["champion"]
    assert len(strangers) == 50
    assert (strangers[f"ndcg_at_10:{champion}"] == strangers["ndcg_at_10:popularity"]).all()


def test_what_cannot_be_judged_is_one_line(shop, later, tmp_path):
    new = pd.read_csv(later())
    files = {
        "nothing in it is new": pd.read_csv(shop.folder.sources()[0]),
        "what": new[["who"]],
        "none of its items": new.assign(what="x"),
        "known to the run": new.assign(who="stranger" + new["who"]),
    }
    for words, frame in files.items():
        file = tmp_path / "bad.csv"
        frame.to_csv(file, index=False)
        with pytest.raises(CaseError, match=words) as caught:
            shop.evaluate(file, variables={})
        assert len(str(caught.value).splitlines()) == 1
    with pytest.raises(CaseError, match="there is no further table"):
        shop.evaluate(later(), files={"items": later()}, variables={})
    with pytest.raises(CaseError, match="frozen with the model"):
        shop.evaluate(later(), overrides=["ranking.k=5"], variables={})


def test_a_gate_on_lists(shop, later):
    found = shop.evaluate(later(), overrides=["gates.ndcg_at_10.min=0.99"], variables={})
    with pytest.raises(CaseError, match=r"gates\.ndcg_at_10"):
        found.check_gates()
    assert found.study.headline(found.metrics).startswith("evaluated, ")
    assert get_study("recommendation").at("evaluate").files == ()
