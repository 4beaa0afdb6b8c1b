"""The Groups page: the report's own blocks, and what another cut does to each group."""

import numpy as np
import pandas as pd
import pytest

from casestudies.pages import reading
from casestudies.pages.group_cuts import FEW, by_group, groups_of


def brute_force(cut, table, group, score):
    """One group, row by row."""
    counts = {"rows": 0, "events": 0, "acted": 0.0, "caught": 0.0, "alarms": 0.0, "mass": 0.0, "sick": 0.0, "well": 0.0}
    for row in table[table["group:sex"] == group].to_dict("records"):
        act, event, weight = row[score] > cut, row["y"] == 1, row["weight"]
        counts["rows"] += 1
        counts["events"] += event
        counts["mass"] += weight
        counts["acted"] += weight * act
        counts["sick" if event else "well"] += weight
        counts["caught" if event else "alarms"] += weight * act
    return counts


@pytest.mark.parametrize("cut", [0.0, 0.05, 0.2, 0.9])
def test_each_group_is_counted_as_by_hand(run, cut):
    findings = reading.findings(run)
    weight = np.random.default_rng(0).uniform(0.5, 2.0, len(findings.y))
    score = f"p:{findings.champion}"
    table = findings.predictions.assign(weight=weight)
    told = by_group(cut, findings.y, findings.scores()[findings.champion], weight, groups_of(findings)["sex"])
    assert set(told) == set(table["group:sex"])
    for name, one in told.items():
        by_hand = brute_force(cut, table, name, score)
        assert (one.rows, one.events) == (by_hand["rows"], by_hand["events"])
        for share, part, whole, rows in (
            (one.acted, "acted", "mass", one.rows),
            (one.caught, "caught", "sick", one.events),
            (one.alarms, "alarms", "well", one.rows - one.events),
        ):
            if rows < FEW:
                assert np.isnan(share)
            else:
                assert share == pytest.approx(by_hand[part] / by_hand[whole])


def test_of_few_rows_nothing_is_told():
    rows = 2 * FEW
    labels = np.array(["few"] * (FEW - 1) + ["enough"] * (rows - FEW + 1))
    told = by_group(0.5, np.zeros(rows), np.linspace(0, 1, rows), np.ones(rows), labels)
    assert np.isnan(told["few"].acted)
    assert told["enough"].acted > 0
    assert np.isnan(told["enough"].caught)  # there is no event at all


def test_the_page_shows_the_groups_of_the_report_and_of_a_cut(visitor, run):
    app = visitor.open("groups", run=run.id)
    assert not app.exception
    said = visitor.words(app)
    assert "a question to be asked, not yet an answer" in said
    assert "What another cut would do" in said
    table = pd.read_parquet(run.path / "predictions.parquet")
    rows = int((table["group:sex"] == "f").sum())
    tables = [element.proto.body for element in app.get("html")]
    assert any(f">{rows:,}<" in body and "Groups of sex at the cut" in body for body in tables)
    app.slider(key="group-cut").set_value(0.9).run()
    assert any("at the cut 0.9" in element.proto.body for element in app.get("html"))


def test_without_a_run_it_leads_to_the_demo(visitor, store):
    assert "There is no finished run yet" in visitor.words(visitor.open("groups"))
