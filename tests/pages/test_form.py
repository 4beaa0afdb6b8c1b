import pytest
from streamlit.testing.v1 import AppTest

from casestudies.credit.config import CreditSettings
from casestudies.pages.address import nested
from casestudies.pages.fields import fields
from casestudies.workflow.resolve import resolve
from casestudies.workflow.settings import describe_settings


def whole(values, columns):
    import streamlit as st

    from casestudies.credit.config import CreditSettings
    from casestudies.pages import form
    from casestudies.pages.fields import fields

    st.session_state["told"] = form.ask(fields(CreditSettings), values, scope="t", columns=columns).values


@pytest.fixture
def filled():
    def start(values=None, columns=()):
        return AppTest.from_function(whole, args=(values or {}, columns), default_timeout=60).run()

    return start


def test_every_setting_is_a_field_in_the_words_of_the_settings():
    described = {row["key"]: row["sentence"] for row in describe_settings(CreditSettings)}
    assert {field.key: field.sentence for field in fields(CreditSettings)} == described


def test_limits_and_choices_are_those_of_the_settings():
    told = {field.key: field for field in fields(CreditSettings)}
    assert (told["split.test"].kind, told["split.test"].low, told["split.test"].high) == ("number", 0, 0.9)
    assert (told["split.folds"].kind, told["split.folds"].low, told["split.folds"].high) == ("whole", 2, 20)
    assert told["split.kind"].options == ("auto", "stratified", "group", "time", "given", "cv")
    assert told["model.candidates"].kind == "choices"
    assert told["cost.fn"].kind == "value"
    assert told["cost.fn"].optional
    assert told["data.id"].kind == "column"
    assert told["frame.goal"].longest == 500
    assert told["model.leaks_allowed"].kind == "switch"


@pytest.mark.parametrize(
    ("key", "label"),
    [
        ("split.test", "Share of rows held out for the figures"),
        ("cost.fn", "Cost of not acting on an event"),
        ("decide.rule", "Decide: rule"),  # its sentence begins with the rules themselves
        ("data.where", "Data: where"),
    ],
)
def test_a_label_is_the_beginning_of_the_sentence_or_the_key(key, label):
    assert next(field for field in fields(CreditSettings) if field.key == key).label == label


def test_an_untouched_form_says_nothing(filled):
    app = filled()
    assert app.session_state["told"] == {}
    assert not app.exception


def test_what_is_typed_is_told_and_resolves_to_the_same_settings(filled):
    app = filled(columns=["a", "b"])
    app.number_input(key="t:split.test").set_value(0.3)
    app.number_input(key="t:demo.rows").set_value(400)
    app.text_input(key="t:cost.fn").set_value("0.75 * a")
    app.text_input(key="t:cost.fp").set_value("12.5")
    app.text_input(key="t:gates").set_value("{auc: {min: 0.7}}")
    app.selectbox(key="t:data.id").set_value("b")
    app.multiselect(key="t:data.drop").set_value(["a"])
    app.toggle(key="t:model.leaks_allowed").set_value(True)
    app.run()
    told = app.session_state["told"]
    assert told == {
        "split.test": 0.3,
        "demo.rows": 400,
        "cost.fn": "0.75 * a",
        "cost.fp": 12.5,
        "gates": {"auc": {"min": 0.7}},
        "data.id": "b",
        "data.drop": ["a"],
        "model.leaks_allowed": True,
    }
    settings = resolve(CreditSettings, values=nested(told)).config
    assert (settings.split.test, settings.cost.fp, settings.gates["auc"].min) == (0.3, 12.5, 0.7)
    assert settings.model.leaks_allowed


def test_values_of_before_are_filled_in(filled):
    values = {"seed": 9, "cost.fn": "a - 1", "data.protected": ["age"], "decide.cut": 0.25}
    assert filled(values, ["age", "sex"]).session_state["told"] == values


def test_an_emptied_input_is_not_set(filled):
    app = filled({"cost.fn": 5, "frame.goal": "more", "decide.cut": 0.2})
    app.text_input(key="t:cost.fn").set_value("")
    app.text_input(key="t:frame.goal").set_value(" ")
    app.number_input(key="t:decide.cut").set_value(None)
    app.run()
    assert app.session_state["told"] == {}


@pytest.mark.parametrize(
    ("typed", "value"), [("yes", "yes"), ("2024-01-31", "2024-01-31"), ("007", "007"), ("1e3", 1000.0)]
)
def test_a_value_means_what_it_means_in_a_config_file(filled, typed, value):
    app = filled()
    app.text_input(key="t:data.positive").set_value(typed).run()
    assert app.session_state["told"] == {"data.positive": value}
    again = filled({"data.positive": value})
    assert again.session_state["told"] == {"data.positive": value}


@pytest.mark.parametrize("typed", ["{auc: [", "[&a [1], *a]", "x: y: z", "2024-13-99: ["])
def test_what_is_no_value_is_said_at_its_input(filled, typed):
    app = filled()
    app.text_input(key="t:gates").set_value(typed).run()
    assert app.error[0].value.startswith("gates: ")
    assert app.session_state["told"] == {}
