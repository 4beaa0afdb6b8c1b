"""How soon a page stands in a browser, from a server that has just been started, and how large the reports are."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.apps.served import Address, make_runs, pages, serving
from benchmarks.recommendation.goals import Goal, asked
from benchmarks.rows import Measurement

TEXT = (
    "Headless Chromium on the machine of the server, a new context (nothing kept) for the first page and the same one after it. "
    "A page stands when its title is there, no part of it is still a skeleton and the server is done. The first page is Home, the "
    "first that anybody asks of a server just started; each further page is opened for the first time (it draws its charts) "
    "and then again. "
)
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
FLAGS += ["--disable-component-update", "--disable-sync"]
STANDS = (
    "() => document.querySelector('h1') && document.querySelector('[data-test-script-state=notRunning]')"
    " && !document.querySelector('[data-testid=stSkeleton], [data-testid=stStatusWidget]')"
)


def measure() -> Measurement:
    return _measured(small=False)


def quick() -> Measurement:
    return _measured(small=True)


def _measured(small: bool) -> Measurement:
    from playwright.sync_api import sync_playwright

    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        runs = make_runs(Path(folder), small)
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        with serving(Path(folder)) as server:
            page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()

            def opened(address: Address) -> tuple[float, float]:
                """Seconds until the page stands, and seconds of the server's CPU."""
                before, began = server.cpu(), time.perf_counter()
                _open(page, f"http://127.0.0.1:{server.port}/{address.path}")
                return time.perf_counter() - began, server.cpu() - before

            first, *others = pages(runs)
            began = server.cpu()
            home, home_cpu = opened(first)
            told = [(address.title, *opened(address), *opened(address)) for address in [*others, first]]
            started, start_cpu = server.started, began
        browser.close()
        sizes = {
            path.parent.parent.name: path.stat().st_size / 2**20
            for path in sorted(Path(folder).glob("*/*/report.html"))
        }
    table = {
        "caption": "Seconds until a page stands",
        "head": ["page", "first time", "server's CPU", "again", "server's CPU"],
        "rows": [
            ["the server answers", f"{started:.2f}", f"{start_cpu:.2f}", "", ""],
            ["Home, the first page", f"{home:.2f}", f"{home_cpu:.2f}", "", ""],
            *([title, *(f"{value:.2f}" for value in values)] for title, *values in told),
        ],
    }
    goals = [
        Goal("the first page, s", home, 3.0, form="{:.2f}"),
        Goal("a page again, the slowest, s", max(again for _, _, _, again, _ in told), 1.0, form="{:.2f}"),
        *(Goal(f"report.html of {name}, MiB", size, 2.0, form="{:.2f}") for name, size in sizes.items()),
    ]
    return [table, asked("Pages", goals)], {}  # type: ignore[list-item]


def _open(page: Any, address: str) -> None:
    page.goto(address)
    page.wait_for_function(STANDS, timeout=120_000)
