"""EMPC beside empulse's: values, their differences and CPU seconds.

`python -m benchmarks.churn.empc` prints empulse's values of the small cases that `tests/metrics/test_empc.py` holds.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.optim.comparison import Table
from benchmarks.optim.running import _THREADS as THREADS
from benchmarks.optim.running import interpreter
from benchmarks.record import ROOT
from benchmarks.rows import Measurement
from benchmarks.timing import measured

TEXT = (
    "The expected maximum profit of a churn score (Verbraken, Verbeke and Baesens 2013), with the published offer: a customer worth "
    "200, an incentive of 10, a contact of 1, acceptance Beta(6, 14). Labels drawn from the score, with and without equal scores. Least "
    "CPU seconds of nine calls, each from y and p to the number, checks included. "
)
_CALLS = 9
_TIMES, _FAR = 2.0, 1e-12
_PUBLISHED = {"clv": 200.0, "incentive_cost": 10.0, "contact_cost": 1.0, "alpha": 6.0, "beta": 14.0, "accept_rate": 0.3}


@dataclass(frozen=True, eq=False)
class Case:
    """y, p: (rows,). offer: as empulse names it."""

    name: str
    y: np.ndarray
    p: np.ndarray
    offer: dict[str, float]

    @classmethod
    def drawn(cls, rows: int, digits: int | None, seed: int = 0, **offer: float) -> Case:
        """A score that ranks well, rounded to some digits or not at all."""
        random = np.random.default_rng(seed)
        chance = random.beta(1.0, 4.0, rows)
        y = (random.random(rows) < chance).astype(np.int64)
        score = chance + random.normal(0.0, 0.1, rows)
        told = f"{rows:,} rows" + ("" if digits is None else f", scores of {digits} digits")
        return cls(told, y, score if digits is None else np.round(score, digits), {**_PUBLISHED, **offer})


STORED = (
    Case.drawn(500, None, 1),
    Case.drawn(500, 1, 2),
    Case.drawn(2_000, 2, 3, clv=60.0, incentive_cost=25.0, contact_cost=3.0, alpha=2.0, beta=5.0, accept_rate=0.25),
    Case.drawn(300, None, 4, clv=1000.0, incentive_cost=0.0, contact_cost=40.0, alpha=1.0, beta=1.0, accept_rate=0.8),
)


def measure(rows: Sequence[int] = (20_000, 200_000)) -> Measurement:
    """Ours and empulse's, on the same scores."""
    from casestudies.metrics.empc import empc
    from casestudies.metrics.retained import Offer

    cases = [Case.drawn(count, digits) for count in rows for digits in (None, 3)]
    peers = peer(cases)
    lines, times, differences = [], [], []
    for case, other in zip(cases, peers["answers"], strict=True):
        offer = Offer(case.offer["clv"], case.offer["incentive_cost"], case.offer["contact_cost"])
        ours, cpu, _ = measured(partial(empc, case.y, case.p, offer=offer), _CALLS)
        times.append(cpu / other["cpu"])
        differences.append(abs(ours - other["empc"]))
        values = [f"{ours:.6f}", f"{ours - other['empc']:+.1e}", f"{1e3 * cpu:.1f}", f"{1e3 * other['cpu']:.1f}"]
        lines.append([case.name, *values, f"{times[-1]:.2f}"])
    head = ["scores", "EMPC", "less empulse's", "ours, CPU ms", "empulse, CPU ms", "times"]
    asked = [
        ["difference to empulse", f"at most {_FAR:.0e}", f"{max(differences):.1e}", _met(max(differences) <= _FAR)],
        ["CPU of empulse's", f"at most {_TIMES:g}x", f"{max(times):.2f}x", _met(max(times) <= _TIMES)],
    ]
    tables: list[Table] = [
        {"caption": "EMPC", "head": head, "rows": lines},
        {"caption": "EMPC: asked and found", "head": ["", "asked", "found", "met"], "rows": asked},
    ]
    name, *with_ = (f"{library} {number}" for library, number in peers["versions"].items())
    return tables, {"empulse": f"{name.split()[1]} (with {', '.join(with_)})"}


def peer(cases: Sequence[Case]) -> dict[str, Any]:
    """What empulse says, in an environment of its own."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        asked = []
        for place, case in enumerate(cases):
            np.savez(folder / f"{place}.npz", y=case.y, p=case.p)
            asked.append({"data": str(folder / f"{place}.npz"), "offer": case.offer})
        request = {"cases": asked, "out": str(folder / "answers.json")}
        (folder / "request.json").write_text(json.dumps(request), encoding="utf-8")
        command = [interpreter("benchmarks.peers.empulse"), "-m", "benchmarks.peers.empulse_profit"]
        env = os.environ | dict.fromkeys(THREADS, "1") | {"OMP_WAIT_POLICY": "PASSIVE", "PYTHONPATH": ""}
        subprocess.run([*command, str(folder / "request.json")], cwd=ROOT, env=env, check=True)
        return dict(json.loads((folder / "answers.json").read_text(encoding="utf-8")))


def _met(reached: bool) -> str:
    return "yes" if reached else "no"


if __name__ == "__main__":
    print(json.dumps(peer(STORED)["answers"], indent=1))
