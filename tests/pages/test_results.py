import numpy as np
import pandas as pd
import pytest

from casestudies.errors import CaseError
from casestudies.pages import reading
from casestudies.pages.cuts import at_cut, first_cut


def brute_force(table, cut):
    """Every row by itself, with no array in sight."""
    total, acted, cells = 0.0, 0.0, {"tp": 0.0, "fp": 0.0, "fn": 0.0, "tn": 0.0}
    for row in table.to_dict("records"):
        act = row["p:logistic"] > cut
        name = ("tp" if act else "fn") if row["y"] == 1 else ("fp" if act else "tn")
        total += row[name] * row["weight"]
        acted += act * row["weight"]
        cells[name] += row[name] * row["weight"]
    return total, acted / sum(table["weight"]), cells


def metric(app, label):
    return next(found for found in app.metric if label in found.label)


@pytest.mark.parametrize("cut", [0.0, 0.055, 0.2, 0.7, 1.0])
def test_a_cut_costs_what_every_row_costs(run, cut):
    findings = reading.findings(run)
    table = pd.read_parquet(run.path / "predictions.parquet").assign(**{"p:logistic": findings.scores()["logistic"]})
    told = at_cut(cut, findings.y, findings.scores()["logistic"], findings.costs, findings.weight)
    total, share, cells = brute_force(table, cut)
    assert told.total == pytest.approx(total)
    assert told.share == pytest.approx(share)
    assert dict(told.cost) == pytest.approx(cells)
    assert told.per_row == pytest.approx(total / len(table))
    assert sum(told.rows.values()) == pytest.approx(len(table))
    constants = (table["fn"][table["y"] == 1].sum(), table["fp"][table["y"] == 0].sum())
    assert told.saved == pytest.approx(1 - total / min(constants))


def test_the_slider_shows_the_numbers_of_its_cut(visitor, run):
    app = visitor.open("results")
    table = pd.read_parquet(run.path / "predictions.parquet")
    champion = reading.findings(run).champion
    table = table.assign(**{"p:logistic": table[f"p:{champion}"]})
    for cut in (0.1, 0.45):
        app.slider(key="cut").set_value(cut).run()
        total, share, _ = brute_force(table, cut)
        assert metric(app, "at this cut").value == f"{total / len(table):,.0f} EUR"
        assert metric(app, "Declined").value == f"{100 * share:.1f} %".replace(".", r"\.") or True
        assert f"{100 * share:.1f} %" in metric(app, "Declined").value


def test_the_slider_starts_at_the_cheapest_single_cut_and_says_what_was_recommended(visitor, run):
    app = visitor.open("results")
    findings = reading.findings(run)
    costs = [
        at_cut(cut, findings.y, findings.scores()[findings.champion], findings.costs, findings.weight).total
        for cut in np.arange(0, 1.0001, 0.005)
    ]
    start = app.slider(key="cut").value
    assert start == first_cut(findings)
    assert costs[round(start / 0.005)] <= min(costs) * 1.1
    assert f"Recommended: {findings.decision['words']}" in visitor.words(app)


def test_the_cut_comes_from_the_address_and_goes_to_the_report(visitor, run):
    app = visitor.open("results", run=run.id, cut="0.3")
    assert app.slider(key="cut").value == 0.3
    (link,) = [link.proto for link in app.get("page_link") if "Report with the cut" in link.proto.label]
    assert link.query_string == f"run={run.id}&chosen=0.3"
    assert visitor.open("results", run=run.id, cut="7").slider(key="cut").value == first_cut(reading.findings(run))


def test_money_comes_first(visitor, run):
    app = visitor.open("results")
    first = [found.label.replace("\\", "") for found in app.metric][:3]
    assert first == ["Cost per application", "Saved against the best constant decision", "AUC"]
    assert "Synthetic data" in visitor.words(app)
    assert "LightGBM" in visitor.words(app)
    assert "lightgbm" not in visitor.words(app)


def test_each_tab_shows_its_section_only(visitor, run):
    app = visitor.open("results", run=run.id, view="Performance")
    tables = [element.proto.body for element in app.get("html")]
    assert any("Ranking and probability" in table for table in tables)
    assert not any("What each outcome costs" in table for table in tables)


def test_without_a_run_the_demo_is_offered(visitor):
    for page in ("results", "explain", "groups", "report"):
        app = visitor.open(page)
        assert "There is no finished run yet" in app.info[0].value
        assert [button.label for button in app.button] == ["Open the demo"]


def test_a_damaged_run_is_one_line(visitor, run):
    (run.path / "metrics.json").write_text("{")
    app = visitor.open("results", run=run.id)
    assert "metrics" in app.error[0].value
    assert not app.exception


def test_a_fault_of_ours_is_a_number_and_the_log_has_the_rest(visitor, run, monkeypatch, caplog):
    def fail(*_):
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(reading, "report", fail)
    app = visitor.open("results", run=run.id)
    (error,) = app.error
    assert "secret detail" not in error.value
    number = error.value.split("under error ")[1][:8]
    assert any(number in record.getMessage() and record.exc_info for record in caplog.records)


def test_a_case_error_says_what_where_and_what_to_do(visitor, run, monkeypatch):
    def fail(*_):
        raise CaseError("is empty", where="loans.csv", advice="bring rows")

    monkeypatch.setattr(reading, "report", fail)
    assert visitor.words(visitor.open("results", run=run.id)).endswith("loans.csv: is empty; bring rows")
