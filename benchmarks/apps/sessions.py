"""Fifty visitors on one server: errors, memory of each, CPU of a run of a page and of a move of a slider."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from statistics import median

from benchmarks.apps.served import Address, Server, make_runs, pages, serving
from benchmarks.apps.visitor import Visitor, visiting
from benchmarks.recommendation.goals import Goal, asked
from benchmarks.rows import Measurement

TEXT = (
    "`casestudies app` with three finished demos. Visitors are real web sockets that speak as the pages' front end does. First one "
    "visitor opens every page, so that nothing is imported or drawn for the first time later; then so many stay on the "
    "pages in turn and run them again. CPU is the server's process, all threads; memory is what it grew by "
    "from one session to all of them. A move of a slider runs its fragment alone. "
)
_SESSIONS, _AGAIN = 50, 4


def measure() -> Measurement:
    return _measured(_SESSIONS, small=False)


def quick() -> Measurement:
    return _measured(6, small=True)


def _measured(sessions: int, small: bool) -> Measurement:
    with tempfile.TemporaryDirectory() as folder:
        runs = make_runs(Path(folder), small)
        with serving(Path(folder)) as server:
            return asyncio.run(_told(server, pages(runs), sessions))


async def _told(server: Server, addresses: list[Address], sessions: int) -> Measurement:
    faults: list[str] = []
    single = [await _alone(server, page, faults) for page in addresses]
    before = server.memory()
    async with AsyncExitStack() as stack:
        opened = [
            await stack.enter_async_context(visiting(server, addresses[number % len(addresses)]))
            for number in range(sessions)
        ]
        first, first_cpu = await _together(server, opened)
        took, cpu = [], 0.0
        for _ in range(_AGAIN):
            waited, used = await _together(server, opened)
            took += waited
            cpu += used
        grown = (server.memory() - before) / sessions
        faults += [fault for visitor in opened for fault in visitor.faults]
    table = {
        "caption": "One visitor: CPU of the server",
        "head": ["page", "again, ms", "a move of the slider, ms"],
        "rows": [
            [page.title, f"{1e3 * again:.0f}", "-" if move is None else f"{1e3 * move:.0f}"]
            for page, (again, move) in zip(addresses, single, strict=True)
        ],
    }
    crowd = {
        "caption": f"{sessions} visitors, all pages in turn, all at once",
        "head": ["", "seconds until it stands: half", "95 %", "CPU a run, ms"],
        "rows": [
            ["first run", *_spread(first), f"{1e3 * first_cpu / sessions:.0f}"],
            ["again", *_spread(took), f"{1e3 * cpu / len(took):.0f}"],
        ],
    }
    moves = [move for _, move in single if move is not None]
    goals = [
        Goal("errors", float(len(faults)), 0.0, form="{:.0f}"),
        Goal("memory of a further session, MiB", grown, 1.0, form="{:.2f}"),
        Goal("CPU of a run with all of them there, ms", 1e3 * cpu / len(took), 60.0, form="{:.0f}"),
        Goal("CPU of a move of the slider, ms", 1e3 * max(moves), 20.0, form="{:.0f}"),
    ]
    for fault in faults[:5]:
        print(fault)
    return [table, crowd, asked("Sessions", goals)], {}  # type: ignore[list-item]


async def _alone(server: Server, page: Address, faults: list[str]) -> tuple[float, float | None]:
    """Seconds of CPU of a further run of the page, and of a move of its slider; means, since the kernel counts in 10 ms."""
    async with visiting(server, page) as visitor:
        await visitor.run()
        await visitor.run()
        again = await _mean(server, visitor.run)
        await visitor.move()
        move = await _mean(server, visitor.move) if visitor.slider is not None else None
        faults += visitor.faults
    return again, move


async def _mean(server: Server, do: Callable[[], Awaitable[object]], times: int = 15) -> float:
    """CPU seconds that the server takes for one of them, and for tidying up after it."""
    before = server.cpu()
    for _ in range(times):
        await do()
        await asyncio.sleep(0.05)
    return (server.cpu() - before) / times


async def _together(server: Server, visitors: list[Visitor]) -> tuple[list[float], float]:
    """Every visitor runs their page at the same time: the seconds of each, and the CPU of all."""
    before = server.cpu()
    took = await asyncio.gather(*(visitor.run() for visitor in visitors))
    await asyncio.sleep(1.0)
    return list(took), server.cpu() - before


def _spread(seconds: list[float]) -> list[str]:
    ordered = sorted(seconds)
    return [f"{median(ordered):.2f}", f"{ordered[int(0.95 * (len(ordered) - 1))]:.2f}"]
