"""The fits of a finished run, drawn and told as the lab draws its own; nothing is fitted here."""

from __future__ import annotations

import streamlit as st

from casestudies.lab import realfits, sections
from casestudies.pages import address, frame, links
from casestudies.pages.complaints import said
from casestudies.pages.lab import bench
from casestudies.pages.plain import plain
from casestudies.pages.runs import began, data_of
from casestudies.runs import RunFolder, RunStore, State

HOW = """
Every run keeps the steps of its fits and what the diagnosis said of them. Here they are drawn like the invented ones on the other pages of the
lab, and where a trouble was found there is a link to the page that shows it by itself.
"""


def show() -> None:
    frame.title("Real fits", "How the models of a run were fitted, step by step", how=HOW)
    there = [run for run in RunStore.default().all(st.session_state.get(address.DOOR)) if _has_steps(run)]
    if not there:
        st.info(
            "There is no finished run that trained something yet. Make one on the page Train, or open a demo on Home."
        )
        return
    named = {run.id: run for run in there}
    asked = st.query_params.get("run")
    start = asked if asked in named else there[0].id
    chosen = st.selectbox("Run", list(named), list(named).index(start), format_func=lambda id: _title(named[id]))
    run = named[chosen]
    if asked != run.id:
        st.query_params["run"] = run.id
    with said():
        _show(run)


def _show(run: RunFolder) -> None:
    fits = {fit.name: fit for fit in _fits(run)}
    names = st.multiselect(
        "Fits", list(fits), list(fits)[:3], max_selections=sections.realfits.MOST, key=f"real-fits-{run.id}"
    )
    if not names:
        st.info("Choose at least one fit.")
        return
    chosen = [fits[name] for name in names]
    bench.shown(sections.realfits.fits_blocks(chosen), sections.realfits.fits_lines(run.study, run.id, names))
    pages = {realfits.shown_by(one) for fit in chosen for one in fit.findings} - {None}
    for page in sorted(map(str, pages)):
        links.link(page, f"See such a trouble by itself: {links.TITLES[page]}")


def _has_steps(run: RunFolder) -> bool:
    return run.state == State.DONE and (run.path / "trace.parquet").is_file()


def _title(run: RunFolder) -> str:
    return plain(f"{run.study}, {began(run)}, {data_of(run)}")


def _fits(run: RunFolder) -> tuple[realfits.RealFit, ...]:
    return realfits.real_fits(run)
