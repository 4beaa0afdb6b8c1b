"""Rows read whole or in batches, schedules of the rate on one axis, and Adam that goes over to momentum."""

from __future__ import annotations

from casestudies.lab import batches, schedules, sections
from casestudies.pages import frame
from casestudies.pages.lab import bench

HOW = """
**Batches**: one logistic regression on made-up rows, always at the same rate. A step after every row is quick and noisy, one after all
rows exact and rare; what is compared is how far each has come after **reading as many rows**. The least loss is known from Newton's method.

**Schedules**: each lane is one schedule of the core, as it ran. **Adam, then momentum**: Adam until its steps, seen along the gradient,
agree on one rate; from then on plain momentum at that rate (Keskar and Socher 2017).
"""
_PARTS = {"batches": "Batches", "schedules": "Schedules", "switch": "Adam, then momentum"}


def show() -> None:
    frame.title(
        "Batches and schedules", "What noise in the gradient does, and what a falling rate does about it", how=HOW
    )
    part = bench.part("batch-part", _PARTS)
    with bench.one_thread():
        {"batches": _sizes, "schedules": _schedules, "switch": _switch}[part]()


def _sizes() -> None:
    left, middle, right = bench.abreast(3)
    with left:
        rate = bench.number("Rate", "batch-rate", (0.05, 2.0), 0.5, 0.05, form="%.2f")
    with middle:
        epochs = bench.whole("How often all rows are read", "batch-epochs", (4, 20), batches.EPOCHS)
    with right:
        seed = bench.whole("Seed", "batch-seed", bench.SEED, 0)
    sizes = (1, 16, batches.ROWS)
    found = _by_size(rate, epochs, seed)
    bench.shown(sections.batches.sizes_blocks(found), sections.batches.sizes_lines(sizes, rate, epochs, seed))


def _schedules() -> None:
    left, middle, right = bench.abreast(3)
    with left:
        epochs = bench.whole("Epochs", "sched-epochs", (24, 80), 60, 4)
    with middle:
        noise = bench.number("Noise in the gradient", "sched-noise", (0.0, 2.0), schedules.NOISE, 0.1, form="%.1f")
    with right:
        seed = bench.whole("Seed", "sched-seed", bench.SEED, 0)
    found = _courses(epochs, noise, seed)
    bench.shown(sections.batches.schedules_blocks(found), sections.batches.schedules_lines(epochs, noise, seed))


def _switch() -> None:
    left, middle, right = bench.abreast(3)
    with left:
        rate = bench.number("Rate", "switch-rate", (0.01, 0.3), 0.05, 0.01, form="%.2f")
    with middle:
        size = bench.whole("Rows in a batch", "switch-size", (8, 64), 16, 8)
    with right:
        seed = bench.whole("Seed", "switch-seed", bench.SEED, 0)
    found = _by_method(rate, size, seed)
    bench.shown(sections.batches.methods_blocks(found), sections.batches.methods_lines(rate, size, 30, seed))


@bench.kept
def _by_size(rate: float, epochs: int, seed: int) -> batches.Fits:
    return batches.by_size((1, 16, batches.ROWS), rate=rate, epochs=epochs, seed=seed)


@bench.kept
def _courses(epochs: int, noise: float, seed: int) -> tuple[schedules.Course, ...]:
    return schedules.courses(epochs=epochs, noise=noise, seed=seed)


@bench.kept
def _by_method(rate: float, size: int, seed: int) -> batches.Fits:
    return batches.by_method(rate=rate, size=size, epochs=30, seed=seed)
