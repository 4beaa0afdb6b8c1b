"""torch-levenberg-marquardt: one linear layer, binary cross-entropy by the square root of each row's loss."""

from __future__ import annotations

import json
import sys
import time
from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch
from torch_levenberg_marquardt.loss import BCEWithLogitsLoss
from torch_levenberg_marquardt.training import LevenbergMarquardtModule

from benchmarks.peers.measured import peak


def main() -> None:
    """Answers the request named on the command line: `X`, `y` (files), `method` (its solver), `steps`, `began`
    (when the process was, seconds since 1970) and `out` (a file).
    """
    request = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    torch.set_num_threads(1)
    X, y = torch.from_numpy(np.load(request["X"])), torch.from_numpy(np.load(request["y"]))[:, None]
    layer = torch.nn.Linear(X.shape[1], 1).double()
    torch.nn.init.zeros_(layer.weight)
    torch.nn.init.zeros_(layer.bias)
    fit = LevenbergMarquardtModule(layer, BCEWithLogitsLoss(), solve_method=request["method"])
    before, wall, cpu, reached = peak(), [], [], 0.0
    for _ in range(request["steps"]):
        began, used = time.perf_counter(), time.process_time()
        fit.training_step(X, y)
        wall.append(time.perf_counter() - began)
        cpu.append(time.process_time() - used)
        reached = reached or time.time() - request["began"]
    x = torch.cat([layer.weight.detach()[0], layer.bias.detach()])
    answer = {
        "reached": reached,
        "wall": wall,
        "cpu": cpu,
        "peak": peak() - before,
        "x": x.tolist(),
        "versions": {name: version(name) for name in ("torch-levenberg-marquardt", "torch")},
    }
    Path(request["out"]).write_text(json.dumps(answer), encoding="utf-8")


if __name__ == "__main__":
    main()
