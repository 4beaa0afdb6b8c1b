"""Each text that means harm, in every place that takes one, through every face: what ran, what failed, what was refused."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import casestudies
from benchmarks.optim.comparison import Table
from benchmarks.robustness.faces import PAGES, browser, file_faults, page_faults, scripts_of
from benchmarks.robustness.texts import TEXTS, case
from benchmarks.rows import Measurement
from casestudies.errors import CaseError

TEXT = """
Each text stands at once as the name of a column of numbers, of levels, of the identifier, of the protected group and of the label, as a level,
an identifier, the event's value, the file's name, the goal, the unit, the currency, the author, the version, the words of a reason and the
notes of a credit study. The run is then shown by every face: HTML and PDF report, tables as a workbook, all CSV files, predictions, `check`, `runs
list`, `show` and `verify`, the pages (by Streamlit's own runner), and the HTML report in Chromium. **Wanted:** no element, handler, address or character
in the HTML that a harmless report does not have; in Chromium no script of the text, no dialog and no request; no cell that a spreadsheet runs;
no character that steers a terminal; no page and no report that fails. *Refused* is a text that ended in one line, as one that no table may hold.
"""
SETTINGS = (
    *("model.candidates=[logistic, scorecard]", "interval.rounds=100", "explain.rows=50", "explain.cases=1"),
    *("explain.lime.samples=200", "explain.lime.seeds=2", "analyse=[bands, card]"),
)
HARMLESS = ("harmless", "words", "alone")


@dataclass(frozen=True)
class Shown:
    """What became of one text: `line` where it was refused, `faults` of each face where it was not."""

    name: str
    line: str
    faults: dict[str, list[str]]


def measure(names: Sequence[str] = tuple(TEXTS)) -> Measurement:
    with tempfile.TemporaryDirectory(prefix="hostile-") as folder, browser() as visit:
        run = _run(HARMLESS, Path(folder) / "harmless")
        scripts = scripts_of((run.path / "report.html").read_text(encoding="utf-8"))
        found = []
        for number, name in enumerate(names):
            found.append(shown(name, TEXTS[name], Path(folder) / f"{number}", scripts, visit))
            print(f"  {found[-1]}", flush=True)
    return [table(found)], {}


def shown(name: str, text: str, folder: Path, scripts: int, visit: Callable[[str], list[str]]) -> Shown:
    """One text in all places, through all faces."""
    try:
        run = _run((text,), folder)
    except CaseError as error:
        line = str(error)
        return Shown(name, line, {} if line.isprintable() and len(line) < 600 else {"refused": [line]})
    made = case((text,), folder)
    faults = {
        "files and commands": file_faults(run, made, folder, scripts),
        "pages": page_faults(run),
        "Chromium": visit((run.path / "report.html").as_uri()),
    }
    return Shown(name, "", faults)


def _run(texts: Sequence[str], folder: Path) -> casestudies.api.Run:
    folder.mkdir()
    made = case(texts, folder)
    return casestudies.run("credit", made.data, made.settings, overrides=SETTINGS, runs=folder / "runs", variables={})


def table(found: Sequence[Shown]) -> Table:
    head = ["text", "files and commands", f"{len(PAGES)} pages", "HTML in Chromium"]
    rows: list[list[object]] = []
    for one in found:
        faces = ["files and commands", "pages", "Chromium"]
        told = [len(one.faults[face]) for face in faces] if one.faults else [f"refused: {one.line}", "", ""]
        rows.append([one.name, *told])
    wrong = sum(any(one.faults.values()) for one in found)
    ended = sum(bool(one.line) for one in found)
    caption = f"{len(found)} texts: {wrong} ran or failed somewhere, {ended} were refused in one line (faults by face)"
    return {"caption": caption, "head": head, "rows": rows}
