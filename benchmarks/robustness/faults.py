"""Disks that fail at every point where a run writes: full, read-only, forbidden, broken, and a clock that goes back.

A small library stands between the process and the C library (`faults.c`, loaded by LD_PRELOAD), so calls of Python, Arrow
and everything else are counted and refused alike. Each attempt is a fork of one warm process.
"""

from __future__ import annotations

import ctypes
import io
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.optim.comparison import Table
from benchmarks.rows import Measurement
from casestudies.runs import RunStore, State

TEXT = """
Every call with which a run writes below its folder (open, write, fsync, rename, link, mkdir, unlink; 400 and more) is counted, by a library that
stands before the C library; from the n-th on it fails as the table says, for every n in turn. The disk that fills up takes half of
the n-th write first, as real ones do. Afterwards the folder is looked at on a sound disk. **Wanted:** no folder that reads as done and
is not whole to the last byte, and never more than one line to the analyst. *Done* are runs that the fault could not hurt: it came after the manifest,
in the removal of a temporary file, or it moved the clock, which no result depends on. *Empty* are folders whose request could not be written.
"""
MODES: Mapping[str, int] = {
    "the disk is full": 1,
    "the disk becomes read-only": 2,
    "the permission is lost": 3,
    "one call fails (EIO)": 4,
    "one write is cut in half": 5,
    "the clock goes back a day": 6,
}
_SMALL = (
    *("demo.rows=300", "model.candidates=[logistic]", "interval.rounds=100", "explain.rows=50", "explain.cases=1"),
    *("explain.lime.samples=200", "explain.lime.seeds=2", "analyse=[]", "report.formats=[html]"),
)
Work = Callable[[Path], tuple[int, str]]  # writes below a folder; its exit code and what it said on standard error


@dataclass(frozen=True)
class Struck:
    """One attempt: where and how it was struck, how it ended, what the folder says, and what is wrong with that ("")."""

    mode: str
    point: int
    reached: bool
    code: int
    line: str
    state: str
    fault: str


def compiled(folder: Path) -> Path:
    """The library of faults, made by the system's C compiler.

    Raises
    ------
    FileNotFoundError: there is none.
    """
    out = folder / "faults.so"
    source = Path(__file__).with_suffix(".c")
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", str(out), str(source), "-ldl"], check=True)
    return out


def measure(stride: int = 1) -> Measurement:
    """Every `stride`-th point of a whole run, each by one of the modes in turn."""
    with tempfile.TemporaryDirectory() as name:
        out = Path(name) / "struck.json"
        command = [sys.executable, "-m", "benchmarks.robustness.faults", str(out), str(stride)]
        subprocess.run(command, env=os.environ | {"LD_PRELOAD": str(compiled(Path(name)))}, check=True)
        found = [Struck(**one) for one in json.loads(out.read_text())]
    return [table(found)], {}


def table(found: list[Struck]) -> Table:
    head = [
        "what happens",
        "attempts",
        "failed with a line",
        "done and whole",
        "empty or lost",
        "wrong",
        "different lines",
    ]
    rows: list[list[object]] = []
    for mode in [*dict.fromkeys(one.mode for one in found), "all"]:
        some = [one for one in found if mode in (one.mode, "all") and one.reached]
        states = Counter(one.state for one in some)
        wrong, lines = [one for one in some if one.fault], {one.line.partition(": ")[2] for one in some if one.line}
        ended, lost = states["failed"] + states["cancelled"], states["lost"] + states["starting"] + states[""]
        rows.append([mode, len(some), ended, states["done"], lost, len(wrong), len(lines)])
    return {"caption": "Faults at every point where a run writes", "head": head, "rows": rows}


def run_credit(folder: Path) -> tuple[int, str]:
    """The demo of credit, small, through the command line."""
    from casestudies import cli

    out, err = io.StringIO(), io.StringIO()
    words = ["run", "credit", "--no-progress", "--runs", str(folder), *(f"--set={text}" for text in _SMALL)]
    return int(cli.main(words, cli.Environment(stdout=out, stderr=err, variables={}))), err.getvalue().strip()


def struck(work: Work, folder: Path, mode: str, point: int) -> Struck:
    """Do the work in a fork whose disk fails at `point`, then look at the folder; point 0 = it never fails."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        _do(work, folder, mode, point, writer)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        told = pipe.read()
    os.waitpid(child, 0)
    code, line, seen = json.loads(told) if told else (-1, "the process died", point)
    runs = RunStore(folder).all()
    state = str(runs[0].state) if runs else ""
    return Struck(mode, point, seen >= point, code, line, state, _fault(runs, code, line))


def _do(work: Work, folder: Path, mode: str, point: int, writer: int) -> None:
    """In the fork: never returns."""
    library = ctypes.CDLL(None)
    try:
        library.faults_begin(os.fsencode(folder), point, MODES[mode])
        code, line = work(folder)
        seen = library.faults_seen()
        library.faults_begin(b"", 0, 0)
        os.write(writer, json.dumps([code, line, seen]).encode())
    finally:
        os._exit(0)


def _fault(runs: list, code: int, line: str) -> str:  # type: ignore[type-arg]
    done = [run for run in runs if run.state == State.DONE]
    wrong = {
        "a half run reads as done": any(run.verify() for run in done),
        "more than one line": "\n" in line,
        "no line": code != 0 and not line,
        "our fault": "our fault" in line or code in (-1, 1),
        "success without a run": code == 0 and not done,
    }
    return ", ".join(word for word, there in wrong.items() if there)


def points(work: Work, folder: Path) -> int:
    """How often the work writes below its folder."""
    found = 1
    while struck(work, folder / f"count{found}", "one write is cut in half", 2**found).reached:
        found += 1
    low, high = 2 ** (found - 1), 2**found
    while high - low > 1:  # the number of calls is the last point that is reached
        middle = (low + high) // 2
        reached = struck(work, folder / f"count{middle}", "one write is cut in half", middle).reached
        low, high = (middle, high) if reached else (low, middle)
    return low


def main(out: Path, stride: int) -> None:
    from casestudies.workflow.studies import get_study

    found: list[Struck] = []
    with tempfile.TemporaryDirectory(prefix="faults-") as name:
        run_credit(Path(name) / "warm")
        get_study("credit")
        point, modes = 1, list(MODES)
        while not found or found[-1].reached:
            mode = modes[(point // stride) % len(modes)]
            found.append(struck(run_credit, Path(name) / f"{point}", mode, point))
            if found[-1].fault:
                print(f"  {found[-1]}", flush=True)
            point += stride
    out.write_text(json.dumps([asdict(one) for one in found]))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
