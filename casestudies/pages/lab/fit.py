"""Over-fit and under-fit on one wave: by degree, and with the switches of a network."""

from __future__ import annotations

from casestudies.lab import overfit, sections
from casestudies.pages import frame
from casestudies.pages.lab import bench

HOW = """
Few rows of a wave, with noise. **Degree**: polynomials of degree 1 to 12, solved to their optimum; the error on the rows fitted falls with
every degree, that on 400 other rows turns. What it is made of is measured on tables of new noise: *bias* is how far the mean fit lies off the
wave, *variance* how far the fits lie apart.

**Network**: one that is left to itself beside the same one held back by **L1**, **L2** (weight decay), **dropout** or **early stopping**.
"""
_PARTS = {"degree": "Degree", "network": "Network"}
_EPOCHS = 200
_PENALTIES = {"none": "none", "l2": "L2", "l1": "L1"}


def show() -> None:
    frame.title(
        "Over-fit and under-fit", "Too close to the rows, too far from them, and what holds a model back", how=HOW
    )
    part = bench.part("fit-part", _PARTS)
    left, middle, right = bench.abreast(3)
    with left:
        rows = bench.whole("Rows to learn from", "fit-rows", (14, 80), overfit.ROWS, 2)
    with middle:
        noise = bench.number("Noise", "fit-noise", (0.0, 1.0), 0.3, 0.05, form="%.2f")
    with right:
        seed = bench.whole("Seed", "fit-seed", bench.SEED, 0)
    with bench.one_thread():
        (_degrees if part == "degree" else _network)(rows, noise, seed)


def _degrees(rows: int, noise: float, seed: int) -> None:
    left, middle, right = bench.abreast(3)
    with left:
        penalty = bench.choice("Penalty", "fit-penalty", _PENALTIES, "none")
    with middle:
        strength = bench.number("Strength of the penalty", "fit-strength", (0.01, 2.0), 0.1, 0.01, form="%.2f")
    with right:
        degree = bench.whole("Degree drawn", "fit-degree", (overfit.DEGREES[0], overfit.DEGREES[-1]), 12)
    found = _by_degree(rows, noise, penalty, strength, seed)
    bench.shown(
        sections.overfit.degrees_blocks(found, degree),
        sections.overfit.degrees_lines(rows, noise, penalty, strength, seed),
    )


def _network(rows: int, noise: float, seed: int) -> None:
    places = bench.abreast(5)
    with places[0]:
        width = bench.whole("Width", "fit-width", (1, 64), 48)
    with places[1]:
        l1 = bench.number("L1", "fit-l1", (0.0, 0.01), 0.0, 0.0005, form="%.4f")
    with places[2]:
        l2 = bench.number("L2", "fit-l2", (0.0, 10.0), 0.0, 0.5, form="%.1f")
    with places[3]:
        dropout = bench.number("Dropout", "fit-dropout", (0.0, 0.6), 0.0, 0.05, form="%.2f")
    with places[4]:
        patience = bench.whole("Patience, 0 = none", "fit-patience", (0, 40), 20)
    held = overfit.Switches(width, l1, l2, dropout, patience)
    found = [
        _one(one, name, rows, noise, seed) for one, name in ((overfit.Switches(width), _PLAIN), (held, _named(held)))
    ]
    bench.shown(
        sections.overfit.network_blocks(*found), sections.overfit.network_lines(held, rows, noise, _EPOCHS, seed)
    )


_PLAIN = "left to itself"


def _named(held: overfit.Switches) -> str:
    names = {"L1": held.l1, "L2": held.l2, "dropout": held.dropout, "early stopping": held.patience}
    on = [name for name, value in names.items() if value]
    return " and ".join(on) if on else _PLAIN


@bench.kept
def _by_degree(rows: int, noise: float, penalty: str, strength: float, seed: int) -> overfit.Degrees:
    return overfit.by_degree(rows=rows, noise=noise, penalty=penalty, strength=strength, seed=seed)


@bench.kept
def _one(switches: overfit.Switches, name: str, rows: int, noise: float, seed: int) -> overfit.Network:
    return overfit.network(switches, name, rows=rows, noise=noise, epochs=_EPOCHS, seed=seed)
