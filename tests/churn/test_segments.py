"""Segments: sizes, stakes and earnings add up to the whole, names follow from the columns, unstable groups have none."""

import json
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from casestudies.churn.config import ChurnSettings
from casestudies.churn.sections.segments import segments_blocks
from casestudies.churn.segments import segments_told
from casestudies.churn.study import STUDY, WORDS
from casestudies.decisions import Costs
from casestudies.errors import ConfigError, DataError
from casestudies.report import Figure, Table
from casestudies.runs.disk import to_json
from casestudies.workflow.analyses import Work
from casestudies.workflow.compare import ChampionChoice, Comparison, Judged, Sample
from casestudies.workflow.resolve import resolve

ROWS = 1500


def work_of(costs=True, weight=None, group=None, seed=0, **segments):
    """Customers of two kinds: new and likely to leave, or with us for long; the dear ones write tickets."""
    random = np.random.default_rng(seed)
    new = random.random(ROWS) < 0.4
    value = np.exp(random.normal(5, 0.8, ROWS))
    frame = pd.DataFrame(
        {
            "tenure_months": np.where(new, random.integers(0, 8, ROWS), random.integers(40, 60, ROWS)).astype(float),
            "tickets": random.poisson(np.where(value > 300, 3.0, 0.2)).astype(float),
            "contract": pd.Categorical(
                np.where(new, "monthly", random.choice(["yearly", "monthly"], ROWS, p=[0.9, 0.1]))
            ),
        }
    )
    p = np.clip(np.where(new, 0.4, 0.08) + random.normal(0, 0.02, ROWS), 0.01, 0.9)
    y = (random.random(ROWS) < p).astype(float)
    money = Costs(value, np.full(ROWS, 15.0), 2 + 0.3 * 13 + 0.7 * value, np.zeros(ROWS)) if costs else None
    weight = np.ones(ROWS) if weight is None else weight
    sample = Sample(frame, y, weight, money, group)
    act = p * (0.3 * (value - 15)) > 15 * (1 - p)
    rows = np.arange(ROWS)
    judged = {"m": Judged(p, act)}
    comparison = Comparison(
        rows,
        rows * 0,
        ((rows, rows),),
        judged,
        ChampionChoice("m", "m", {"m": 1.0}, "cost", 0.0),
        ("m",),
        judged["m"],
        {},
    )
    kinds = {"tenure_months": "whole", "tickets": "whole", "contract": "category"}
    checked = SimpleNamespace(
        frame=frame, kinds=kinds, columns=dict.fromkeys(kinds), sources={name: name for name in kinds}
    )
    values = {"study": "churn", "segments": segments, "interval": {"rounds": 200}}
    settings = resolve(ChurnSettings, values=values).config
    return Work(SimpleNamespace(checked=checked), None, sample, comparison, None, None, None, settings, WORDS)


def told_of(**asked):
    return json.loads(to_json(segments_told(work_of(**asked))))


def shown(told):
    settings = SimpleNamespace(interval=SimpleNamespace(level=0.95))
    return segments_blocks(SimpleNamespace(analysis={"segments": told}, study=STUDY, settings=settings, unit="EUR"))


def text_of(blocks):
    return " ".join(getattr(block, "text", "") for block in blocks)


@pytest.mark.parametrize("asked", [{}, {"method": "kmeans", "columns": ["value", "tenure_months", "risk"]}])
def test_the_groups_add_up_to_the_whole(asked):
    weight = np.random.default_rng(3).choice([0.5, 1.0, 2.0], ROWS)
    work, told = work_of(weight=weight, **asked), told_of(weight=weight, **asked)
    held, judged = work.sample, work.comparison.judged["m"]
    groups = told["groups"]
    assert sum(one["rows"] for one in groups) == ROWS
    assert sum(one["share"] for one in groups) == pytest.approx(1)
    assert sum(one["at_risk"] for one in groups) == pytest.approx(weight @ (judged.p * held.costs.fn))
    nobody = held.costs.total(held.y, np.zeros(ROWS, dtype=bool), weight)
    earned = nobody - held.costs.total(held.y, judged.act, weight)
    assert sum(one["earned"]["value"] for one in groups) == pytest.approx(earned)
    left = sum(one["share"] * one["left"]["value"] for one in groups)
    assert left == pytest.approx(np.average(held.y, weights=weight))


def test_bands_are_named_by_their_ends_and_by_what_else_sets_them_apart():
    told = told_of()
    assert told["columns"] == ["value", "tenure_months"]
    by = {one["name"]: one for one in told["groups"]}
    assert {"high value", "low value", "in the middle"} <= set(by)
    assert any("new" in name for name in by)
    assert by["high value"]["also"][0] == "many tickets"
    assert [one["at_risk"] for one in told["groups"]] == sorted(
        (one["at_risk"] for one in told["groups"]), reverse=True
    )


def test_planted_clusters_are_named_in_words():
    told = told_of(method="kmeans", columns=["tenure_months", "risk"])
    names = [one["name"] for one in told["groups"]]
    assert len(set(names)) == len(names)
    assert names.count("new, likely to leave") == 1
    assert all(name.startswith("long with us, unlikely to leave") for name in names if not name.startswith("new"))
    new = next(one for one in told["groups"] if one["name"].startswith("new"))
    assert "mostly monthly contract" in new["also"]
    assert min(told["steady"]) > 0.9


def test_the_analysts_own_words_are_used():
    told = told_of(words={"value": ["small", "big"], "tenure_months": ["fresh", "old hand"]})
    names = " ".join(one["name"] for one in told["groups"])
    assert "big" in names
    assert "old hand" in names
    assert "value" not in names


def test_groups_that_do_not_come_again_are_not_shown_and_it_is_said_why():
    random = np.random.default_rng(1)
    work = work_of()
    names = [f"n{number}" for number in range(7)]
    noise = pd.DataFrame(random.normal(size=(ROWS, 7)), columns=names)
    checked = SimpleNamespace(
        frame=noise, kinds=dict.fromkeys(names, "number"), columns=dict.fromkeys(names), sources={n: n for n in names}
    )
    settings = resolve(
        ChurnSettings, values={"study": "churn", "segments": {"method": "kmeans", "columns": names}}
    ).config
    work = Work(SimpleNamespace(checked=checked), None, work.sample, work.comparison, None, None, None, settings, WORDS)
    told = json.loads(to_json(segments_told(work)))
    assert told["groups"] == []
    text = text_of(shown(told))
    assert "must not be named" in text
    assert "segments.method: bands" in text


def test_groups_of_few_customers_are_told_together():
    told = told_of(columns=["value", "tenure_months", "tickets"])
    assert told["groups"][-1]["name"] == "others, too few each"
    assert all(one["rows"] >= 30 for one in told["groups"][:-1])


def test_without_costs_groups_have_no_money():
    told = told_of(costs=False)
    assert told["columns"] == ["risk", "tenure_months"]
    assert all(one["at_risk"] is None and one["earned"] is None for one in told["groups"])
    blocks = shown(told)
    assert not [block for block in blocks if isinstance(block, Figure)]
    assert next(block for block in blocks if isinstance(block, Table)).head == (
        "Who",
        "Customers",
        "Leave",
        "Contacted",
    )
    with pytest.raises(ConfigError, match="segments.columns: there are no costs, so customers have no value"):
        told_of(costs=False, columns=["value", "risk"])


def test_repeated_customers_widen_the_interval():
    plain = told_of()["groups"][0]["left"]
    # each customer stands for thirty rows of like outcome
    y = work_of().sample.y
    group = pd.Series(np.argsort(np.argsort(y, kind="stable"), kind="stable") // 30)
    wide = told_of(group=group)["groups"][0]["left"]
    assert wide["value"] == plain["value"]
    assert wide["high"] - wide["low"] > 1.5 * (plain["high"] - plain["low"])


@pytest.mark.parametrize(
    ("segments", "message"),
    [
        ({"columns": ["value"]}, "one column makes no bands"),
        ({"columns": ["value", "risk", "tickets", "tenure_months"]}, "4 columns make no bands"),
        ({"columns": ["value", "tenur_months"]}, "no column 'tenur_months'; did you mean 'tenure_months'"),
        ({"columns": ["value", "contract"]}, "'contract' is read as category, and numbers are wanted"),
    ],
)
def test_columns_that_make_no_bands_are_refused(segments, message):
    with pytest.raises((ConfigError, DataError), match=message):
        told_of(**segments)


def test_the_report_says_where_the_money_is():
    told = told_of()
    blocks = shown(told)
    assert sum(isinstance(block, Figure) for block in blocks) == 1
    top = told["groups"][0]
    assert f"Most is at risk with “{top['name']}”" in text_of(blocks)
    table = next(block for block in blocks if isinstance(block, Table))
    assert len(table.rows) == len(told["groups"])
    assert segments_blocks(SimpleNamespace(analysis={})) == ()
