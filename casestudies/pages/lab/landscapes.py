"""Methods against each other on landscapes: the ways from above, the value on the way, and why each ended."""

from __future__ import annotations

import streamlit as st

from casestudies.errors import CaseError
from casestudies.lab import descent, duels, populations, sections, surfaces
from casestudies.pages import frame
from casestudies.pages.complaints import complain, said
from casestudies.pages.lab import bench
from casestudies.pages.plain import plain

HOW = """
Choose a landscape and one to four methods. All of them begin at the same point. In the first picture lines join places of
equal height, as on a map; a cross stands at each minimum. The second shows how far each method was above the least value, by how
often it had **asked for a value or a gradient**: steps alone would be unfair, since some methods ask many times a step.

These are the core's own methods, the ones that fit the studies' models, and the diagnosis is the one that the reports print.
CMA-ES and the genetic algorithm come from libraries (the extra `tune`); they look at whole populations of points and use no gradient.
"""
_ABREAST = 4


def show() -> None:
    frame.title("Landscapes", "Why a method arrives, crawls, swings, explodes or stays at a saddle", how=HOW)
    name = bench.choice("Landscape", "land", {key: one.title for key, one in surfaces.LANDSCAPES.items()}, "rosenbrock")
    chosen = _methods(name)
    if not chosen:
        st.info("Choose at least one method.")
        return
    ground = surfaces.landscape_named(name)
    start = _start(name, ground)
    rates = _rates(name, ground, chosen)
    with st.container(key="lab-steps"):
        left, right = bench.abreast(2)
        with left:
            steps = bench.whole("Steps at most", "land-steps", (10, descent.MOST), 100, 10)
        with right:
            seed = bench.whole("Seed of what is random", "land-seed", bench.SEED, 0)
    given = (name, tuple(chosen), tuple(sorted(rates.items())), start, steps, seed)
    with said(), bench.one_thread():
        found = _duel(*given)
        bench.shown(
            sections.landscapes.duel_blocks(found),
            sections.landscapes.duel_lines(name, chosen, rates, start, steps, seed),
        )


def _methods(name: str) -> list[str]:
    titles = duels.methods()
    start = ["adam", "cmaes"] if name == "rastrigin" else ["newton", "trust"] if name == "saddle" else ["gd", "lbfgs"]
    known = {title: key for key, title in titles.items()}
    picked = st.multiselect(
        "Methods",
        list(known),
        [titles[key] for key in start],
        max_selections=duels.MOST,
        key=f"land-methods-{name}",
        bind="query-params",
    )
    missing = []
    for title in picked:
        try:
            populations.needed(known[title])
        except CaseError as error:
            complain(error)
            missing.append(title)
    return [known[title] for title in picked if title not in missing]


def _start(name: str, ground: surfaces.Landscape) -> tuple[float, ...]:
    places = bench.abreast(2)
    start = []
    for place, axis, ends, at in zip(places, "xy", ground.box, ground.start, strict=False):
        with place:
            start.append(bench.number(f"Start, {axis}", f"land-{axis}-{name}", ends, at, 0.001, form="%.3f"))
    return tuple(start)


def _rates(name: str, ground: surfaces.Landscape, chosen: list[str]) -> dict[str, float]:
    """A rate for each method that has one; powers of ten and between, so a slider of words."""
    rated = [method for method in chosen if method in descent.WAYS and descent.WAYS[method].rate]
    rates = {}
    for place, method in zip(bench.abreast(_ABREAST), rated, strict=False):
        way = descent.WAYS[method]
        start = way.rate(ground) if way.rate else 1.0
        with place:
            rates[method] = st.number_input(
                plain(f"Rate, {way.title}"),
                1e-6,
                10.0,
                start,
                start / 10,
                format="%.4g",
                key=f"land-rate-{method}-{name}",
                bind="query-params",
            )
    return rates


@bench.kept
def _duel(
    name: str,
    chosen: tuple[str, ...],
    rates: tuple[tuple[str, float], ...],
    start: tuple[float, ...],
    steps: int,
    seed: int,
) -> duels.Duel:
    return duels.duel(name, chosen, rates=dict(rates), start=start, steps=steps, seed=seed)
