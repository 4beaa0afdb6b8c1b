"""Recommenders run one at a time, each in a process and, where it is a peer, in an environment of its own."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.optim.running import _THREADS as THREADS
from benchmarks.optim.running import interpreter
from benchmarks.recommendation.data import Split
from benchmarks.record import ROOT

OURS = "benchmarks.recommendation.ours"
_PEERS = "benchmarks.peers."
_LIMIT = 3_600.0  # seconds a run may take


@dataclass(frozen=True)
class Contender:
    """name: as people read it. module: whose `main` answers. settings: what it passes on.

    warm: settings of the run on few rows that comes first. repeats: fits, of which the least seconds count.
    """

    name: str
    module: str
    settings: Mapping[str, Any] = field(default_factory=dict, hash=False)
    warm: Mapping[str, Any] = field(default_factory=dict, hash=False)
    repeats: int = 1


@dataclass(frozen=True, eq=False)
class Course:
    """cpu: (points,) CPU seconds of training. rmse: (points,) of the test part, at that time."""

    cpu: np.ndarray
    rmse: np.ndarray

    def first(self, rmse: float) -> float:
        """CPU seconds until an RMSE is reached; nan = never."""
        there = np.flatnonzero(self.rmse <= rmse)
        return float(self.cpu[there[0]]) if len(there) else np.nan


@dataclass(frozen=True, eq=False)
class Found:
    """What a contender predicted and needed: CPU and wall seconds of training, CPU seconds of converting before it, and
    MB over the same process after imports and a fit of 100 rows. `failure`: why there is nothing."""

    contender: Contender
    rmse: float = np.nan
    mae: float = np.nan
    cpu: float = np.nan
    wall: float = np.nan
    converted: float = np.nan
    peak: float = np.nan
    course: Course | None = None
    versions: Mapping[str, str] = field(default_factory=dict)
    failure: str = ""


def answers(contenders: Sequence[Contender], split: Split) -> list[Found]:
    """Everybody on the same rows."""
    with tempfile.TemporaryDirectory() as name:
        data = written(split, Path(name))
        return [_said(_answer(contender, split, data)) for contender in contenders]


def versions(found: Sequence[Found]) -> dict[str, str]:
    """Of the peers, by name."""
    peers = [one for one in found if one.contender.module.startswith(_PEERS)]
    return {name: version for one in peers for name, version in one.versions.items()}


def written(split: Split, folder: Path) -> Path:
    """The file that peers read."""
    train, test = split.train, split.test
    held = {"user": train.user, "item": train.item, "rating": train.rating, "shape": np.array(train.shape)}
    held |= {"test_user": test.user, "test_item": test.item, "test_rating": test.rating}
    np.savez(folder / "split.npz", **held)  # type: ignore[arg-type]
    return folder / "split.npz"


def ask(module: str, request: Mapping[str, Any], out: Path, env: Mapping[str, str] | None = None) -> str:
    """Has a module answer into a folder, on one thread of BLAS; "" or why it did not.

    A peer's answer is kept in the folder CASESTUDIES_KEPT, where that is set, and used again when the same is asked of the
    same version: peers do not change while our own work goes on.
    """
    kept = _kept(module, request)
    if kept and (kept / "measured.json").exists():
        shutil.copytree(kept, out, dirs_exist_ok=True)
        return ""
    (out / "request.json").write_text(json.dumps({**request, "out": str(out)}), encoding="utf-8")
    command = [interpreter(module), "-m", module, str(out / "request.json")]
    alone = {"OMP_WAIT_POLICY": "PASSIVE", "PYTHONPATH": ""}
    env = os.environ | dict.fromkeys(THREADS, "1") | alone | dict(env or {})
    try:
        done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=_LIMIT)
    except subprocess.TimeoutExpired:
        return f"more than {_LIMIT:.0f} s"
    if done.returncode:
        return (done.stderr.strip().splitlines() or ["ended without a word"])[-1][:160]
    if kept:
        shutil.copytree(out, kept, dirs_exist_ok=True)
    return ""


def _kept(module: str, request: Mapping[str, Any]) -> Path | None:
    place = os.environ.get("CASESTUDIES_KEPT")
    if not place or not module.startswith(_PEERS):
        return None
    name = module.rpartition(".")[2]
    files = [ROOT / f"benchmarks/peers/{name}{kind}" for kind in (".py", ".txt")] + [Path(request["data"])]
    state = hashlib.sha256(json.dumps({**request, "data": ""}, sort_keys=True).encode())
    for file in files:
        state.update(file.read_bytes() if file.exists() else b"")
    return Path(place) / f"{name}-{state.hexdigest()[:16]}"


def _answer(contender: Contender, split: Split, data: Path) -> Found:
    with tempfile.TemporaryDirectory() as name:
        out = Path(name)
        request = {"data": str(data), "settings": dict(contender.settings), "repeats": contender.repeats}
        failure = ask(contender.module, request | {"warm": dict(contender.warm)}, out)
        if failure:
            return Found(contender, failure=failure)
        told = json.loads((out / "measured.json").read_text(encoding="utf-8"))
        predictions = np.load(out / "predictions.npy")
        course = None
        if (out / "course.npz").exists():
            with np.load(out / "course.npz") as held:
                course = Course(held["cpu"], np.array([split.rmse(row) for row in held["predictions"]]))
    return Found(
        contender,
        split.rmse(predictions),
        split.mae(predictions),
        min(told["cpu"]),
        min(told["wall"]),
        min(told["converted"]),
        told["peak"],
        course,
        told["versions"],
    )


def _said(found: Found) -> Found:
    said = found.failure or f"RMSE {found.rmse:.4f}, {found.cpu:.3g} CPU s"
    print(f"  {found.contender.name}: {said}", flush=True)
    return found
