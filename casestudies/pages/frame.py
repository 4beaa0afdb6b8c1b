"""What every page has: one title, what it is about, how to read it, and the word "synthetic" where it is due."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from casestudies.pages import address, jobs, links
from casestudies.pages.copylink import copy_link
from casestudies.pages.plain import plain
from casestudies.runs import RunFolder
from casestudies.workflow.studies import Study

STYLE = Path(__file__).with_name("page.css")


def title(text: str, about: str = "", *, how: str) -> None:
    """The page's one h1, a line below it, and what helps to read the page.

    Parameters
    ----------
    text: the title. about: what this page shows, as plain text. how: Markdown of ours, for "How to read this".
    """
    with st.container(horizontal=True, vertical_alignment="center"):
        st.title(plain(text), anchor=False, width="stretch")
        copy_link()
    if about:
        st.caption(plain(about))
    with st.expander("How to read this", type="compact"):
        st.markdown(how)


def other_study(page: str) -> None:
    """A way to the same page of another study, where there is more than one."""
    known, here = address.known_studies(), address.study()
    if len(known) > 1:
        chosen = st.selectbox(
            "Study", known, known.index(here), format_func=lambda name: name.replace("_", " ").capitalize()
        )
        if chosen != here:
            links.go(page, study=chosen)


def synthetic(study: Study, said: bool = True) -> None:
    """The banner over made-up data."""
    if said:
        st.warning(plain(study.card.invented.banner))


def not_done(run: RunFolder | None) -> None:
    """What a page that reads a finished run says when there is none."""
    if run is not None:
        st.info(f"This run is {run.state}, so there is nothing to read yet.")
        links.link("train", "Look at the run", study=run.study, run=run.id)
        return
    st.info("There is no finished run yet. The demo needs no file; its data are synthetic.")
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button("Open the demo", type="primary"):
            jobs.open_demo(address.study())
        links.link("data", "Use your own data", study=address.study(), **{address.OWN: "file"})
