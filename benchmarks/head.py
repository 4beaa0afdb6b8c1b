"""Levenberg-Marquardt on heads of networks: `python -m benchmarks.head`.

A linear head beside torch-levenberg-marquardt (in an environment of its own) and scikit-learn, and what the solves by
the matrix and by products take of memory on a softmax head. Each measurement has a process of its own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.optim.running import interpreter
from benchmarks.peers.measured import peak
from benchmarks.record import ROOT, store

ROWS, COLUMNS, CLASSES = 2000, 200, 10
SOFTMAX_ROWS, INPUTS, HIDDEN = 1200, 64, 16  # 64 · 16 + 16 + 16 · 10 + 10 = 1,210 unknowns
_PEER = "benchmarks.peers.torch_lm"
_TEXT = (
    "Every line is a process of its own, BLAS on one thread. `from start` is from the start of the process to the end of its "
    "first step, imports included; `first call` is that step alone; the time of a step is the fit's over its steps, of the "
    "peer the median of all but the first; MB is by how much the process's peak grew. The linear head has no penalty, "
    "because the peer knows none; its gradient is that of the loss summed over rows. The peer takes the square root of each "
    "row's loss, one rank of a row: after as many steps as we need it is where the gap says. scikit-learn's newton-cholesky "
    "is the same method without damping: nobody needs us for the time of a linear head. By products no factor is left to "
    "leave groups out with. On the network both routes take the Gauss-Newton matrix, which stalls where labels are noisy: "
    "a step by products is far cheaper and less exact."
)


def linear() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(ROWS, COLUMNS))
    z = X @ rng.normal(size=COLUMNS) / np.sqrt(COLUMNS) - 0.5
    return X, (rng.random(ROWS) < 1 / (1 + np.exp(-z))).astype(np.float64)


def ours_linear(request: dict[str, Any]) -> dict[str, Any]:
    from casestudies.optim.designs import Dense
    from casestudies.optim.losses import Logistic
    from casestudies.optim.methods.levenberg import LevenbergMarquardt
    from casestudies.optim.objective import Objective
    from casestudies.optim.penalties import L2
    from casestudies.optim.solve import minimise
    from casestudies.optim.stopping import Steps, Suboptimality

    X, y = np.load(request["X"]), np.load(request["y"])
    before, times, reached = peak(), [], 0.0
    for stop in ((Steps(1),), *[(Suboptimality(1e-23), Steps(30))] * 6):
        began, used = time.perf_counter(), time.process_time()
        objective = Objective(
            Dense(X), y, Logistic(), L2(np.zeros(1), np.arange(COLUMNS + 1) == COLUMNS), np.ones(len(y))
        )
        solution = minimise(objective, LevenbergMarquardt(direct=request["direct"]), stop=stop)
        times.append((time.perf_counter() - began, time.process_time() - used))
        reached = reached or time.time() - request["began"]
    return {
        "reached": reached,
        "first": times[0][0],
        "fit": min(wall for wall, _ in times[1:]),
        "cpu": min(cpu for _, cpu in times[1:]),
        "steps": solution.state.step,
        "peak": peak() - before,
        "x": solution.x[:, 0].tolist(),
    }


def sklearn_linear(request: dict[str, Any]) -> dict[str, Any]:
    from sklearn.linear_model import LogisticRegression

    X, y = np.load(request["X"]), np.load(request["y"])
    before, times, reached = peak(), [], 0.0
    for _ in range(6):
        began, used = time.perf_counter(), time.process_time()
        model = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-9).fit(X, y)
        times.append((time.perf_counter() - began, time.process_time() - used))
        reached = reached or time.time() - request["began"]
    return {
        "reached": reached,
        "first": times[0][0],
        "fit": min(wall for wall, _ in times[1:]),
        "cpu": min(cpu for _, cpu in times[1:]),
        "steps": int(model.n_iter_[0]),
        "peak": peak() - before,
        "x": [*model.coef_[0].tolist(), float(model.intercept_[0])],
    }


def network(request: dict[str, Any]) -> dict[str, Any]:
    """A softmax head with a hidden layer, by the route that `direct` chooses."""
    import torch

    from casestudies.optim.heads import Head, unrolled
    from casestudies.optim.losses import Multinomial
    from casestudies.optim.methods.levenberg import LevenbergMarquardt
    from casestudies.optim.penalties import L2
    from casestudies.optim.solve import minimise
    from casestudies.optim.stopping import Steps, Suboptimality

    torch.set_num_threads(1)
    torch.manual_seed(0)
    rng = np.random.default_rng(0)

    def head(rows: int, hidden: int) -> tuple[Head, np.ndarray]:
        X = rng.normal(size=(rows, INPUTS))
        y = (np.tanh(X[:, :CLASSES] + X[:, CLASSES : 2 * CLASSES]) + 0.5 * rng.normal(size=(rows, CLASSES))).argmax(1)
        layers = [torch.nn.Linear(INPUTS, hidden), torch.nn.Tanh(), torch.nn.Linear(hidden, CLASSES)]
        function, start = unrolled(torch.nn.Sequential(*layers))
        penalty = L2(np.ones(1), np.zeros(len(start), dtype=bool))
        return Head(function, torch.tensor(X), y.astype(float), Multinomial(), penalty, np.ones(rows)), start

    small, start = head(20, 2)
    minimise(small, LevenbergMarquardt(direct=2000 if request["direct"] else 0), start, stop=(Steps(3),))
    large, start = head(SOFTMAX_ROWS, HIDDEN)
    large.evaluate(start)  # value and gradient are needed by any method
    before, began = peak(), time.perf_counter()
    solution = minimise(
        large, LevenbergMarquardt(direct=request["direct"]), start, stop=(Suboptimality(), Steps(request["steps"]))
    )
    return {
        "fit": time.perf_counter() - began,
        "steps": solution.state.step,
        "peak": peak() - before,
        "value": float(solution.state.value[0]),
        "unknowns": len(start),
    }


KINDS = {"ours": ours_linear, "sklearn": sklearn_linear, "network": network}


def asked(folder: Path, module: str, **request: Any) -> dict[str, Any]:
    """The answer of a process of its own."""
    request = {"X": str(folder / "X.npy"), "y": str(folder / "y.npy"), "out": str(folder / "out.json")} | request
    python = interpreter(module)
    request["began"] = time.time()
    (folder / "request.json").write_text(json.dumps(request), encoding="utf-8")
    threads = {
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
        "OMP_WAIT_POLICY": "PASSIVE",
    }
    subprocess.run(
        [python, "-m", module, str(folder / "request.json")],
        cwd=ROOT,
        env=os.environ | threads | {"PYTHONPATH": ""},
        check=True,
    )
    answer: dict[str, Any] = json.loads((folder / "out.json").read_text(encoding="utf-8"))
    return answer


def linear_table(folder: Path) -> tuple[dict[str, Any], dict[str, str]]:
    X, y = linear()
    np.save(folder / "X.npy", X)
    np.save(folder / "y.npy", y)
    wide = np.column_stack([X, np.ones(ROWS)])

    def judged(x: list[float]) -> tuple[float, float]:
        z = wide @ np.array(x)
        value = (np.logaddexp(0, z) - y * z).sum()
        return float(value), float(np.abs(wide.T @ (1 / (1 + np.exp(-z)) - y)).max())

    lines = []
    for name, kind, direct in (
        ("casestudies, by the matrix", "ours", 2000),
        ("casestudies, by products", "ours", 0),
        ("scikit-learn newton-cholesky", "sklearn", 0),
    ):
        told = asked(folder, "benchmarks.head", kind=kind, direct=direct)
        step = told["fit"] / told["steps"]
        lines.append(
            (
                name,
                told["steps"],
                told["reached"],
                told["first"],
                step,
                told["fit"],
                told["cpu"],
                told["peak"],
                told["x"],
            )
        )
    versions: dict[str, str] = {}
    for method in ("qr", "cholesky"):
        told = asked(folder, _PEER, method=method, steps=max(lines[0][1], 8))
        step = float(np.median(told["wall"][1:]))
        name = f"torch-levenberg-marquardt, {method}"
        lines.append(
            (
                name,
                len(told["wall"]),
                told["reached"],
                told["wall"][0],
                step,
                sum(told["wall"]),
                sum(told["cpu"]),
                told["peak"],
                told["x"],
            )
        )
        versions = told["versions"]
    best = min(judged(line[-1])[0] for line in lines)
    rows = []
    for name, steps, reached, first, step, fit, cpu, memory, x in lines:
        value, slope = judged(x)
        gap = max(value / best - 1, 0.0)
        rows.append(
            [
                name,
                steps,
                f"{reached:.2f}",
                f"{1e3 * first:.0f}",
                f"{1e3 * step:.1f}",
                f"{1e3 * fit:.0f}",
                f"{1e3 * cpu:.0f}",
                f"{gap:.0e}",
                f"{slope:.0e}",
                f"{memory:.0f}",
            ]
        )
    head = ["", "steps", "from start, s", "first call, ms", "a step, ms", "fit, ms", "CPU, ms", "gap", "gradient", "MB"]
    return {"caption": f"A linear head, {ROWS:,} rows, {COLUMNS} columns", "head": head, "rows": rows}, versions


def network_table(folder: Path) -> dict[str, Any]:
    rows = []
    for name, direct, steps in (("by the matrix", 2000, 30), ("by products", 0, 30), ("by products", 0, 300)):
        told = asked(folder, "benchmarks.head", kind="network", direct=direct, steps=steps)
        step = 1e3 * told["fit"] / told["steps"]
        rows.append(
            [name, told["steps"], f"{step:.0f}", f"{told['fit']:.2f}", f"{told['value']:.4f}", f"{told['peak']:.1f}"]
        )
    caption = f"A softmax head with a hidden layer, {SOFTMAX_ROWS:,} rows, {told['unknowns']:,} unknowns"
    return {"caption": caption, "head": ["", "steps", "a step, ms", "fit, s", "value", "MB"], "rows": rows}


def main() -> None:
    if len(sys.argv) > 1:
        request = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
        Path(request["out"]).write_text(json.dumps(KINDS[request["kind"]](request)), encoding="utf-8")
        return
    with tempfile.TemporaryDirectory() as name:
        table, versions = linear_table(Path(name))
        tables = [table, network_table(Path(name))]
    for one in tables:
        print(one["caption"], *[one["head"], *one["rows"]], sep="\n")
    store("optim-head", "Optimisation: heads of networks", _TEXT, tables, "python -m benchmarks.head", versions)


if __name__ == "__main__":
    main()
