"""The wrong loss: squared error of a probability from a bad start, and losses of amounts on rows that pull."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from casestudies.lab import amounts, badstart, regression, sections
from casestudies.pages import frame
from casestudies.pages.lab import bench
from casestudies.pages.plain import plain, say
from casestudies.report import visible

HOW = """
**Bad start**: a logistic model that begins with coefficients pointing the wrong way. Cross-entropy pushes hardest where the model is surely
wrong; the squared error of the probability hardly pushes there at all, so it stands still where it has most to learn.

**Amounts**: one table, one line, five losses. The squared loss finds a mean, which rows far off drag along; the absolute loss a median, Huber's
a mean that they cannot drag far, a quantile loss the value that a tenth (or nine tenths) of the rows lie below. Every row's pull is exact: the
fit with it and without it. Hand in a table of your own, or look at invented rents, of which 2 % have a digit too many.
"""
_PARTS = {"start": "Bad start", "amounts": "Amounts"}
_TYPES = ("csv", "gz", "txt", "tsv", "xlsx", "parquet")
_ROWS = 800


def show() -> None:
    frame.title("Losses", "What a loss says of rows that are far off decides what is learnt", how=HOW)
    part = bench.part("loss-part", _PARTS)
    with bench.one_thread():
        (_start if part == "start" else _amounts)()


def _start() -> None:
    left, middle, right = bench.abreast(3)
    with left:
        far = bench.number("How wrong the start is", "loss-far", (1.0, 10.0), 6.0, 0.5, form="%.1f")
    with middle:
        steps = bench.whole("Steps", "loss-steps", (20, 400), 200, 20)
    with right:
        seed = bench.whole("Seed", "loss-seed", bench.SEED, 0)
    found = _from_bad(far, steps, seed)
    bench.shown(sections.badstart.start_blocks(found), sections.badstart.start_lines(far, 1.0, steps, seed))


def _amounts() -> None:
    path = bench.handed_in("A table with an amount to predict; without one, invented rents", _TYPES, "lab:losses")
    if path is None:
        seed = bench.whole("Seed of the invented rents", "loss-rents", bench.SEED, 0)
        st.warning("These rents are synthetic.")
        bench.shown(
            sections.regression.regression_blocks(_rents(seed)), sections.regression.synthetic_lines(_ROWS, seed)
        )
        return
    numbers = _numbers(str(path))
    last = numbers.names[-1]
    asked = st.query_params.get("amount")
    start = numbers.names.index(asked if asked in numbers.names else last)
    amount = st.selectbox("The amount to predict", numbers.names, start, format_func=lambda name: plain(visible(name)))
    st.query_params["amount"] = amount
    found, notes = _file(str(path), amount)
    for note in (*numbers.notes, *notes):
        say(note)
    bench.shown(sections.regression.regression_blocks(found), sections.regression.file_lines(path.name, amount))


@bench.kept
def _from_bad(far: float, steps: int, seed: int) -> badstart.Start:
    return badstart.from_bad(far=far, rate=1.0, steps=steps, seed=seed)


@bench.kept
def _rents(seed: int) -> regression.Regressions:
    return regression.regressions(*regression.synthetic(_ROWS, seed))


@bench.few
def _numbers(path: str) -> amounts.Numbers:
    return amounts.read_numbers(Path(path))


@bench.kept
def _file(path: str, amount: str) -> tuple[regression.Regressions, tuple[str, ...]]:
    return amounts.regressed(_numbers(path), amount)
