"""Solvers run one at a time, each in a process and, where it is a peer, in an environment of its own."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.optim.data import Floats
from benchmarks.record import ROOT

PEERS = ROOT / "benchmarks" / "peers"
_LONGEST = 600.0  # CPU seconds
_START = 10.0  # CPU seconds for imports, for reading the table and for the warm-up, which no limit counts
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS", "RAYON_NUM_THREADS")


@dataclass(frozen=True)
class Solver:
    """Who solves, and how it is asked.

    name: as people read it.
    module: whose `main` answers, such as `benchmarks.peers.glum`.
    options: what the module passes on.
    form: of the table it is given, where there is more than one.
    limit: CPU seconds, for all repeats together; 0 = to be set by how long we take ourselves.
    """

    name: str
    module: str
    options: Mapping[str, Any] = field(default_factory=dict)
    form: str = ""
    limit: float = 0.0


@dataclass(frozen=True)
class Measured:
    """What a solver needed and found; `coefficients` is None where it was stopped or failed, `failure` says which."""

    solver: Solver
    cpu: float
    wall: float
    peak: float
    coefficients: Floats | None
    versions: Mapping[str, str]
    warnings: Sequence[str] = ()
    failure: str = ""


def measure(solver: Solver, data: Path, Cs: Floats) -> Measured:
    """The least CPU and wall seconds of some runs in one process; a long run is not repeated."""
    with tempfile.TemporaryDirectory() as name:
        out = Path(name)
        request = {"data": str(data), "Cs": list(map(float, Cs)), "options": dict(solver.options), "out": name}
        (out / "request.json").write_text(json.dumps(request), encoding="utf-8")
        with (out / "said").open("w") as said:
            process = subprocess.Popen(
                [interpreter(solver.module), "-m", solver.module, str(out / "request.json")],
                cwd=ROOT,
                env=os.environ | dict.fromkeys(_THREADS, "1") | {"OMP_WAIT_POLICY": "PASSIVE", "PYTHONPATH": ""},
                stdout=said,
                stderr=said,
            )
            limit = solver.limit or _LONGEST
            if not _ended(process, limit + _START):
                return Measured(solver, limit, np.nan, np.nan, None, {}, failure=f"more than {limit:.0f} CPU s")
        if process.returncode:
            last = ((out / "said").read_text().strip().splitlines() or ["ended without a word"])[-1]
            return Measured(solver, np.nan, np.nan, np.nan, None, {}, failure=last[:160])
        told = json.loads((out / "measured.json").read_text(encoding="utf-8"))
        return Measured(
            solver,
            min(told["cpu"]),
            min(told["wall"]),
            told["peak"],
            np.load(out / "coefficients.npy"),
            told["versions"],
            told["warnings"],
        )


def _ended(process: subprocess.Popen[bytes], limit: float) -> bool:
    """Waits; False when the process was stopped because it took more than `limit` CPU seconds.

    A limit that the system watches (RLIMIT_CPU) would make the process's own clock tick in steps of milliseconds.
    """
    while True:
        try:
            process.wait(timeout=0.5)
            return True
        except subprocess.TimeoutExpired:
            used = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[11:13]
            if sum(map(int, used)) / os.sysconf("SC_CLK_TCK") > limit:
                process.kill()
                process.wait()
                return False


def interpreter(module: str) -> str:
    """The Python that has what the module needs: our own, or that of the peer's environment, made on first use.

    Environments are kept in the folder CASESTUDIES_PEERS, or in one under the system's for temporary files, and made
    anew when the requirements change.
    """
    requirements = PEERS / f"{module.rpartition('.')[2]}.txt"
    if not requirements.exists():
        return sys.executable
    store = Path(os.environ.get("CASESTUDIES_PEERS", Path(tempfile.gettempdir()) / "casestudies-peers"))
    state = hashlib.sha256(requirements.read_bytes() + sys.version.encode()).hexdigest()[:12]
    folder = store / f"{requirements.stem}-{state}"
    python, finished = folder / "bin" / "python", folder / "finished"
    if not finished.exists():
        print(f"making the environment of {requirements.stem} in {folder}", flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        command = [str(python), "-m", "pip", "install", "-qqq", "--disable-pip-version-check"]
        subprocess.run([*command, "-r", str(requirements)], check=True)
        finished.touch()
    return str(python)
