"""The portfolio page: sliders, address, a visitor's file, the quarrel by name, and the lines that make it again."""

from io import BytesIO

import numpy as np
import pandas as pd
import pytest

from casestudies.runs import RunStore

PAGE = "lab-portfolio"


def handed_in(cell=None, days=300):
    """A visitor's file of some days and four assets, waiting; `cell` replaces one of them. Returns its hash."""
    rng = np.random.default_rng(0)
    values = 50 * np.cumprod(1 + rng.normal(0.0003, 0.01, (days, 4)), axis=0)
    frame = pd.DataFrame(values, columns=["oak", "elm", "ash", "=1+1"]).astype(object)
    if cell is not None:
        frame.iloc[7, 1] = cell
    frame.insert(0, "Date", pd.bdate_range("2019-01-01", periods=days).astype(str))
    content = BytesIO(frame.to_csv(index=False).encode())
    return RunStore.default().keep_upload(content, "trees.csv").parent.name


def test_without_a_file_a_market_is_made_up_and_said_to_be(visitor):
    app = visitor.open(PAGE)
    assert not app.exception
    words = visitor.words(app)
    assert "made up" in words
    assert "the line" in words.lower()
    assert "promised" in words
    assert "delivered" in words
    assert len(app.get("download_button")) == 3


def test_the_address_brings_the_sliders_back(visitor):
    app = visitor.open(PAGE, **{"pf-cap": "12.0", "pf-turnover": "40.0", "pf-aim": "The least risk at a return"})
    assert app.slider(key="pf-cap").value == 12.0
    assert app.slider(key="pf-turnover").value == 40.0
    assert app.slider(key="pf-target").value == 10.0
    assert "with 12.0 %" in visitor.words(app)
    app.slider(key="pf-cap").set_value(9.0).run()
    assert "with 9.0 %" in visitor.words(app)


def test_wishes_that_quarrel_are_named_with_the_smallest_relaxation(visitor):
    words = visitor.words(visitor.open(PAGE, **{"pf-cap": "3.0"}))
    assert "These cannot all hold: weights sum to 100 %; cap of every asset (3 %)." in words
    assert "raise the cap of every asset from 3 % to 5 %, by 2 points" in words


def test_a_visitor_s_file_is_read_and_said(visitor):
    app = visitor.open(PAGE, data=handed_in(), **{"pf-cap": "40.0"})
    assert not app.exception
    words = visitor.words(app)
    assert "trees.csv is here" in words
    assert "read as prices" in words
    assert "made up" not in words
    assert "portfolio.study('trees.csv'" in "\n".join(code.value for code in app.code)


@pytest.mark.parametrize("cell", ["a lot", 0.0, -4.0])
def test_a_file_that_cannot_be_used_is_answered_by_one_line(visitor, cell):
    app = visitor.open(PAGE, data=handed_in(cell))
    assert not app.exception
    assert len(app.error) == 1
    assert "line 9" in app.error[0].value


def test_a_short_file_is_answered(visitor):
    for days in (25, 100):
        app = visitor.open(PAGE, data=handed_in(days=days), **{"pf-cap": "40.0"})
        assert not app.exception
        assert len(app.error) == (days == 25)
    assert "too few for windows" in visitor.words(visitor.open(PAGE, data=handed_in(days=25), **{"pf-cap": "40.0"}))


def test_a_file_that_is_gone_is_said(visitor):
    words = visitor.words(visitor.open(PAGE, data="0" * 64))
    assert "The file of this address is gone" in words


def test_return_weighed_against_risk_takes_more_of_both(visitor):
    app = visitor.open(PAGE, **{"pf-aim": "Return weighed against risk", "pf-aversion": "2.0"})
    assert app.slider(key="pf-aversion").value == 2.0
    assert not app.error
