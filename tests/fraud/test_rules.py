"""Existing rules beside the model: counts by hand, planted rules, and what the report says."""

import numpy as np
import pytest

from casestudies.errors import ConfigError
from casestudies.fraud.flags import fired
from casestudies.fraud.judged import Transactions
from casestudies.fraud.rules import rules_told
from casestudies.fraud.sections.rules import rules_blocks

RULES = ["r_good", "r_same", "r_idle", "r_only"]


@pytest.fixture(scope="module")
def studied(bench):
    frame = bench.payments(4000, seed=3)
    random = np.random.default_rng(5)
    fraud = frame["fraud"] == "yes"
    # a pattern that no column tells, and one rule knows
    hidden = (random.random(len(frame)) < 0.06) & (frame["amount"] > 30)
    frame.loc[hidden, "fraud"] = "yes"
    frame["r_good"] = ((frame["amount"] > 60) & (frame["channel"] == "online")).astype(int)
    frame["r_same"] = frame["r_good"]
    frame["r_idle"] = (random.random(len(frame)) < 0.03) & ~fraud & ~hidden
    frame["r_only"] = np.where(hidden, "yes", "no")
    return bench.work(frame.drop(columns=["card"]), rules={"columns": RULES}, data={"drop": ["noise"]})


@pytest.fixture(scope="module")
def told(studied):
    return rules_told(studied)


def test_no_rule_is_a_feature(studied):
    assert not set(RULES) & set(studied.loaded.checked.features)


def test_lines_are_what_counting_gives(studied, told):
    held = Transactions.of(studied)
    frame = studied.loaded.checked.frame.iloc[held.rows]
    alerts = {name: fired(frame[name]) for name in RULES}
    value = held.p * held.costs.fn - 10
    count = int(np.any(list(alerts.values()), axis=0).sum())
    model = np.zeros(len(value), dtype=bool)
    model[np.argsort(-value, kind="stable")[:count]] = True
    every = {**alerts, None: model}
    money = held.y * held.costs.fn
    for line in told["lines"]:
        mine = every[line["name"]]
        others = np.any([one for name, one in every.items() if name != line["name"]], axis=0)
        assert line["alerts"] == mine.sum()
        assert line["caught"] == pytest.approx(money[mine].sum())
        assert line["precision"] == pytest.approx(held.y[mine].mean())
        assert line["alone"] == pytest.approx(money[mine & ~others].sum())
    names = [line["name"] for line in told["lines"]]
    for a, row in zip(names, told["overlap"], strict=True):
        assert row == pytest.approx([every[a][every[b]].sum() / every[a].sum() for b in names])
    net = np.where(held.y > 0, held.costs.fn - 10, -10)
    for name in RULES:
        others = np.any([one for other, one in every.items() if other != name], axis=0)
        only = alerts[name] & ~others
        assert told["could_go"]["each"][name]["value"] == pytest.approx(net[only].sum())
    rules = np.any(list(alerts.values()), axis=0)
    assert told["model"]["difference"]["value"] == pytest.approx(money[model].sum() - money[rules].sum())


def test_of_two_equal_rules_and_an_idle_one_the_report_lets_go_and_keeps_what_only_one_knows(studied, told, bench):
    gone = [one["name"] for one in told["could_go"]["gone"]]
    assert "r_idle" in gone
    assert {"r_good", "r_same"} & set(gone)
    assert "r_only" not in gone
    assert told["could_go"]["each"]["r_same"]["value"] == 0  # beside its twin
    assert told["could_go"]["each"]["r_only"]["low"] > 0
    text = bench.printed(rules_blocks(bench.findings(studied, rules=told)))
    assert "r_only should stay" in text
    assert "r_idle" in text


def test_one_lucky_hit_keeps_no_rule(bench):
    """A rule that found one fraud more than its alarms cost may have been lucky: its interval reaches below 0."""
    frame = bench.payments(4000, seed=3)
    late = frame.index[3200:]
    lucky = frame.loc[late].query("fraud == 'yes'")["amount"].nsmallest(12).index[-1:]
    frame["luck"] = 0
    frame.loc[lucky, "luck"] = 1
    frame["amount"] = frame["amount"] + 15
    told = rules_told(bench.work(frame.drop(columns="card"), rules={"columns": ["luck"]}))
    assert told["could_go"]["each"]["luck"]["value"] > 0
    assert [one["name"] for one in told["could_go"]["gone"]] == ["luck"]


def test_without_prices_frauds_are_counted(bench):
    frame = bench.payments(2500)
    frame["rule"] = (frame["amount"] > 80).astype(int)
    free = bench.work(frame, rules={"columns": ["rule"]}, cost={"fn": None, "fp": None, "tp": 0, "currency": None})
    told = rules_told(free)
    held = Transactions.of(free)
    rule = (free.loaded.checked.frame["amount"].to_numpy() > 80)[held.rows]
    assert told["lines"][0]["caught"] == held.y[rule].sum()
    assert "frauds" in bench.printed(rules_blocks(bench.findings(free, rules=told)))


def test_no_rules_no_question(work, bench):
    assert rules_told(work) is None
    assert rules_blocks(bench.findings(work)) == ()


@pytest.mark.parametrize(
    ("cells", "columns", "says"),
    [
        ([0, 1, 2], ["rule"], "'rule' does not hold 0 and 1 in every row"),
        ([0, 1, None], ["rule"], "'rule' does not hold 0 and 1 in every row"),
        ([0, 1, 1], ["rule", "rule"], "'rule' stands there twice"),
        ([0, 1, 1], ["ruel"], "there is no column 'ruel'"),
    ],
)
def test_a_column_that_is_no_rule_is_said_before_anything_is_fitted(bench, cells, columns, says):
    frame = bench.payments(600).assign(rule=np.resize(np.array(cells, dtype=object), 600))
    with pytest.raises(ConfigError, match="rules.columns") as error:
        bench.work(frame, rules={"columns": columns})
    assert says in str(error.value)
