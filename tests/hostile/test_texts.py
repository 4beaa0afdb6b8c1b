"""Texts that mean harm, all in one run, through every face: nothing runs, nothing fails, everything is shown as typed."""

from __future__ import annotations

import io
import json

import pandas as pd
import pytest

import casestudies
from benchmarks.robustness import faces
from benchmarks.robustness.hostile import HARMLESS, SETTINGS
from benchmarks.robustness.texts import TEXTS, case, unprintable, unsafe_cells
from casestudies.cli import Environment
from casestudies.report import visible
from casestudies.runs import RunStore

ALL = tuple(TEXTS.values())


def run_of(texts, folder):
    made = case(texts, folder)
    return casestudies.run("credit", made.data, made.settings, overrides=SETTINGS, runs=folder / "runs", variables={})


@pytest.fixture(scope="module")
def attacked(tmp_path_factory):
    """A run with every text somewhere, what it was made of, and a folder for what is written after it."""
    folder = tmp_path_factory.mktemp("hostile")
    return run_of(ALL, folder), case(ALL, folder), folder


@pytest.fixture(scope="module")
def scripts(tmp_path_factory):
    """How many scripts a harmless report has."""
    run = run_of(HARMLESS, tmp_path_factory.mktemp("harmless"))
    return faces.scripts_of((run.path / "report.html").read_text(encoding="utf-8"))


def test_there_are_as_many_texts_as_were_asked_for():
    assert len(set(ALL)) >= 40


def test_reports_spreadsheets_and_the_command_line_show_texts_and_run_none(attacked, scripts):
    run, made, folder = attacked
    assert faces.file_faults(run, made, folder, scripts) == []
    html = (run.path / "report.html").read_text(encoding="utf-8")
    assert "&lt;script&gt;window.pwned" in html  # it is there, as text
    assert {"new.csv", "p.csv"} <= {path.name for path in folder.glob("*.csv")}
    assert list(folder.glob("*.xlsx"))


def test_the_pages_show_the_run(attacked):
    pytest.importorskip("streamlit")
    assert faces.page_faults(attacked[0]) == []


@pytest.mark.browser
def test_nothing_runs_in_a_browser(attacked):
    pytest.importorskip("playwright")
    try:
        with faces.browser() as visit:
            assert visit((attacked[0].path / "report.html").as_uri()) == []
    except FileNotFoundError as error:
        pytest.skip(str(error))


@pytest.mark.browser
def test_nothing_runs_on_the_pages_in_a_browser(attacked):
    pytest.importorskip("playwright")
    pytest.importorskip("streamlit")
    run = attacked[0]
    try:
        with faces.browser() as visit, faces.served(run.path.parents[1]) as address:
            for page in faces.PAGES:
                assert visit(f"{address}/{page}?study=credit&run={run.id}") == [], page
    except FileNotFoundError as error:
        pytest.skip(str(error))


@pytest.mark.parametrize("name", TEXTS)
def test_a_file_handed_in_under_any_name_stays_where_uploads_lie(name, tmp_path):
    store = RunStore(tmp_path / "runs")
    path = store.keep_upload(b"a,b\n1,2\n", TEXTS[name])
    assert path.resolve().parent.parent == (tmp_path / "runs" / ".uploads").resolve()
    assert path.read_bytes() == b"a,b\n1,2\n"
    assert path.name.isprintable()
    assert not set(path.name) & set("/\\<>\"'`$;|&")


@pytest.mark.parametrize("name", TEXTS)
def test_no_text_steers_a_terminal_and_json_keeps_it(name):
    out, err = io.StringIO(), io.StringIO()
    shell = Environment(stdout=out, stderr=err)
    shell.say(TEXTS[name])
    shell.note(TEXTS[name])
    assert not unprintable(out.getvalue() + err.getvalue())
    out.truncate(0)
    out.seek(0)
    shell.json({TEXTS[name]: [TEXTS[name]]})
    assert not unprintable(out.getvalue())
    assert json.loads(out.getvalue()) == {TEXTS[name]: [TEXTS[name]]}


@pytest.mark.parametrize("name", TEXTS)
def test_every_text_comes_back_as_it_was(name, attacked):
    """In Python a text is itself; on a page, in a report and on a terminal it is all visible."""
    run, made, _ = attacked
    typed = pd.read_parquet(made.data)  # some of them no CSV can hold
    predicted = run.predict(typed).rows
    column = typed.columns[1]
    wanted = typed.loc[[text.startswith(TEXTS[name]) for text in typed[column]], column]
    assert len(wanted)
    assert set(wanted) <= set(predicted[column])
    assert not unprintable(visible(TEXTS[name]))


# the checks themselves: each finds what it is there to find


@pytest.mark.parametrize(
    "name", ["script", "image that fails", "frame", "javascript address", "refresh", "base", "style closed before"]
)
def test_the_check_of_a_page_sees_an_open_one(name):
    assert faces.html_faults(f"<p>{TEXTS[name]}</p>", 0)


def test_the_check_of_a_page_sees_characters_that_steer():
    assert faces.html_faults("<p>a\u202eb</p>", 0)
    assert not faces.html_faults("<p>a b</p>\n", 0)


def test_the_check_of_a_spreadsheet_sees_a_formula(tmp_path):
    from openpyxl import Workbook

    assert unsafe_cells(pd.DataFrame({"=1+1": ["-2", "@x", "-1,234.5", "7 %"]})) == ["=1+1", "@x"]
    book = Workbook()
    book.active["A1"] = "=1+1"
    book.save(tmp_path / "x.xlsx")
    assert faces.workbook_faults((tmp_path / "x.xlsx").read_bytes())


@pytest.mark.browser
def test_the_browser_sees_an_open_page(tmp_path):
    pytest.importorskip("playwright")
    page = tmp_path / "open.html"
    page.write_text(f"<title>x</title>{TEXTS['image that fails']}", encoding="utf-8")
    try:
        with faces.browser() as visit:
            assert "a script ran" in visit(page.as_uri())
    except FileNotFoundError as error:
        pytest.skip(str(error))
