"""What the lab has, a line and a link for each page."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from casestudies.pages import frame, links

HOW = """
Every page is an experiment of its own: choose, look at the picture, read the sentence that says what to see in it. The address of
a page brings its picture back, and below each stand the five lines of Python that make it. The methods are those that fit the
studies' models, and so is the diagnosis.
"""
PAGES: Mapping[str, str] = {
    "lab-landscapes": "Gradient descent, Adam, conjugate gradient, Newton, CMA-ES and others from one start: who arrives, who swings, who stays at a saddle.",
    "lab-batches": "What small batches do to a fit, every schedule of the learning rate on one axis, and Adam that gives way to momentum.",
    "lab-gradients": "Why the first layers of a deep network hear nothing, or too much: initialisation, batch normalisation, connections that skip layers.",
    "lab-losses": "A bad start that squared error never recovers from; and rows that pull a fit, by squared, absolute, Huber and quantile loss.",
    "lab-fit": "Too close to the rows and too far from them, on one data set: degree, L1 and L2; width, dropout and early stopping.",
    "lab-real": "The traces of your own runs, drawn and diagnosed the same way.",
    "lab-portfolio": "The least risk within constraints: the frontier, which wishes quarrel, and what was promised against what was delivered.",
}


def show() -> None:
    frame.title("Optimiser lab", "Why a fit arrives, crawls, swings, explodes or stops too early", how=HOW)
    for name, text in PAGES.items():
        with st.container(border=True):
            links.link(name, links.TITLES[name])
            st.caption(text)
