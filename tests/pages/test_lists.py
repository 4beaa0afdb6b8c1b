import pandas as pd
import pytest

from casestudies.pages import lists, reading
from casestudies.report import csv_safe


def write(run, name, frame):
    (run.path / "lists").mkdir(exist_ok=True)
    csv_safe(frame).to_csv(run.path / "lists" / name, index=False)


def contacts(rows):
    return pd.DataFrame(
        {
            "rank": range(1, rows + 1),
            "customer": [f"C{row}" for row in range(rows)],
            "probability": [1 / (row + 3) for row in range(rows)],
            "gain": [12345.678 / (row + 1) for row in range(rows)],
            "reasons": "tenure 3 (+0.5); price 12 (+0.2); contract monthly (+0.1)",
        }
    )


@pytest.fixture
def downloads(monkeypatch):
    """{label: (what is downloaded, its name)}."""
    told = {}

    def button(label, data, name, *args, **kwargs):
        told[label.replace("\\", "")] = (data, name)

    monkeypatch.setattr("streamlit.download_button", button)
    return told


def test_each_list_shows_its_head_and_is_downloaded_whole(visitor, run, downloads):
    write(run, "contacts.csv", contacts(300))
    write(run, "second.csv", contacts(2))
    app = visitor.open("results", run=run.id)
    assert [h.value for h in app.header if "list" in h.value] == ["The list: contacts", "The list: second"]
    head = app.dataframe[0].value
    assert list(head["customer"]) == [f"C{row}" for row in range(lists.HEAD)]
    assert "The first 10 of 300 rows" in visitor.words(app)
    assert "All 2 rows" in visitor.words(app)
    data, name = downloads["Download contacts.csv"]
    assert data() == (run.path / "lists" / "contacts.csv").read_bytes()
    assert name == f"credit-{run.id}-contacts.csv"
    assert "Download contacts.csv" in downloads


def test_the_money_comes_before_the_list(visitor, run):
    write(run, "contacts.csv", contacts(3))
    app = visitor.open("results", run=run.id)
    order = [type(element).__name__ for element in app.main if type(element).__name__ in ("Metric", "Dataframe")]
    assert order[:3] == ["Metric"] * 3
    assert "Dataframe" in order


def test_numbers_are_short_on_the_page_and_text_stays_as_it_is(run):
    frame = contacts(2).assign(card=["0012", "7"], late=["2024-01-02", "n/a"], blank=["", "2.50000001"])
    write(run, "contacts.csv", frame)
    told = lists._read("a key", lists.lists_of(run)[0])
    assert list(told.head["probability"]) == ["0.3333", "0.25"]
    assert list(told.head["gain"]) == ["12,346", "6,173"]
    assert list(told.head["card"]) == ["0012", "7"]
    assert list(told.head["late"]) == ["2024-01-02", "n/a"]
    assert list(told.head["blank"]) == ["", "2.5"]
    assert set(told.numbers) == {"rank", "probability", "gain", "card", "blank"}
    assert told.rows == 2


def test_a_list_without_rows_and_a_run_without_lists_say_nothing(visitor, run):
    assert not any("The list" in header.value for header in visitor.open("results", run=run.id).header)
    write(run, "alerts.csv", contacts(0))
    app = visitor.open("results", run=run.id)
    assert not any("The list" in header.value for header in app.header)
    assert not app.error


def test_a_damaged_list_costs_the_page_nothing_else(visitor, run):
    write(run, "alerts.csv", contacts(3))
    (run.path / "lists" / "broken.csv").write_bytes(b"")
    app = visitor.open("results", run=run.id)
    assert len(app.error) == 1
    assert any(header.value == "The list: alerts" for header in app.header)
    assert any(header.value == "The rest of the report" for header in app.header)


def test_labels_to_look_at_again_are_there_where_the_run_looked(visitor, run, downloads):
    (run.path / lists.REVIEW).write_text("row,line,label,probability,why\n4,5,default,0.0069,contradicted\n")
    app = visitor.open("results", run=run.id)
    assert "Labels to look at again: 1 rows" in [expander.label for expander in app.expander]
    assert "Download review.csv" in downloads


def test_the_report_page_has_the_lists_too(visitor, run, downloads):
    write(run, "alerts.csv", contacts(3))
    visitor.open("report", run=run.id)
    assert "Download alerts.csv" in downloads
    assert reading.key(run)
