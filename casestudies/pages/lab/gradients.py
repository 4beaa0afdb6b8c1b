"""Deep networks from several starts: what of the gradient arrives at the first layer, and what keeps it from vanishing."""

from __future__ import annotations

import streamlit as st

from casestudies.lab import gradients, sections
from casestudies.pages import frame
from casestudies.pages.lab import bench

HOW = """
A network learns by a gradient that is handed back from the last layer to the first, and every layer multiplies it. Where the factors
are below 1 it **vanishes**, and the first layers hardly learn; where they are above 1 it **explodes**. The first picture shows the size
of the gradient in each layer at the very first step, the second what came of it.

Try it: rectifiers in place of sigmoids, **batch normalisation**, **connections that skip layers**, fewer layers. The task is the same each
time: tell a disc from the ring around it, with all rows read at once.
"""
_EPOCHS = 60


def show() -> None:
    frame.title("Gradients by layer", "Why deep networks do not learn, and what helps", how=HOW)
    left, middle, right = bench.abreast(3)
    with left:
        activation = bench.choice(
            "Activation", "grad-activation", {name: name for name in gradients.ACTIVATIONS}, "sigmoid"
        )
    with middle:
        depth = bench.whole("Hidden layers", "grad-depth", (2, 16), 10)
    with right:
        rate = bench.number("Rate", "grad-rate", (0.01, 0.5), 0.1, 0.01, form="%.2f")
    left, middle, right = bench.abreast(3)
    with left:
        norm = st.checkbox("Batch normalisation", False, key="grad-norm", bind="query-params")
    with middle:
        skips = st.checkbox("Connections that skip layers", False, key="grad-skips", bind="query-params")
    with right:
        seed = bench.whole("Seed", "grad-seed", bench.SEED, 0)
    design = gradients.Design(depth, activation, batch_norm=norm, skips=skips)
    with bench.one_thread():
        found = _by_start(design, rate, seed)
    bench.shown(sections.gradients.starts_blocks(found), sections.gradients.starts_lines(design, _EPOCHS, rate, seed))


@bench.kept
def _by_start(design: gradients.Design, rate: float, seed: int) -> dict[str, gradients.Trained]:
    return gradients.by_start(design, epochs=_EPOCHS, rate=rate, seed=seed)
