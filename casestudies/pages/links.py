"""The pages by name, and how one leads to another: the address holds what a page needs to be itself again.

A page is a module with `show()`; a hyphen in its name stands between room and page. It is imported when it is opened, so that the first page is quick.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import NoReturn

import streamlit as st
from streamlit.navigation.page import Page

from casestudies.pages.complaints import said
from casestudies.pages.memory import settle
from casestudies.pages.plain import plain

TITLES: Mapping[str, str] = {
    "home": "Home",
    "data": "Data",
    "train": "Train",
    "results": "Results",
    "explain": "Explain",
    "groups": "Groups",
    "report": "Report",
    "runs": "Runs",
    "compare": "Compare",
    "lab-start": "The lab",
    "lab-landscapes": "Landscapes",
    "lab-batches": "Batches and schedules",
    "lab-gradients": "Gradients by layer",
    "lab-losses": "Losses",
    "lab-fit": "Over-fit and under-fit",
    "lab-real": "Real fits",
    "lab-portfolio": "Portfolio",
}
LAB: Mapping[str, tuple[str, ...]] = {"Optimiser lab": tuple(name for name in TITLES if name.startswith("lab-"))}
SECTIONS: Mapping[str, tuple[str, ...]] = {
    "Overview": ("home", "runs", "compare"),
    "Make a run": ("data", "train"),
    "Read a run": ("results", "explain", "groups", "report"),
    **LAB,
}


def page(name: str) -> Page:
    """The page of that name, as navigation and links want it."""
    return st.Page(_show(name), title=TITLES[name], url_path=name, default=name == "home")


def link(name: str, label: str, **parameters: str | None) -> None:
    """A link to a page with its parameters; a parameter that is None is left out."""
    st.page_link(page(name), label=plain(label), query_params=_given(parameters))


def main_link(name: str, label: str, **parameters: str | None) -> None:
    """The link that most readers of a page want; one on a page."""
    with st.container(key="main-link"):  # page.css draws it like the main button
        link(name, label, **parameters)


def go(name: str, **parameters: str | None) -> NoReturn:
    """Open another page now."""
    st.switch_page(page(name), query_params=_given(parameters))


def _given(parameters: Mapping[str, str | None]) -> dict[str, str]:
    return {key: value for key, value in parameters.items() if value is not None}


def _show(name: str) -> Callable[[], None]:
    def show() -> None:
        with said():
            import_module(f"casestudies.pages.{name.replace('-', '.')}").show()
        settle(f"page {name}")

    show.__name__ = name.replace("-", "_")
    return show
