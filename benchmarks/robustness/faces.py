"""What each face makes of a run whose texts mean harm: reports, spreadsheets, the command line, the pages, a browser."""

from __future__ import annotations

import io
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from benchmarks.robustness.texts import Case, unprintable, unsafe_cells

if TYPE_CHECKING:
    from casestudies.api import Run

_FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]
_PWNED = "() => window.pwned === 1 || document.title === 'pwned'"
PAGES = ("results", "explain", "groups", "report", "runs", "data")


class _Tags(HTMLParser):
    """What could act: elements, handlers and addresses."""

    def __init__(self) -> None:
        super().__init__()
        self.scripts, self.wrong = 0, list[str]()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.scripts += tag == "script"
        if tag in ("iframe", "object", "embed", "base", "form", "img") and not _is_drawn(tag, dict(attrs)):
            self.wrong.append(f"<{tag}>")
        if tag == "meta" and str(dict(attrs).get("http-equiv", "")).lower() == "refresh":
            self.wrong.append("meta refresh")
        for name, value in attrs:
            address = (value or "").strip().lower()
            if name.startswith("on") or name in ("srcdoc", "formaction"):
                self.wrong.append(f"{tag} {name}")
            if name in ("href", "src", "xlink:href") and not address.startswith(("#", "data:image/")):
                self.wrong.append(f"{tag} {name}={address[:60]}")


def _is_drawn(tag: str, attributes: Mapping[str, str | None]) -> bool:
    return tag == "img" and str(attributes.get("src", "")).startswith("data:image/")


def html_faults(page: str, scripts: int) -> list[str]:
    """scripts: how many elements of script a report has without any text that means harm."""
    tags = _Tags()
    tags.feed(page)
    hidden = unprintable(page) - {"\t", "\xa0", "\u202f", "\u2009", "\u2011"} - {c for c in page if c.isspace()}
    faults = sorted(set(tags.wrong))
    faults += [f"{tags.scripts} scripts, not {scripts}"] if tags.scripts != scripts else []
    return faults + ([f"characters {sorted(map(ascii, hidden))}"] if hidden else [])


def scripts_of(page: str) -> int:
    tags = _Tags()
    tags.feed(page)
    return tags.scripts


def pdf_faults(content: bytes) -> list[str]:
    return [] if content.startswith(b"%PDF") and len(content) > 20_000 else ["no PDF"]


def csv_faults(files: Sequence[Path]) -> list[str]:
    found = []
    for file in files:
        unsafe = unsafe_cells(pd.read_csv(file, dtype=str, keep_default_na=False, lineterminator="\n"))
        found += [f"{file.name}: {cell[:60]!r}" for cell in unsafe[:3]]
    return found


def workbook_faults(content: bytes) -> list[str]:
    """Cells that are formulas or links, in a workbook that has to hold none."""
    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(content))
    cells = (cell for sheet in book for row in sheet.iter_rows() for cell in row)
    return [f"{cell.coordinate}: {cell.value!r:.60}" for cell in cells if cell.data_type == "f" or cell.hyperlink]


def said(words: Sequence[str]) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of the command line."""
    from casestudies import cli

    out, err = io.StringIO(), io.StringIO()
    code = cli.main(words, cli.Environment(stdout=out, stderr=err, variables={}))
    return int(code), out.getvalue(), err.getvalue()


def cli_faults(run: Run, case: Case, folder: Path) -> list[str]:
    """Every verb that shows or writes something of the run."""
    from casestudies.workflow.spelling import spell_out

    where, found = ["--runs", str(run.path.parents[1])], []
    config = folder / "c.yaml"
    config.write_text(spell_out(dict(case.settings), {}), encoding="utf-8")
    asked: dict[str, list[str]] = {
        "check": ["check", "credit", "--data", str(case.data), "--config", str(config), "--out", str(folder / "p.csv")],
        "list": ["runs", "list", *where],
        "show": ["runs", "show", run.id, *where],
        "verify": ["runs", "verify", run.id, *where],
        "predict": ["predict", run.id, "--data", str(case.data), "--out", str(folder / "new.csv"), *where],
        "report": ["report", run.id, "--format", "html,xlsx", "--out", str(folder), *where],
    }
    for verb, words in asked.items():
        code, out, err = said(words)
        if code or (verb != "predict" and err):  # predict may have something to say of the rows
            found.append(f"{verb}: exit {code}, {err[:200]!r}")
        if hidden := unprintable(out + err):
            found.append(f"{verb}: characters {sorted(map(ascii, hidden))}")
    return found


def file_faults(run: Run, case: Case, folder: Path, scripts: int) -> list[str]:
    """The files of a run, and those that the command line wrote after it."""
    found = cli_faults(run, case, folder)
    found += html_faults((run.path / "report.html").read_text(encoding="utf-8"), scripts)
    found += pdf_faults((run.path / "report.pdf").read_bytes())
    found += csv_faults([*run.path.rglob("*.csv"), *folder.glob("*.csv")])
    for book in folder.glob("*.xlsx"):
        found += workbook_faults(book.read_bytes())
    return found


def page_faults(run: Run, pages: Sequence[str] = PAGES) -> list[str]:
    """The pages by Streamlit's own runner: none may fail."""
    from streamlit.testing.v1 import AppTest
    from streamlit.util import calc_hash

    before, found = os.environ.get("CASESTUDIES_RUNS"), []
    os.environ["CASESTUDIES_RUNS"] = str(run.path.parents[1])
    try:
        for page in pages:
            app = AppTest.from_function(_pages, default_timeout=120)
            app.query_params = {"run": run.id, "study": "credit"}
            app._page_hash = calc_hash(page)  # AppTest.switch_page knows only pages that are files
            app.run()
            found += [f"{page}: {error.value[:200]}" for error in app.exception]
    finally:
        os.environ.pop("CASESTUDIES_RUNS")
        if before is not None:
            os.environ["CASESTUDIES_RUNS"] = before
    return found


def _pages() -> None:
    from casestudies.pages.main import main

    main(None)


@contextmanager
def browser() -> Iterator[Callable[[str], list[str]]]:
    """A function that opens an address in Chromium and says what it did that it must not.

    Raises
    ------
    FileNotFoundError: there is no Chromium. ImportError: there is no Playwright.
    """
    from playwright.sync_api import sync_playwright

    program = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        raise FileNotFoundError("Chromium is not installed")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=_FLAGS)
        yield lambda address: _visit(chromium, address)
        chromium.close()


@contextmanager
def served(runs: Path) -> Iterator[str]:
    """The address of a server of the pages on a folder of runs, started as people start it."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    command = [sys.executable, "-m", "casestudies", "app", "--no-browser", "--port", str(port)]
    variables = {**os.environ, "CASESTUDIES_RUNS": str(runs)}
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(command, env=variables, start_new_session=True, **quiet)  # type: ignore[call-overload]
    address = f"http://127.0.0.1:{port}"
    try:
        end = time.monotonic() + 120
        while not _is_up(address) and time.monotonic() < end:
            time.sleep(0.1)
        yield address
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()


def _is_up(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/_stcore/health", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _visit(chromium: Any, address: str) -> list[str]:
    context = chromium.new_context(viewport={"width": 1400, "height": 1000})
    page, found = context.new_page(), list[str]()
    page.on("dialog", lambda dialog: (found.append(f"dialog: {dialog.message}"), dialog.dismiss()))
    page.on("request", lambda request: found.append(request.url) if _is_foreign(request.url, address) else None)
    page.goto(address)
    page.wait_for_load_state("load")
    if address.startswith("http"):
        page.locator("h1").first.wait_for(timeout=120_000)
        page.wait_for_function(
            "() => !document.querySelector('[data-testid=stStatusWidget], [data-testid=stSkeleton]')"
        )
    page.wait_for_timeout(500)
    for frame in page.frames:
        found += ["a script ran"] if frame.evaluate(_PWNED) else []
    context.close()
    return found


def _is_foreign(url: str, address: str) -> bool:
    return not url.startswith(("data:", "blob:", "about:")) and url.split("/")[2:3] != address.split("/")[2:3]
