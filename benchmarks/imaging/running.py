"""Runs of the study, each in a process of its own with one thread, and what their folders say."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.optim.running import _THREADS as THREADS
from benchmarks.record import ROOT

_LIMIT = 3_600.0  # seconds a run may take


@dataclass(frozen=True)
class Ran:
    """A finished run. cpu, wall: seconds from the start of the process, imports and reports included; stages: CPU seconds.

    load: how many processes wanted a core meanwhile: with more of them than cores, CPU seconds are up to half as many again.
    """

    path: Path
    cpu: float
    wall: float
    load: float
    stages: Mapping[str, float]

    def json(self, name: str) -> dict[str, Any]:
        """A file of the run folder."""
        told: dict[str, Any] = json.loads((self.path / name).read_text(encoding="utf-8"))
        return told

    @property
    def champion(self) -> str:
        return str(self.json("metrics.json")["champion"])

    def figure(self, name: str, model: str = "") -> dict[str, float]:
        """value, low and high of the champion, or of another model."""
        told = self.json("metrics.json")
        found: dict[str, float] = told["models"][model or told["champion"]][name]
        return found


@contextmanager
def ran(data: Path | None, overrides: Sequence[str], seed: int) -> Iterator[Ran]:
    """The run, as long as its folder is needed. data: None is the embedded demo."""
    with tempfile.TemporaryDirectory() as name:
        out, request = Path(name) / "told.json", Path(name) / "request.json"
        asked = {"data": None if data is None else str(data), "overrides": list(overrides), "seed": seed}
        request.write_text(json.dumps({**asked, "runs": name, "out": str(out)}), encoding="utf-8")
        env = os.environ | dict.fromkeys(THREADS, "1") | {"OMP_WAIT_POLICY": "PASSIVE", "PYTHONPATH": ""}
        command = [sys.executable, "-m", "benchmarks.imaging.ours", str(request)]
        done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=_LIMIT)
        if done.returncode:
            raise SystemExit(done.stderr.strip()[-2000:] or "ended without a word")
        told = json.loads(out.read_text(encoding="utf-8"))
        found = Ran(Path(told["path"]), told["cpu"], told["wall"], told["load"], told["stages"])
        auc = found.figure("auc")
        print(f"  seed {seed}: AUC {auc['value']:.4f}, {found.cpu:.1f} CPU s", flush=True)
        yield found


def with_ends(figure: Mapping[str, Any], form: str = "{:.4f}") -> str:
    """0.9571 [0.9402, 0.9711]."""
    low, high = (form.format(figure[end]) for end in ("low", "high"))
    return f"{form.format(figure['value'])} [{low}, {high}]"
