import json

import pytest

from casestudies.pages import reading
from casestudies.pages.cases import searched
from casestudies.pages.whatif import not_following, spelt, typed


def case_of(run, row):
    return next(case for case in json.loads((run.path / "explain/cases.json").read_text()) if case["row"] == row)


def open_case(visitor, run, case):
    return visitor.open("explain", run=run.id, why="One case", case=str(case["row"]))


@pytest.fixture
def case(run):
    return json.loads((run.path / "explain/cases.json").read_text())[0]


def test_each_tab_speaks_of_one_thing(visitor, run):
    told = {
        name: visitor.words(visitor.open("explain", run=run.id, why=name)) for name in ("Global", "One case", "Quality")
    }
    assert "The values are exact" in told["Global"]
    assert "What if?" in told["One case"]
    assert "An explanation is a claim about the model" in told["Quality"]
    assert all("Synthetic data" in text for text in told.values())


def test_a_case_of_the_address_is_explained_with_both_methods(visitor, run, case):
    app = open_case(visitor, run, case)
    told = visitor.words(app)
    assert f"row {case['row']:,}" in told
    assert "SHAP and LIME" in told
    assert len(app.get("vega_lite_chart")) == 1  # both methods in one figure
    for doubt in case["doubts"]:
        assert doubt[1:] in told


def test_the_filters_find_the_most_wrong_and_the_nearest(visitor, run):
    cases = reading.findings(run).cases
    app = visitor.open("explain", run=run.id, why="One case")
    groups = app.get("button_group")[0]
    groups.set_value("Most wrong").run()
    wrong = max(cases, key=lambda c: 1 - c["p"] if c["event"] else c["p"])
    assert app.query_params["case"] == str(wrong["row"])
    app.get("button_group")[0].set_value("Nearest the cut").run()
    near = min(cases, key=lambda c: abs(c["p"] - c["threshold"]))
    assert app.query_params["case"] == str(near["row"])


def test_the_most_uncertain_is_nearest_to_one_half(visitor, run):
    app = visitor.open("explain", run=run.id, why="One case")
    app.get("button_group")[0].set_value("Most uncertain").run()
    doubt = min(reading.findings(run).cases, key=lambda c: abs(c["p"] - 0.5))
    assert app.query_params["case"] == str(doubt["row"])


def test_a_case_is_found_by_its_row_its_id_and_its_values(run):
    findings = reading.findings(run)
    ids = dict(zip(findings.predictions["row"], findings.predictions["id"], strict=True))
    for case in findings.cases:
        assert [one["row"] for one in searched(findings.cases, f" {case['row']:,} ", ids)] == [case["row"]]
        assert [one["row"] for one in searched(findings.cases, ids[case["row"]].lower(), ids)] == [case["row"]]
    renting = [case["row"] for case in findings.cases if case["values"]["housing"].lower() == "rent"]
    assert [case["row"] for case in searched(findings.cases, "Housing: rent", ids)] == renting
    assert searched(findings.cases, "no such value", {}) == []
    assert len(searched([{"row": 1042, "values": {}}], "1,042", {})) == 1


def test_a_search_shows_what_it_finds_and_says_when_it_finds_nothing(visitor, run):
    cases = reading.findings(run).cases
    app = visitor.open("explain", run=run.id, why="One case")
    search = next(field for field in app.text_input if field.label == "Search")
    search.set_value(str(cases[-1]["row"])).run()
    assert app.query_params["case"] == str(cases[-1]["row"])
    next(field for field in app.text_input if field.label == "Search").set_value("no such value").run()
    assert f"None of the {len(cases)} explained cases holds this" in visitor.words(app)


def test_changing_a_value_shows_what_the_saved_model_says(visitor, run, case):
    app = open_case(visitor, run, case)
    assert "Nothing is changed" in visitor.words(app)
    field = next(f for f in app.number_input if f.key.endswith(":credit_line"))
    changed = field.max if field.value != field.max else field.min
    field.set_value(changed).run()
    values = {
        name: typed(text, reading.findings(run).profile["columns"][name]) for name, text in case["values"].items()
    }
    told = reading.predictor(run).what_if({**values, "credit_line": changed})
    shown = next(m for m in app.metric if m.label == "Probability after the change")
    assert shown.value == f"{100 * told.probability:.1f} %"
    act = told.probability > case["threshold"]
    assert next(m for m in app.metric if m.label == "Decision after the change").value == (
        "decline" if act else "accept"
    )
    assert "own threshold" in visitor.words(app)


def test_what_if_says_what_the_model_says_of_the_same_row(run):
    model, findings = reading.predictor(run), reading.findings(run)
    for case in findings.cases:
        values = {name: typed(text, findings.profile["columns"][name]) for name, text in case["values"].items()}
        told = model.what_if(values)
        assert told.explanation.names == tuple(case["names"])
        assert told.explanation.values[0] == pytest.approx(case["effects"], abs=1e-3)
        assert told.explanation.sum()[0] == pytest.approx(case["margin"], abs=1e-3)


def test_values_stay_within_what_training_saw(visitor, run, case):
    app = open_case(visitor, run, case)
    columns = reading.findings(run).profile["columns"]
    for field in app.number_input:
        name = field.key.rsplit(":", 1)[1]
        own = typed(case["values"][name], columns[name])
        quantiles = columns[name]["quantiles"]
        assert field.min == min([quantiles["0.01"], *([own] if own is not None else [])])
        assert field.max == max([quantiles["0.99"], *([own] if own is not None else [])])
    for field in app.selectbox:
        if field.key.startswith("whatif:"):
            name = field.key.rsplit(":", 1)[1]
            assert set(field.options) <= {*columns[name]["levels"], case["values"][name], "missing"}


@pytest.mark.parametrize(("text", "value"), [("1,042", 1042.0), ("0.608", 0.608), ("missing", None), ("-1", -1.0)])
def test_a_number_is_read_as_it_was_told(text, value):
    assert typed(text, {"quantiles": {}}) == value
    assert spelt(value) == text


def test_columns_that_were_made_are_said_not_to_follow(run):
    path = run.path / "data" / "schema.json"
    schema = json.loads(path.read_text())
    names = schema["features"]
    assert not_following(run, names) == ""
    path.write_text(json.dumps({**schema, "made": [*names[:5], "elsewhere"]}))
    assert not_following(run, names).startswith(
        f"{', '.join(sorted(names[:5])[:3])} and 2 more: made from other columns"
    )
