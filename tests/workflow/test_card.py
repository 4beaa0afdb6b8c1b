from __future__ import annotations

import json
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from casestudies.credit.study import WORDS
from casestudies.errors import ConfigError
from casestudies.models.scorecard.card import Scaling, pointed
from casestudies.models.scorecard.counterfactual import score_at
from casestudies.report import Figure, Heading, Report, Section, Table, Text, to_html
from casestudies.tabular.bins import Bins, PairBins
from casestudies.workflow.card import card_told
from casestudies.workflow.sections.card import card_blocks
from casestudies.workflow.sections.words import read
from casestudies.workflow.table_settings import Reasons


@pytest.fixture
def frame():
    random = np.random.default_rng(3)
    age, income = random.integers(18, 70, 400).astype(float), random.lognormal(7, 0.6, 400)
    return pd.DataFrame({"age": age, "income": income, "home": random.choice(["rent", "own"], 400)})


def card_of(frame, whole=True):
    found = [
        Bins("age", (25.0, 40.0)),
        Bins("income", (500.0, 1000.0, 2000.0)),
        Bins("home", None, (("rent",), ("own",))),
        PairBins(Bins("age", (30.0,)), Bins("income", (900.0,))),
    ]
    parts = []
    for bins, margin in zip(found, ([1, 0, -1, 0], [1.5, 0.5, -0.5, -1, 0], [0.5, -0.5, 0, 0], [0.2] * 9), strict=True):
        rows = np.bincount(bins.codes(frame), minlength=len(bins.labels)).astype(float)
        margin = np.array(margin, dtype=float)
        parts.append((bins, rows, rows * 0.25, (margin - rows @ margin / rows.sum()) * (rows > 0)))
    return pointed(parts, -1.0, Scaling(), whole)


def told_of(frame, threshold=0.3, settings=Reasons(), **more):  # noqa: B008 (frozen)
    card = card_of(frame)
    score = card.score(card.codes(frame))
    target = np.full(len(frame), score_at(card, threshold))
    act = score < target
    told = card_told(card, frame, settings, act=act, target=target, **more)
    return card, score, act, target, json.loads(json.dumps(told, allow_nan=False))


def findings(told):
    columns = {name: {"kind": kind} for name, kind in (("age", "whole"), ("income", "number"), ("home", "category"))}
    return SimpleNamespace(analysis={"card": told}, study=SimpleNamespace(words=WORDS), profile={"columns": columns})


def said(blocks):
    return " ".join(block.text for block in blocks if isinstance(block, Text | Heading))


def test_the_row_shown_misses_its_cut_by_least_and_its_points_add_up(frame):
    card, score, act, target, told = told_of(frame, numbers=np.arange(400) + 7)
    case = told["case"]
    place = case["row"] - 7
    assert act[place]
    assert score[place] == score[act].max() == case["score"]
    assert card.base + sum(one["points"] for one in case["points"]) == case["score"]
    assert case["target"] == np.ceil(target[0])
    assert case["probability"] > 0.3


def test_reasons_are_counted_among_those_acted_on(frame):
    card, _, act, _, told = told_of(frame, protected=["home"])
    reasons = told["reasons"]
    assert reasons["rows"] == act.sum()
    names = [one["concept"] for one in reasons["concepts"]]
    assert "home" not in names
    age = next(one for one in reasons["concepts"] if one["concept"] == "age")
    place = [one.name for one in card.characteristics].index("age")
    points = card.points(card.codes(frame))[act, place]
    best = card.characteristics[place].points.max()
    assert age["any"] == pytest.approx((points < best).mean())
    assert age["lost"] == pytest.approx((best - points)[points < best].mean())


def test_weight_two_equals_the_row_twice(frame):
    weight = np.where(np.arange(400) % 3 == 0, 2.0, 1.0)
    twice = frame.loc[np.repeat(frame.index, weight.astype(int))].reset_index(drop=True)
    settings = Reasons(against="approved")
    card = card_of(frame)
    target = score_at(card, 0.3)

    def counted(rows, w):
        act = card.score(card.codes(rows)) < target
        return card_told(card, rows, settings, act=act, weight=w)["reasons"]["concepts"]

    for one, other in zip(counted(frame, weight), counted(twice, None), strict=True):
        assert one["concept"] == other["concept"]
        assert [one[key] for key in ("any", "first", "lost")] == pytest.approx(
            [other[key] for key in ("any", "first", "lost")]
        )


def test_the_blocks_show_one_figure_the_whole_card_and_the_way_to_the_cut(frame):
    settings = Reasons(words={"home": "No house of one's own"}, changeable={"income": "up"}, k=2)
    told = told_of(frame, settings=settings)[-1]
    blocks = card_blocks(findings(told))
    assert sum(isinstance(block, Figure) for block in blocks) == 1
    card = next(block for block in blocks if isinstance(block, Table) and block.head[0] == "Bin")
    met = sum(rows > 0 for one in told["characteristics"] for rows in one["rows"])
    names = [row[0] for row in card.rows if row[1:] == ("", "", "")]
    assert names == [one["name"] for one in told["characteristics"]]
    assert len(card.rows) == met + len(names)
    assert "No house of one's own" in {row[0] for block in blocks if isinstance(block, Table) for row in block.rows}
    assert "reaches the cut: income" in said(blocks) or "no change of income" in said(blocks).lower()
    assert "under reasons.changeable" in said(blocks)
    assert "<svg" in to_html(Report("T", "", "id", "a", "1", (Section("card", "Card", blocks),)))


def test_a_long_card_is_cut_after_whole_characteristics_and_says_which_are_left_out(frame):
    told = told_of(frame)[-1]
    one = told["characteristics"][0]
    long = {**one, **{key: one[key] * 10 for key in ("labels", "order", "rows", "events", "margin", "points")}}
    told["characteristics"] = [{**long, "name": f"long {i}"} for i in range(12)]
    blocks = card_blocks(findings(told))
    table = next(block for block in blocks if isinstance(block, Table) and block.head[0] == "Bin")
    assert 100 < sum(row[1] != "" for row in table.rows) <= 150
    assert "narrower characteristics are left out here: " in said(blocks)
    assert "long 11" in said(blocks)


def test_flags_and_whole_numbers_are_read_as_people_say_them(frame):
    told = told_of(frame)[-1]
    one = {"name": "phone", "labels": ["below 1", "1 or more", "missing"], "order": [0, 1, None], "points": [0, 5, 0]}
    told["characteristics"] = [{**one, "rows": [60, 40, 0], "events": [20, 5, 0], "margin": [0, 1, 0]}]
    told["case"]["reasons"] = [{"concept": "phone", "text": "phone: below 1", "lost": 5.0}]
    f = findings(told)
    f.profile["columns"]["phone"] = {"kind": "flag"}
    tables = {block.head: block.rows for block in card_blocks(f) if isinstance(block, Table)}
    assert [row[0] for head, rows in tables.items() if head[0] == "Bin" for row in rows] == [
        "phone",
        "no (0)",
        "yes (1)",
    ]
    assert tables["Reason", "Points lost"][0][0] == "phone: no (0)"
    assert read("3 to below 4", "whole") == "3"
    assert [read("3 to below 4", "number"), read("3 to below 5", "whole")] == ["3 to below 4", "3 to below 5"]


def test_a_challengers_card_says_whose_it_is(frame):
    told = told_of(frame)[-1]
    f = findings({**told, "saved": False})
    f.champion, f.baselines = "lightgbm", ("accept_all", "decline_all")
    blocks = card_blocks(f)
    assert blocks[0].text == "The challenger's card"
    assert "The saved model is LightGBM" in blocks[1].text
    assert "the challenger would have declined" in said(blocks)
    assert "export/card" not in said(blocks)
    assert "export/card.csv" in said(card_blocks(findings({**told, "saved": True})))


def test_without_a_cut_or_anybody_declined_there_is_less_to_say_and_no_error(frame):
    card = card_of(frame, whole=False)
    nobody = card_told(card, frame, Reasons(), act=np.zeros(400, dtype=bool))
    assert nobody["case"] is None
    assert "Reasons" not in said(card_blocks(findings(nobody)))
    everybody = card_told(card, frame, Reasons(changeable={"income": "up"}), act=np.ones(400, dtype=bool))
    assert everybody["ways"] is None
    assert "the one with the most points" in said(card_blocks(findings(everybody)))
    unreachable = card_told(card, frame, Reasons(), act=np.ones(400, dtype=bool), target=np.full(400, np.inf))
    json.dumps(unreachable, allow_nan=False)
    assert card_blocks(SimpleNamespace(analysis={})) == ()


def test_settings_that_name_no_column_are_refused_and_those_the_card_left_out_are_not(frame):
    with pytest.raises(ConfigError, match="did you mean 'income'"):
        told_of(frame, settings=Reasons(words={"incme": "x"}))
    with pytest.raises(ConfigError, match="nobody is approved"):
        told_of(frame, threshold=1e-9, settings=Reasons(against="approved"))
    wider = frame.assign(later=1.0)
    told_of(wider, settings=Reasons(words={"later": "x"}, changeable={"later": "up"}))
