"""A study's further tables: beside the table, and in its place."""

import io
import json
import zipfile

import numpy as np
import pytest

from casestudies.runs import RunStore
from casestudies.workflow.load import demo_csv
from casestudies.workflow.studies import get_study

SNAPSHOT = {"snapshot": {"date": "2025-06-01", "horizon": 60}, "data": {"target": "left", "positive": "yes"}}
PRICES = {"cost": {"clv": 40, "accept": 0.2, "offer": 3}}


def events(customers=80, header=True) -> bytes:
    random = np.random.default_rng(0)
    rows = []
    for customer in range(customers):
        last = random.integers(130, 330)  # day of the year at which somebody buys no more
        for day in range(int(random.integers(1, 20)), last, 15):
            date = np.datetime64("2025-01-01") + day
            rows.append(f"C{customer:03d},{date},{random.integers(5, 50)}")
    return "\n".join([*(["customer,time,amount"] if header else []), *rows, ""]).encode()


def key(app, end):
    kinds = ("selectbox", "radio", "multiselect", "text_input", "number_input")
    found = [element.key for kind in kinds for element in app.get(kind)]
    return next(name for name in found if name and name.endswith(f":{end}"))


def use(app):
    return next((button for button in app.button if button.label == "Use this data"), None)


@pytest.fixture
def named(store):
    """The address of events that were handed in."""
    path = RunStore(store).keep_upload(events(), "events.csv")
    return {"study": "churn", "file-transactions": path.parent.name}


def test_events_alone_are_handed_in_and_the_date_is_asked_at_its_input(visitor, store):
    app = visitor.open("data", study="churn")
    app.radio[0].set_value("My own events, no table").run()
    assert "Synthetic data" not in visitor.words(app)
    app.get("file_uploader")[0].set_value(("events.csv", events(), "text/csv"))
    app.run()
    sha256 = app.query_params["file-transactions"]
    assert (store / ".uploads" / sha256 / "events.csv").read_bytes() == events()
    assert "data" not in app.query_params
    assert "no date is given" in app.error[0].value
    assert use(app) is None
    app.text_input(key=key(app, "snapshot.date")).set_value("2025-06-01").run()
    assert json.loads(app.query_params["settings"])["snapshot"] == {"date": "2025-06-01"}
    assert "The table is a snapshot at 2025-06-01" in visitor.words(app)


def test_a_table_made_of_events_is_checked_and_goes_on_to_the_form_and_the_run(visitor, store, named, monkeypatch):
    settings = {**SNAPSHOT, **PRICES}
    app = visitor.open("data", **named, settings=json.dumps(settings))
    assert app.radio[0].value == "My own events, no table"
    assert "0 errors" in app.success[0].value
    use(app).click().run()
    assert app.title[0].value.startswith("Train")
    assert app.query_params["file-transactions"] == named["file-transactions"]
    assert "Transactions: events.csv" in visitor.words(app)
    assert "Synthetic data" not in visitor.words(app)
    form = visitor.open("train", **named, settings=json.dumps(settings))
    started = {}

    def start(self, study, request, limit):
        started.update(study=study, **request)
        return self.create(study, request)

    monkeypatch.setattr(RunStore, "start", start)
    next(button for button in form.button if button.label == "Start").click().run()
    assert started["study"] == "churn"
    assert started["data"] is None
    assert started["files"]["transactions"].endswith("events.csv")
    assert started["config"]["snapshot"]["date"] == "2025-06-01"


def test_the_settings_of_events_are_asked_on_the_data_page_alone(visitor, named):
    app = visitor.open("train", **named, settings=json.dumps({**SNAPSHOT, **PRICES}))
    keys = [element.key for kind in ("selectbox", "text_input", "number_input") for element in app.get(kind)]
    assert not any(":snapshot." in name or ":transactions." in name for name in keys if name)
    assert json.loads(app.query_params["settings"])["snapshot"] == SNAPSHOT["snapshot"]


def test_what_was_said_of_one_source_does_not_hold_for_another(visitor, named):
    app = visitor.open("data", **named, settings=json.dumps({**SNAPSHOT, **PRICES}))
    app.radio[0].set_value("The demo (synthetic)").run()
    assert "file-transactions" not in app.query_params
    assert "snapshot" not in app.query_params.get("settings", "")
    assert "0 errors" in app.success[0].value


def test_a_file_that_cannot_be_read_says_the_setting_of_its_own_name(visitor, store):
    path = RunStore(store).keep_upload(events(header=False), "bare.csv")
    app = visitor.open("data", study="churn", **{"file-transactions": path.parent.name})
    assert "transactions.read.header" in app.error[0].value
    assert "data.read" not in app.error[0].value
    assert use(app) is None


def test_events_stand_beside_a_table_too_with_their_own_columns_to_choose_from(visitor, store):
    table = RunStore(store).keep_upload(demo_csv(get_study("churn").demo(200, 0).frame), "customers.csv")
    more = RunStore(store).keep_upload(events(), "events.csv")
    address = {"data": table.parent.name, "file-transactions": more.parent.name, "study": "churn"}
    app = visitor.open("data", **address)
    assert "customers.csv is here" in visitor.words(app)
    assert "events.csv is here" in visitor.words(app)
    columns = app.selectbox(key=key(app, "transactions.customer")).options
    assert {"customer", "time", "amount"} <= set(columns)
    assert "tenure_months" not in columns
    keys = [element.key for kind in ("text_input", "number_input") for element in app.get(kind) if element.key]
    assert not any(":snapshot." in name for name in keys)


def test_events_that_are_gone_are_said_to_be_gone(visitor):
    address = {"study": "churn", "file-transactions": "0" * 64}
    assert "is gone" in visitor.words(visitor.open("data", **address))
    assert "is gone" in visitor.words(visitor.open("train", **address))


@pytest.mark.parametrize("study", ["credit", "fraud"])
def test_a_study_without_further_tables_offers_none(visitor, study):
    app = visitor.open("data", study=study, own="file")
    assert app.radio[0].options == ["The demo (synthetic)", "My own file"]
    assert app.radio[0].value == "My own file"


def test_weights_of_a_network_are_handed_in_beside_images_and_are_no_table(visitor, store):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in get_study("imaging").example().files.items():
            archive.writestr(name, content)
    packed.seek(0)
    images = RunStore(store).keep_upload(packed, "films.zip")
    weights = RunStore(store).keep_upload(io.BytesIO(b"\x08" + b"\0" * 7 + b'{"a":{}}'), "network.safetensors")
    app = visitor.open("data", study="imaging", data=images.parent.name, **{"file-features": weights.parent.name})
    said = visitor.words(app)
    assert "network.safetensors is no table" in said
    assert not any("network.safetensors" in error.value for error in app.error)
    uploader = next(one.proto for one in app.get("file_uploader") if one.proto.label.startswith("Features"))
    assert ".safetensors" in list(uploader.type)
