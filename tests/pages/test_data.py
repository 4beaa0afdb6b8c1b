import io
import json
from urllib.parse import quote

import pandas as pd
import pytest
import streamlit as st

from casestudies.credit.demo import demo
from casestudies.pages import tables
from casestudies.runs import RunStore
from casestudies.workflow.load import demo_csv


def csv(rows=400, change=None) -> bytes:
    frame = demo(rows, 0).frame
    if change is not None:
        frame = change(frame)
    return demo_csv(frame)


def hand_in(visitor, content, name="loans.csv"):
    app = visitor.open("data")
    app.radio[0].set_value("My own file").run()
    app.get("file_uploader")[0].set_value((name, content, "text/csv"))
    return app.run()


def answer(app, target="default", positive="yes"):
    """Choose the outcome and its event; the file's other columns are guessed."""
    app.selectbox(key=key(app, "data.target")).set_value(target).run()
    return app.radio(key=key(app, f"data.positive:{target}")).set_value(positive).run()


def key(app, end):
    found = [element.key for kind in ("selectbox", "radio", "multiselect", "text_input") for element in app.get(kind)]
    return next(name for name in found if name and name.endswith(f":{end}"))


def use(app):
    return next(button for button in app.button if button.label == "Use this data")


def test_the_demo_is_checked_and_called_synthetic(visitor):
    app = visitor.open("data")
    assert "Synthetic data" in visitor.words(app)
    assert "0 errors" in app.success[0].value
    assert not use(app).disabled
    use(app).click().run()
    assert app.title[0].value.startswith("Train")


def test_an_upload_is_kept_under_its_hash_and_never_in_the_session(visitor, store):
    content = csv()
    app = hand_in(visitor, content)
    sha256 = app.query_params["data"]
    (file,) = (store / ".uploads" / sha256).iterdir()
    assert file.read_bytes() == content
    held = app._session_state.filtered_state.values()
    assert held
    assert not any(isinstance(value, (pd.DataFrame, bytes)) or hasattr(value, "getvalue") for value in held)
    again = visitor.open("data", data=sha256)
    assert "loans.csv is here" in visitor.words(again)


def test_what_was_read_is_told(visitor):
    semicolons = csv().replace(b",", b";")
    app = hand_in(visitor, semicolons)
    told = visitor.words(app)
    assert "loans.csv: 400 rows, 19 columns, csv" in told
    assert "separator ';'" in told
    head = app.dataframe[0].value
    assert len(head) == tables.HEAD
    assert head["application"][0] == "A000001"


def test_the_event_is_asked_and_never_guessed(visitor):
    app = hand_in(visitor, csv())
    assert app.selectbox(key=key(app, "data.target")).value == "default"
    positive = app.radio(key=key(app, "data.positive:default"))
    assert positive.options == ["no", "yes"]
    assert positive.value is None
    assert use(app).disabled
    positive.set_value("yes").run()
    assert not use(app).disabled
    assert json.loads(app.query_params["settings"])["data"]["positive"] == "yes"


def test_guesses_are_made_with_reasons_and_can_be_changed(visitor):
    content = csv(change=lambda frame: frame.rename(columns={"income": "Income"}))
    app = answer(hand_in(visitor, content))
    told = visitor.words(app)
    assert "Guessed: the same name." in told
    assert "Guessed by name: age, sex" in told
    settings = json.loads(app.query_params["settings"])["data"]
    assert settings["map"] == {"income": "Income"}
    assert sorted(settings["protected"]) == ["age", "sex"]
    app.multiselect(key=key(app, "data.protected")).set_value(["sex"]).run()
    assert json.loads(app.query_params["settings"])["data"]["protected"] == ["sex"]


def test_the_answers_survive_a_reload(visitor):
    app = answer(hand_in(visitor, csv()))
    app.text_input(key=key(app, "cost.fn")).set_value("0.5 * credit_line").run()
    app.text_input(key=key(app, "cost.fp")).set_value("interest_margin").run()
    again = visitor.open("data", **app.query_params)
    assert again.radio(key=key(again, "data.positive:default")).value == "yes"
    assert again.text_input(key=key(again, "cost.fn")).value == "0.5 * credit_line"
    assert not use(again).disabled


def test_an_error_in_the_table_blocks_and_says_where(visitor):
    def spoil(frame):
        frame.loc[6, "default"] = "perhaps"
        return frame

    app = answer(hand_in(visitor, csv(change=spoil)))
    assert use(app).disabled
    assert "1 error" in app.error[0].value
    first = app.dataframe[1].value.iloc[0]
    assert first["severity"] == "error"
    assert first["column"] == "default"
    assert "perhaps" in first["rule"]
    assert first["advice"]


def test_the_problems_download_is_safe_for_a_spreadsheet(visitor, monkeypatch):
    def spoil(frame):
        frame.loc[3, "credit_line"] = "=1+1"
        return frame

    told = {}

    def button(label, data, *args, **kwargs):
        told[label] = data

    monkeypatch.setattr("streamlit.download_button", button)
    answer(hand_in(visitor, csv(change=spoil)))
    table = pd.read_csv(io.BytesIO(told["Download as CSV"]()), dtype=str, keep_default_na=False)
    (row,) = table[table["value"].str.contains("1+1", regex=False)].to_dict("records")
    assert row["value"] == "'=1+1"
    assert row["row"] == "4"


def test_a_formula_that_is_not_allowed_is_said_at_its_input(visitor):
    app = answer(hand_in(visitor, csv()))
    app.text_input(key=key(app, "cost.fn")).set_value("__import__('os')").run()
    app.text_input(key=key(app, "cost.fp")).set_value("1").run()
    assert use(app).disabled
    assert any("cost" in error.value for error in app.error)
    assert not app.exception


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"", "empty.csv"),
        (b"PK\x03\x04junk", "book.xlsx"),
        (b"\x80\x04pickle", "model.csv"),
        (b"a\n\x00\x00", "nul.txt"),
    ],
)
def test_a_file_that_is_no_table_is_refused_in_a_line(visitor, content, name):
    app = hand_in(visitor, content, name)
    assert len(app.error) == 1
    assert "\n" not in app.error[0].value
    assert not app.exception


def test_two_large_uploads_that_differ_in_one_cell_give_two_results(visitor):
    """Streamlit's own cache takes 60,000-row tables that differ in one cell for the same (streamlit#14622)."""
    rows = ["good,bad", *("1,0" if i % 7 else "0,1" for i in range(60_000))]
    other = [*rows[:41_235], "2,0", *rows[41_236:]]
    told = []
    for content in (rows, other):
        app = hand_in(visitor, "\n".join(content).encode(), "same.csv")
        app.selectbox(key=key(app, "data.target")).set_value("good").run()
        told.append(app.radio(key=key(app, "data.positive:good")).options)
    assert told == [["0", "1"], ["0", "1", "2"]]


def test_a_hostile_name_is_printed_as_typed(visitor):
    name = "**x** [a](http://evil.example) <b>"
    content = csv(change=lambda frame: frame.rename(columns={"income": name}))
    app = answer(hand_in(visitor, content))
    assert name in app.dataframe[0].value.columns
    assert any(r"\*\*x\*\*" in element.value for element in app.success)


def test_only_tables_of_the_allowed_size_and_kind_can_be_chosen(visitor):
    app = visitor.open("data")
    app.radio[0].set_value("My own file").run()
    uploader = app.get("file_uploader")[0]
    assert set(uploader.allowed_type) == {".csv", ".tsv", ".txt", ".gz", ".xlsx", ".parquet"}
    assert uploader.proto.max_upload_size_mb == st.get_option("server.maxUploadSize")


def test_the_sweep_of_uploads_is_left_to_the_store(visitor, store):
    app = hand_in(visitor, csv())
    RunStore(store).drop_upload(next((store / ".uploads" / app.query_params["data"]).iterdir()))
    assert "is gone" in visitor.words(visitor.open("data", data=quote(app.query_params["data"])))
