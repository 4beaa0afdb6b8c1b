"""What the suite is, a card for each study side by side, the last runs, and how the installation stands."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import streamlit as st

from casestudies import api
from casestudies.card import Card
from casestudies.pages import frame, jobs, links
from casestudies.pages.address import DOOR, OWN
from casestudies.pages.plain import plain, say
from casestudies.pages.runs import headline, show_runs
from casestudies.runs import RunStore, studies

HOW = """
Each card is one business question. **Open the demo** shows a finished run on made-up data, or makes one.
**Use your data** takes a table of yours, or images: they are checked first, then models are compared by what their decisions
would have cost, and the result is explained and written as a report.

A *run* is a folder on this computer. It holds the settings, the figures, the model and the reports, so every page can be
closed and opened again, and every figure can be made again.
"""
_LAST = 5
_ABREAST = 3  # cards: more would break their words on the screen of a laptop


def show() -> None:
    frame.title("Decisions in money, explained", "From your data to a decision, a report and a model", how=HOW)
    door = st.session_state.get(DOOR)
    cards = [import_module(f"casestudies.{name}").CARD for name in studies() if door in (None, name)]
    for first in range(0, len(cards), _ABREAST):
        for place, card in zip(st.columns(min(_ABREAST, len(cards))), cards[first : first + _ABREAST], strict=False):
            with place:
                _card(card)
    st.header("Last runs", anchor=False)
    show_runs(RunStore.default().all(door)[:_LAST], erasable=False)
    links.link("runs", "All runs")
    st.header("Privacy", anchor=False)
    st.markdown(
        "Everything stays on this computer. Files you hand in are kept until their run ends and are then erased; a run "
        "keeps figures, the model, explained cases and the lists it made, not your table. The model of a recommendation run "
        "holds who took what: its lists are made of that. A run on images keeps the few that it explains, as pictures. No page asks any other host for anything, and nothing is reported to "
        "anybody."
    )
    _installation()


def _card(card: Card) -> None:
    """A business question, what is decided, what it takes; with its demo and the way to one's own data."""
    with st.container(border=True, height="stretch"):
        st.header(plain(card.title), anchor=False)
        st.markdown(f"**{plain(card.question)}**")
        st.markdown(f"*Decides:* {plain(card.decision)}.")
        st.markdown(f"*Needs:* {plain(card.needs)}.")
        demo = jobs.finished_demo(card.name)
        if demo is not None:
            st.caption(plain(f"The demo, on synthetic data: {headline(demo)}."))
        with st.container(vertical_alignment="bottom", height="stretch", gap="xsmall"):  # in line from card to card
            if st.button("Open the demo", type="primary", key=f"demo:{card.name}"):
                jobs.open_demo(card.name)
            links.link("data", "Use your data", study=card.name, **{OWN: "file"})


@st.cache_data(ttl=60, show_spinner=False)
def _examined() -> dict[str, Any]:
    """30 ms of the server, and the same for all visitors."""
    return api.examine_installation()


def _installation() -> None:
    told = _examined()
    missing = [row for row in told["libraries"] if row["get it"]]
    label = (
        "everything is there" if not missing else f"{len(missing)} of {len(told['libraries'])} libraries are missing"
    )
    st.header("Installation", anchor=False)
    with st.expander(f"State of the installation: {label}"):
        st.dataframe(told["libraries"], hide_index=True, alt="Libraries with version and purpose")
        for name, value in told["machine"].items():
            say(f"{name}: {value}")
