"""Payments a real person could bring: what is wrong is said in one line, before anything is fitted."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from casestudies import cli
from casestudies.errors import ExitCode

ROWS = 300
ROW = np.arange(ROWS)
SETTINGS = ("data.positive=yes", "cost.fn=amount", "cost.fp=10", "cost.tp=10")


def payments(**columns) -> pd.DataFrame:
    random = np.random.default_rng(0)
    at = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.sort(random.integers(0, 60 * 86_400, ROWS)), "s")
    table = {
        "transaction": [f"P{row}" for row in ROW],
        "time": at.strftime("%Y-%m-%d %H:%M:%S").to_numpy(dtype=object),
        "card": [f"C{card}" for card in random.integers(0, 40, ROWS)],
        "terminal": [f"T{terminal}" for terminal in random.integers(0, 20, ROWS)],
        "amount": random.lognormal(3, 1, ROWS).round(2),
        "fraud": np.where(random.random(ROWS) < 0.2, "yes", "no"),
    }
    return pd.DataFrame({**table, **columns})


def some(column: str, value: object, every: int = 50) -> pd.Series:
    """The column with every so manieth cell replaced, the first one too."""
    cells = payments()[column].astype(object)
    return cells.where(ROW % every > 0, value)


P = payments()
STAMPS = P["time"].astype(str).str.replace(" ", "T")
# name: (the table, further --set, exit code, words that the line must hold)
STOPS = {
    "labels unsaid": (P, ("data.positive=null",), ExitCode.DATA, ("'yes'", "'no'", "data.positive")),
    "other labels": (P.replace({"yes": "bad", "no": "good"}), (), ExitCode.DATA, ("'bad'", "'good'", "data.positive")),
    "three labels": (P.assign(fraud=some("fraud", "open")), (), ExitCode.DATA, ("'open' (6)", "data.derive")),
    "money as text": (P.assign(amount=some("amount", "1,200")), (), ExitCode.DATA, ("`amount`", "6 of 300", "row 1", "'1,200'", "decimal")),
    "money in words": (P.assign(amount=some("amount", "much")), (), ExitCode.DATA, ("`amount`", "row 1", "'much'")),
    "money missing": (P.assign(amount=some("amount", None)), (), ExitCode.DATA, ("cost.fn", "6 of 300", "row 1")),
    "misspelt column": (P, ("cost.fn=amuont",), ExitCode.CONFIG, ("cost.fn", "'amuont'", "'amount'")),
    "division by zero": (P, ("cost.fn=1 / (amount - amount)",), ExitCode.DATA, ("cost.fn", "300 of 300", "row 1")),
    "all costs zero": (P, ("cost.fn=0", "cost.fp=0", "cost.tp=0"), ExitCode.CONFIG, ("cost", "every cost is 0")),
    "time unread": (P.assign(time=some("time", "yesterday")), (), ExitCode.DATA, ("`time`", "row 1", "'yesterday'")),
    "zones mixed": (P.assign(time=STAMPS + np.where(ROW % 2, "+02:00", "")), (), ExitCode.DATA, ("`time`", "zone", "row 2")),
    "a payment of the future": (P.assign(time=some("time", "2190-01-01 00:00:00", 299)), (), ExitCode.DATA, ("'time'", "2 payments", "2190-01-01", "future")),
    "a negative delay": (P, ("split.delay=-3",), ExitCode.CONFIG, ("split.delay", "0")),
    "a window of nothing": (P, ("rolling.windows=[0]",), ExitCode.CONFIG, ("rolling.windows", "1 to 400")),
    "a made name": (P.assign(hour=1), (), ExitCode.DATA, ("'hour'", "rename")),
    "no such rule": (P, ("rules.columns=[rule]",), ExitCode.CONFIG, ("rules.columns", "'rule'")),
    "a rule of numbers": (P.assign(rule=ROW), ("rules.columns=[rule]",), ExitCode.CONFIG, ("rules.columns", "'rule'", "0 and 1")),
    "no alerts": (P, ("alerts.per_day=0",), ExitCode.CONFIG, ("alerts.per_day", "1")),
    "a further table": (P, ("data.files.events=x.csv",), ExitCode.CONFIG, ("data.files", "'events'")),
    "one row": (P.head(1), (), ExitCode.DATA, ("`fraud`", "one value")),
    "no row": (P.head(0), (), ExitCode.DATA, ("no rows",)),
    "no payment is known": (P, ("split.delay=90", "split.kind=time"), ExitCode.DATA, ("split.delay", "90 days")),
}  # fmt: skip


def said(verb, frame, settings, tmp_path, capsys):
    file = tmp_path / "payments.csv"
    frame.to_csv(file, index=False)
    further = ["--no-progress", "--out", str(tmp_path / "runs")] if verb == "run" else []
    code = cli.main([verb, "fraud", "--data", str(file), *further, *(f"--set={s}" for s in (*SETTINGS, *settings))])
    return code, capsys.readouterr()


@pytest.mark.parametrize("name", STOPS)
def test_what_cannot_be_studied_gets_one_line_and_leaves_no_run(name, tmp_path, capsys):
    frame, settings, wanted, words = STOPS[name]
    code, told = said("run", frame, settings, tmp_path, capsys)
    line = told.err.strip()
    assert code == wanted, line
    assert "\n" not in line
    for word in words:
        assert word in line, line
    assert not list(tmp_path.glob("runs/*/*/manifest.json"))
    assert not told.out


DEAR = P["amount"].where(ROW != 9, 90_000)
# name: (the table, further --set, what is told while the study goes on)
TOLD = {
    "negative money": (P.assign(amount=P["amount"].where(ROW % 9 > 0, -5)), (), "34 cells outside at least 0"),
    "money of nothing": (P.assign(amount=P["amount"].where(ROW % 9 > 0, 0)), (), "`amount` is zero in 34 rows"),
    "a cheap false alarm": (P, ("cost.fp=1", "cost.tn=2", "cost.tp=1"), "A false alarm is cheaper than a correct rejection"),
    "one row of much money": (P.assign(amount=DEAR), ("cost.tp=0",), "Row 10 alone carries"),
    "a leak": (P.assign(paid_back=(P["fraud"] == "yes") * 1), (), "is the label under other names"),
    "a name of each row": (P.assign(ref=[f"R{row}" for row in ROW]), (), "`ref` has a value of its own"),
    "rows that repeat": (pd.concat([P, P.head(20)]), (), "20 of 320 rows repeat an earlier row"),
    "numbers that repeat": (P.assign(transaction=ROW // 2), (), "repeats in 150 rows"),
    "no time": (P.assign(time=some("time", None)), (), "6 payments have no time"),
    "one instant": (P.assign(time="2024-01-01 10:00:00"), (), "`hour` has the same value in every row"),
    "no cards": (P.assign(card=None), (), "`card_payments_1d` has no value at all"),
    "a window longer than the data": (P, ("rolling.windows=[400]",), "all payments have less past than the 407 days"),
}  # fmt: skip


@pytest.mark.parametrize("name", TOLD)
def test_what_can_be_studied_is_told_before_it_is(name, tmp_path, capsys):
    frame, settings, words = TOLD[name]
    code, told = said("check", frame, settings, tmp_path, capsys)
    assert code == ExitCode.DONE, told.out
    assert words in told.out
    assert not told.err
