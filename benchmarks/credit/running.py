"""Models run one at a time on every fold, each in a process and, where it is a peer, in an environment of its own."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.credit.data import Loans
from benchmarks.optim.running import _THREADS as THREADS
from benchmarks.optim.running import interpreter
from benchmarks.peers.folded import write
from benchmarks.record import ROOT

OURS = "benchmarks.credit.ours"
_LONG = 3.0  # CPU seconds a fold; what takes less is measured in a second round
_LIMIT = 900.0  # seconds a run may take


@dataclass(frozen=True)
class Contender:
    """name: as people read it. module: whose `main` answers. options: what it passes on."""

    name: str
    module: str
    options: Mapping[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, eq=False)
class Found:
    """What a contender answered out of fold and needed.

    Parameters
    ----------
    p: (rows,) score of each row by the model that did not see it; None where it failed, and `failure` says how.
    act: (rows,) the rows it would act on, where it decides.
    fit, score: CPU seconds of each fold. wall: of each fit. peak: MB over the imports.
    told: further facts of its fits.
    """

    contender: Contender
    p: np.ndarray | None = None
    act: np.ndarray | None = None
    fit: np.ndarray = field(default_factory=lambda: np.array([np.nan]))
    wall: np.ndarray = field(default_factory=lambda: np.array([np.nan]))
    score: np.ndarray = field(default_factory=lambda: np.array([np.nan]))
    peak: float = np.nan
    told: Mapping[str, float] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    failure: str = ""


def answers(contenders: Sequence[Contender], loans: Loans, folds: np.ndarray) -> list[Found]:
    """Everybody once, then the short ones again; the least seconds of each fold count."""
    with tempfile.TemporaryDirectory() as name:
        data = write(Path(name), loans.X, loans.y, folds, loans.money)
        found = [_said(_run(contender, data)) for contender in contenders]
        for place, first in enumerate(found):
            if first.p is not None and first.fit.mean() < _LONG:
                again = _run(first.contender, data)
                found[place] = replace(
                    first,
                    **{key: np.minimum(getattr(first, key), getattr(again, key)) for key in ("fit", "wall", "score")},
                )
    return found


def versions(found: Sequence[Found]) -> dict[str, str]:
    """Of the peers, by name."""
    out = {}
    for one in found:
        if one.versions and one.contender.module != OURS:
            (name, version), *others = one.versions.items()
            out[name] = f"{version} (with {', '.join(' '.join(other) for other in others)})"
    return out


def _run(contender: Contender, data: Path) -> Found:
    with tempfile.TemporaryDirectory() as name:
        out = Path(name)
        request = {"data": str(data), "options": dict(contender.options), "out": name}
        (out / "request.json").write_text(json.dumps(request), encoding="utf-8")
        command = [interpreter(contender.module), "-m", contender.module, str(out / "request.json")]
        env = os.environ | dict.fromkeys(THREADS, "1") | {"OMP_WAIT_POLICY": "PASSIVE", "PYTHONPATH": ""}
        try:
            done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=_LIMIT)
        except subprocess.TimeoutExpired:
            return Found(contender, failure=f"more than {_LIMIT:.0f} s")
        if done.returncode:
            last = (done.stderr.strip().splitlines() or ["ended without a word"])[-1]
            return Found(contender, failure=last[:160])
        told = json.loads((out / "measured.json").read_text(encoding="utf-8"))
        with np.load(out / "answers.npz") as held:
            p, act = held["p"], held.get("act")
    fit, wall, score = (np.array(told[key]) for key in ("fit", "wall", "score"))
    return Found(contender, p, act, fit, wall, score, peak=told["peak"], told=told["told"], versions=told["versions"])


def _said(found: Found) -> Found:
    print(f"  {found.contender.name}: {found.failure or f'{found.fit.mean():.3g} CPU s a fit'}", flush=True)
    return found
