"""Workers that are killed (SIGKILL) at random moments: what is left of their runs, and what every face says of it."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.optim.comparison import Table
from benchmarks.rows import Measurement
from casestudies.runs import RunFolder, RunStore, State

TEXT = """
A run of a demo in a process of its own, as the pages start it, is killed with SIGKILL: half of the times at a moment drawn evenly over the length
of a run that was left alone, half of the times some milliseconds after a progress event drawn at random, so that the last stages, where files are
written, are met as well. **Wanted:** a folder that reads as lost (or done, where the run was quicker: then every file has its hash); `runs list`, `show`,
`verify`, `report` and `predict` answer in one line each; the Runs page lists them all; and a new run can be started at once.
"""
_SMALL = {
    "credit": {
        "demo": {"rows": 300},
        "model": {"candidates": ["logistic"]},
        "interval": {"rounds": 100},
        "explain": {"rows": 60, "cases": 1, "lime": {"samples": 200, "seeds": 2}},
        "analyse": ["bands"],
        "report": {"formats": ["html"]},
    },
    "recommendation": {
        "demo": {"rows": 1500},
        "interval": {"rounds": 100},
        "analyse": [],
        "report": {"formats": ["html"]},
    },
}
_PATIENCE = 300.0  # seconds for a run


@dataclass(frozen=True)
class Killed:
    """One run: the moment as words, the last stage it told of, its state since, and what is wrong with that ("")."""

    study: str
    moment: str
    stage: str
    state: State
    fault: str


def measure(count: int = 100, seed: int = 0) -> Measurement:
    random = np.random.default_rng(seed)
    with tempfile.TemporaryDirectory(prefix="kills-") as name:
        store = RunStore(Path(name) / "runs")
        found: list[Killed] = []
        whole = {study: _left_alone(store, study) for study in _SMALL}
        for number in range(count):
            study = list(_SMALL)[number % len(_SMALL)]
            found.append(_killed(store, study, random, *whole[study], by_event=number % 4 > 1))
            if found[-1].fault:
                print(f"  {found[-1]}", flush=True)
        faults = _listed(store, count + len(_SMALL)) + _startable(store)
    return [_table(found, faults), _stages(found)], {}


def _request(study: str) -> dict[str, object]:
    from casestudies.api import prepare
    from casestudies.workflow.studies import get_study

    return prepare(get_study(study), None, _SMALL[study], variables={})


def _left_alone(store: RunStore, study: str) -> tuple[float, int]:
    """Seconds and events of a run that nobody kills."""
    began = time.monotonic()
    run = _ended(store.start(study, _request(study)))
    if run.state != State.DONE:
        raise RuntimeError(f"the run that was left alone is {run.state}: {run.error()}")
    return time.monotonic() - began, len(run.events())


def _killed(
    store: RunStore, study: str, random: np.random.Generator, seconds: float, events: int, *, by_event: bool
) -> Killed:
    run = store.start(study, _request(study))
    if by_event:
        wanted, pause = int(random.integers(1, events + 1)), float(random.uniform(0, 0.05))
        moment = f"{1000 * pause:.0f} ms after event {wanted}"
        end = time.monotonic() + _PATIENCE
        while run.state.active and len(run.events()) < wanted and time.monotonic() < end:
            time.sleep(0.002)
        time.sleep(pause)
    else:
        wait = float(random.uniform(0, 1.05 * seconds))
        moment = f"after {wait:.2f} s"
        time.sleep(wait)
    with contextlib.suppress(ProcessLookupError):
        os.kill(run.read_json("process.json")["pid"], signal.SIGKILL)
    _ended(run)
    stage = run.events()[-1].stage if run.events() else "start"
    return Killed(study, moment, stage, run.state, _wrong(store, run))


def _ended(run: RunFolder) -> RunFolder:
    end = time.monotonic() + _PATIENCE
    while run.state.active and time.monotonic() < end:
        time.sleep(0.01)
    return run


def _said(store: RunStore, words: Sequence[str]) -> tuple[int, str, str]:
    from casestudies import cli

    out, err = io.StringIO(), io.StringIO()
    code = cli.main([*words, "--runs", str(store.root)], cli.Environment(stdout=out, stderr=err, variables={}))
    return int(code), out.getvalue(), err.getvalue().strip()


def _wrong(store: RunStore, run: RunFolder) -> str:
    """What is wrong with a run whose worker was killed, "" = nothing."""
    if run.state == State.DONE:
        return "done, and not whole" if run.verify() else ""
    if run.state not in (State.LOST, State.FAILED):
        return f"reads as {run.state}"
    out = str(run.path.parent.parent / "new.csv")
    asked = {
        "report": ["report", run.id, "--out", str(run.path.parent.parent / "reports")],
        "predict": ["predict", run.id, "--data", str(run.path / "request.json"), "--out", out],
        "verify": ["runs", "verify", run.id],
    }
    for verb, words in asked.items():
        code, _, line = _said(store, words)
        if code != 7 or "\n" in line or run.id not in line:
            return f"{verb}: exit {code}, {line[:200]!r}"
    code, told, line = _said(store, ["runs", "show", run.id])
    return "" if code == 0 and f"state: {run.state}" in told else f"show: exit {code}, {line[:200]!r}"


def _listed(store: RunStore, count: int) -> list[str]:
    """What is wrong with the list of all of them, on the command line and on the Runs page."""
    from streamlit.testing.v1 import AppTest
    from streamlit.util import calc_hash

    code, told, line = _said(store, ["runs", "list"])
    rows = len(told.splitlines()) - 1
    faults = [] if (code, rows) == (0, count) else [f"runs list: exit {code}, {rows} rows, {line[:200]}"]
    os.environ["CASESTUDIES_RUNS"] = str(store.root)
    app = AppTest.from_function(_pages, default_timeout=_PATIENCE)
    app._page_hash = calc_hash("runs")  # AppTest.switch_page knows only pages that are files
    app.run()
    shown: set[str] = set()
    for number in range(1, int(app.number_input[0].max or 1) + 1 if app.number_input else 2):
        if app.number_input:
            app.number_input[0].set_value(number).run()
        shown |= {str(button.key) for button in app.button if str(button.key).startswith("delete:")}
    if app.exception or len(shown) != count:
        faults.append(f"the Runs page: {len(shown)} of {count}, {[error.value for error in app.exception]}")
    return faults


def _pages() -> None:
    from casestudies.pages.main import main

    main(None)


def _startable(store: RunStore) -> list[str]:
    """What speaks against another run after all of them."""
    run = _ended(store.start("credit", _request("credit")))
    return [] if run.state == State.DONE and not run.verify() else [f"a new run is {run.state}"]


def _table(found: list[Killed], faults: list[str]) -> Table:
    head = ["study", "killed", "lost", "failed", "done before, and whole", "wrong"]
    rows: list[list[object]] = []
    for study in [*dict.fromkeys(one.study for one in found), "all"]:
        some = [one for one in found if study in (one.study, "all")]
        states = Counter(one.state for one in some)
        wrong = sum(bool(one.fault) for one in some)
        rows.append([study, len(some), states[State.LOST], states[State.FAILED], states[State.DONE], wrong])
    after = "; ".join(faults) or "all listed on the command line and on the Runs page, and a new run starts"
    return {"caption": f"Workers killed at random moments; afterwards: {after}", "head": head, "rows": rows}


def _stages(found: list[Killed]) -> Table:
    stages = Counter(one.stage for one in found)
    return {"caption": "The stages in which they died", "head": list(stages), "rows": [list(stages.values())]}
