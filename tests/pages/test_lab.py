"""The lab's pages: each says what to see, brings its state back from the address, and says in a line what is missing."""

from __future__ import annotations

import pytest

pytest.importorskip("streamlit")
pytest.importorskip("torch")

from streamlit.testing.v1 import AppTest

from casestudies.lab import duels, sections
from casestudies.pages import links
from casestudies.pages.lab import bench, start
from casestudies.runs import RunStore

PAGES = {
    "lab-landscapes": {},
    "lab-batches": {"batch-epochs": "4"},
    "lab-gradients": {"grad-depth": "3"},
    "lab-losses": {"loss-steps": "40"},
    "lab-fit": {},
}
PARTS = {
    "schedules": ("lab-batches", {"batch-part": "Schedules", "sched-epochs": "24"}),
    "switch": ("lab-batches", {"batch-part": "Adam, then momentum"}),
    "amounts": ("lab-losses", {"loss-part": "Amounts"}),
    "network": ("lab-fit", {"fit-part": "Network", "fit-width": "4"}),
}
ALL = {**{name: (name, given) for name, given in PAGES.items()}, **PARTS}


def code(app) -> str:
    return app.get("code")[-1].value


@pytest.mark.parametrize("name", ALL)
def test_a_page_has_its_pictures_words_tables_and_lines(visitor, name):
    page, given = ALL[name]
    app = visitor.open(page, **given)
    assert not app.exception
    assert not app.error
    assert [title.value for title in app.title] == [links.TITLES[page]]
    assert app.get("vega_lite_chart")
    assert "Figure 1. " in visitor.words(app)
    labels = [expander.label for expander in app.expander]
    assert "How to read figure 1, and the table behind it" in labels
    assert len(code(app).splitlines()) == 5


def test_all_pages_of_the_lab_are_in_the_navigation_and_have_a_module():
    assert ["lab-start", *PAGES, "lab-real", "lab-portfolio"] == list(links.LAB["Optimiser lab"])
    assert list(start.PAGES) == list(links.LAB["Optimiser lab"])[1:]
    assert links.SECTIONS["Optimiser lab"] == links.LAB["Optimiser lab"]


def test_the_first_page_of_the_lab_leads_to_all_others(visitor):
    app = visitor.open("lab-start")
    assert not app.exception
    assert [link.proto.label for link in app.get("page_link")] == [links.TITLES[name] for name in start.PAGES]


def test_the_address_brings_a_duel_back(visitor):
    app = visitor.open(
        "lab-landscapes",
        land="A saddle",
        **{"land-methods-saddle": ["Newton"], "land-x-saddle": "1.25", "land-steps": "30"},
    )
    found = duels.duel("saddle", ["newton"], start=(1.25, 1e-3), steps=30)
    said = visitor.words(app)
    assert sections.landscapes.duel_told(found) in said
    assert "came to rest at a saddle" in said
    assert "start=(1.25, 0.001), steps=30" in code(app)


def test_a_moved_slider_goes_into_the_lines(visitor):
    app = visitor.open("lab-losses", **{"loss-steps": "40"})
    app.slider(key="loss-far").set_value(3.0).run()
    assert "far=3.0" in code(app)


@pytest.mark.parametrize(
    ("page", "given"),
    [
        ("lab-landscapes", {"land": "<b>x</b>", "land-steps": "1e9", "land-methods-rosenbrock": "nothing"}),
        ("lab-fit", {"fit-part": "x", "fit-rows": "-5", "fit-penalty": "l9"}),
        ("lab-losses", {"loss-part": "Amounts", "data": "../../etc/passwd"}),
        ("lab-real", {"run": "../../x"}),
    ],
)
def test_an_address_of_nonsense_is_the_page_as_it_begins(visitor, page, given):
    app = visitor.open(page, **given)
    assert not app.exception
    assert [title.value for title in app.title] == [links.TITLES[page]]


def test_four_methods_at_most_and_none_is_said(visitor):
    app = visitor.open("lab-landscapes", **{"land-steps": "10"})
    app.multiselect[0].set_value([]).run()
    assert "Choose at least one method." in visitor.words(app)
    app.multiselect[0].set_value(["Adam", "L-BFGS", "Newton", "Momentum"]).run()
    assert not app.exception
    assert "Momentum, rate 0.001" in visitor.words(app)


def test_a_missing_library_is_one_line(visitor, monkeypatch):
    monkeypatch.setattr("casestudies.lab.populations.find_spec", lambda name: None)
    app = visitor.open("lab-landscapes", land="Rastrigin's egg box", **{"land-steps": "10"})
    assert [error.value.replace("\\", "") for error in app.error] == [
        "CMA-ES: cmaes is not installed; pip install 'casestudies[tune]'"
    ]
    assert app.get("vega_lite_chart")  # the other method is shown all the same
    monkeypatch.setattr(bench, "find_spec", lambda name: None)
    said = [error.value for error in visitor.open("lab-gradients").error]
    assert len(said) == 1
    assert "casestudies\\[torch\\]" in said[0]


def test_a_file_handed_in_is_fitted(visitor, store):
    rows = "\n".join(["area;rent", *(f"{20 + n};{300 + 9 * n + n * 31 % 17}" for n in range(60))])
    kept = RunStore.default().keep_upload(memory(rows.encode()), "flats.csv")
    app = visitor.open("lab-losses", **{"loss-part": "Amounts", "data": kept.parent.name})
    assert not app.exception
    assert not app.error
    said = visitor.words(app)
    assert "flats.csv is here" in said
    assert "pulls most" in said
    assert "synthetic" not in said.lower()
    assert "read_numbers(Path('flats.csv')), 'rent')" in code(app)


def test_a_file_of_words_is_one_line(visitor, store):
    kept = RunStore.default().keep_upload(memory(b"a,b\nx,y\nz,w\n"), "words.csv")
    app = visitor.open("lab-losses", **{"loss-part": "Amounts", "data": kept.parent.name})
    assert [error.value.count("\n") for error in app.error] == [0]
    assert "columns of numbers" in app.error[0].value


def memory(content: bytes):
    from io import BytesIO

    return BytesIO(content)


def test_real_fits_are_those_of_the_run(visitor, run):
    app = visitor.open("lab-real", run=run.id)
    assert not app.exception
    assert not app.error
    assert app.query_params["run"] == run.id
    assert "steps" in visitor.words(app)
    assert run.id in code(app)


def test_without_runs_real_fits_say_so(visitor):
    assert "There is no finished run that trained something yet." in visitor.words(visitor.open("lab-real"))


def test_the_lab_alone_begins_with_what_it_has(store):
    app = AppTest.from_function(alone, default_timeout=60).run()
    assert not app.exception
    assert [title.value for title in app.title] == ["Optimiser lab"]


def alone():
    from casestudies.pages import links
    from casestudies.pages.main import main

    main(sections=links.LAB)
