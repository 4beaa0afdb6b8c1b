"""Customers and purchases a real person could bring: what is wrong is said in one line, before anything is fitted."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from casestudies import cli
from casestudies.errors import ExitCode

ROWS = 300
ROW = np.arange(ROWS)
SETTINGS = (
    *("data.positive=yes", "data.id=customer"),
    *("cost.clv=12 * monthly_margin", "cost.accept=0.3", "cost.offer=25", "cost.contact=3"),
)


def customers() -> pd.DataFrame:
    random = np.random.default_rng(0)
    tenure, contract = random.integers(0, 60, ROWS), random.choice(["monthly", "year"], ROWS)
    leaves = 1 / (1 + np.exp(0.5 + 0.04 * tenure - 1.0 * (contract == "monthly")))
    table = {
        "customer": [f"K{row}" for row in ROW],
        "tenure_months": tenure,
        "monthly_margin": random.lognormal(3, 0.5, ROWS).round(2),
        "contract": contract,
        "sent": random.choice(["call", "none"], ROWS),
        "left": np.where(random.random(ROWS) < leaves, "yes", "no"),
    }
    return pd.DataFrame(table)


def some(column: str, value: object, every: int = 50) -> pd.Series:
    """The column with every so manieth cell replaced, the first one too."""
    return customers()[column].astype(object).where(ROW % every > 0, value)


def said(verb, frame, settings, tmp_path, capsys):
    file = tmp_path / "customers.csv"
    frame.to_csv(file, index=False)
    further = ["--no-progress", "--out", str(tmp_path / "runs")] if verb == "run" else []
    code = cli.main([verb, "churn", "--data", str(file), *further, *(f"--set={s}" for s in (*SETTINGS, *settings))])
    return code, capsys.readouterr()


C = customers()
CONFIG, DATA = ExitCode.CONFIG, ExitCode.DATA
BY_TENURE = ("value.way=contractual", "value.margin=monthly_margin", "value.tenure=tenure_months", "cost.clv=clv")
# name: (the table, further --set, exit code, words that the line must hold)
STOPS = {
    "labels unsaid": (C, ("data.positive=null",), DATA, ("'yes'", "'no'", "data.positive")),
    "three labels": (C.assign(left=some("left", "maybe")), (), DATA, ("'maybe' (6)", "data.derive")),
    "money as text": (C.assign(monthly_margin=some("monthly_margin", "1,200")), (), DATA, ("`monthly_margin`", "6 of 300", "row 1", "'1,200'", "decimal")),
    "a customer worth less than nothing": (C.assign(monthly_margin=some("monthly_margin", -5.0)), (), DATA, ("cost.clv", "below 0", "6 of 300", "row 1")),
    "money missing": (C.assign(monthly_margin=some("monthly_margin", None)), (), DATA, ("cost.clv", "6 of 300", "row 1")),
    "a misspelt value": (C, ("cost.clv=12 * monthly_margn",), CONFIG, ("cost.clv", "'monthly_margn'", "'monthly_margin'")),
    "division by zero": (C, ("cost.offer=1 / (tenure_months - tenure_months)",), DATA, ("cost.offer", "300 of 300", "row 1")),
    "more accept than there are": (C, ("cost.accept=1.5",), CONFIG, ("cost.accept", "0 to 1")),
    "nobody accepts": (C, ("cost.accept=0",), CONFIG, ("cost.offer", "does not pay")),
    "an offer that earns": (C, ("cost.offer=-5",), CONFIG, ("cost.offer", "below 0")),
    "an offer worth more than the customer": (C, ("cost.offer=1e9",), CONFIG, ("cost.offer", "every row")),
    "all costs zero": (C, ("cost.clv=0", "cost.offer=0", "cost.contact=0"), CONFIG, ("cost", "every cost is 0")),
    "costs in both ways": (C, ("cost.fn=10",), CONFIG, ("cost", "both ways")),
    "an offer without acceptance": (C, ("cost.accept=null",), CONFIG, ("cost.accept",)),
    "no value": (C, ("cost.clv=clv",), CONFIG, ("cost.clv", "'clv'")),
    "a budget of nothing": (C, ("decide.rule=budget", "decide.budget=0"), CONFIG, ("decide.budget", "greater than 0")),
    "a capacity of nothing": (C, ("decide.rule=capacity", "decide.capacity=0"), CONFIG, ("decide.capacity", "1")),
    "more control than campaign": (C, ("campaign.control=0.6",), CONFIG, ("campaign.control", "0.5")),
    "neither yes nor no": (C.assign(quiet=ROW % 5), ("campaign.do_not_disturb=quiet",), DATA, ("campaign.do_not_disturb", "quiet", "neither yes nor no")),
    "contacts without a limit": (C.assign(k=1), ("campaign.contacted=k",), CONFIG, ("campaign.contacted", "most_contacts")),
    "contacts in words": (C.assign(k="many"), ("campaign.contacted=k", "campaign.most_contacts=2"), CONFIG, ("campaign.contacted", "'k'", "numbers")),
    "an offer without a name": (C, ('campaign.offers={"": {offer: 2}}',), CONFIG, ("campaign.offers", "''")),
    "a misspelt offer": (C, ("campaign.offers={a: {offer: monthly_margn}}",), CONFIG, ("campaign.offers.a.offer", "'monthly_margin'")),
    "eleven offers": (C, (f"campaign.offers={{{', '.join(f'o{i}: {{}}' for i in range(11))}}}",), CONFIG, ("campaign.offers", "at most 10")),
    "who was contacted is unsaid": (C, ("data.treatment=sent",), CONFIG, ("uplift.contacted", "'none'", "'call'")),
    "a treatment of three values": (C.assign(sent=some("sent", "mail", 3)), ("data.treatment=sent", "uplift.contacted=call"), CONFIG, ("uplift.control", "'mail'", "'none'")),
    "a treatment of one value": (C.assign(sent="call"), ("data.treatment=sent", "uplift.contacted=call"), DATA, ("'sent'", "'call' (300)")),
    "no tenure": (C, (*BY_TENURE, "value.tenure=null"), CONFIG, ("value.tenure",)),
    "a tenure below 0": (C.assign(tenure_months=C["tenure_months"] - 5), BY_TENURE, DATA, ("tenure", "below 0")),
    "no file of purchases": (C, ("value.way=transactions", "cost.clv=clv"), CONFIG, ("data.files",)),
    "a table of another name": (C, ("data.files.purchases=x.csv",), CONFIG, ("data.files", "'purchases'", "'transactions'")),
    "a folder of purchases": (C, ("data.files.transactions=/", "value.way=transactions", "cost.clv=clv"), DATA, ("folder",)),
    "one customer": (C.head(1), (), DATA, ("`left`", "one value")),
}  # fmt: skip


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


@pytest.mark.parametrize(
    "name", ["who was contacted is unsaid", "a treatment of three values", "a treatment of one value"]
)
def test_a_campaign_that_the_table_does_not_answer_is_refused_before_any_fit(name, tmp_path, capsys):
    frame, settings, code, words = STOPS[name]
    found, told = said("check", frame, settings, tmp_path, capsys)
    assert found == code
    for word in words:
        assert word in told.err


# name: (the table, further --set, what is told while the study goes on)
TOLD = {
    "one customer of much money": (C.assign(monthly_margin=C["monthly_margin"].clip(10).where(ROW != 9, 9_000)), (), "Row 10 alone carries"),
    "customers not worth the offer": (C.assign(monthly_margin=C["monthly_margin"].where(ROW % 9 > 0, 1)), (), "Acting never pays in"),
    "a leak": (C.assign(final_invoice=(C["left"] == "yes") * 1), (), "is the label under other names"),
    "a name of each row": (C.assign(ref=[f"R{row}" for row in ROW]), (), "`ref` has a value of its own"),
    "rows that repeat": (pd.concat([C, C.head(20)]), (), "20 of 320 rows repeat an earlier row"),
    "customers that repeat": (C.assign(customer=ROW // 2), (), "repeats in 150 rows"),
}  # fmt: skip


@pytest.mark.parametrize("name", TOLD)
def test_what_can_be_studied_is_told_before_it_is(name, tmp_path, capsys):
    frame, settings, words = TOLD[name]
    code, told = said("check", frame, settings, tmp_path, capsys)
    assert code == ExitCode.DONE, told.out
    assert words in told.out
    assert not told.err
