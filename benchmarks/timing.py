"""Seconds of a call in this process."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def measured(run: Callable[[], T], repeats: int = 1) -> tuple[T, float, float]:
    """The last result, and the least CPU (of all threads) and wall seconds."""
    cpu, wall = [], []
    for _ in range(repeats):
        used, began = time.process_time(), time.perf_counter()
        result = run()
        cpu.append(time.process_time() - used)
        wall.append(time.perf_counter() - began)
    return result, min(cpu), min(wall)
