"""`python -m benchmarks.optim [--row NAME] [--list] [--quick]`: each row is measured and stored as JSON.

Peers are installed on first use, in environments under CASESTUDIES_PEERS (else the folder for temporary files);
CASESTUDIES_DATA names the folder of the public data sets. The large rows take many minutes.
"""

from __future__ import annotations

import importlib
import sys
from functools import partial
from importlib.util import find_spec

from benchmarks.optim import blocks, housing, linear_rows, nonlinear, taiwan
from benchmarks.rows import Row, main

_RULES = (
    "Same rows for everybody, `fit(X, y)`, BLAS and OpenMP on one thread, each solver in a process of its own; CPU seconds of "
    "all threads, the least of up to ten runs in two rounds, after one on a small table. Gaps are (F - F*)/F* by one "
    "double-precision function over all fits, F* the least found by anybody or by our own run at a tolerance of 1e-13. Peak "
    "memory is over the imports, the table included. A peer that takes 30 times as long as we do, and a minute, is stopped "
    "and not asked for more accuracy. We warn where our own certificate is above 1e-8. "
)


PATH = "Ten penalties (C from 1e-4 to 1e4) with each of five folds left out. "
_REFITS = "scikit-learn, glum and we also fit the chosen C on all rows; adelie and skglm are not asked to. "
_SMALL = (
    "Where we lose: at 3,000 rows of 20 columns (`--quick`) adelie takes a fifth of our time and glum is ahead too. "
)
ROWS = {
    "l2-path": Row(
        "Optimisation: an L2 path with folds",
        PATH,
        lambda: linear_rows.l2_path(30_000, 100),
        lambda: linear_rows.l2_path(3_000, 20),
    ),
    "l2-path-large": Row(
        "Optimisation: an L2 path with folds, large",
        PATH,
        lambda: linear_rows.l2_path(200_000, 300),
        lambda: linear_rows.l2_path(5_000, 30),
    ),
    "l1-path": Row(
        "Optimisation: an L1 path with folds",
        PATH + _REFITS + _SMALL,
        lambda: linear_rows.l1_path(30_000, 100),
        lambda: linear_rows.l1_path(3_000, 20),
    ),
    "l1-path-large": Row(
        "Optimisation: an L1 path with folds, large",
        PATH + _REFITS,
        lambda: linear_rows.l1_path(200_000, 300, asked=False),
        lambda: linear_rows.l1_path(5_000, 30, asked=False),
    ),
    "wide": Row(
        "Optimisation: a wide table",
        PATH,
        lambda: linear_rows.wide(20_000, 1_000),
        lambda: linear_rows.wide(1_000, 50),
    ),
    "sparse": Row(
        "Optimisation: a sparse table",
        PATH,
        lambda: linear_rows.thin(30_000, 2_000, 0.01),
        lambda: linear_rows.thin(3_000, 200, 0.01),
    ),
    "single": Row(
        "Optimisation: one L2 fit",
        "C = 1, no folds. ",
        lambda: linear_rows.single(30_000, 100, asked=False),
        lambda: linear_rows.single(3_000, 20, asked=False),
    ),
    "single-large": Row(
        "Optimisation: one L2 fit, large",
        "C = 1, no folds. ",
        lambda: linear_rows.single(200_000, 300),
        lambda: linear_rows.single(5_000, 30),
    ),
    "codes": Row(
        "Optimisation: bin codes, L2",
        "One fit at C = 0.1 of the steps of binned columns. We are given the codes, the peers the matrix of steps. ",
        lambda: linear_rows.steps(150_000, 20, 20),
        lambda: linear_rows.steps(3_000, 5, 20),
    ),
    "codes-l1": Row(
        "Optimisation: bin codes, L1",
        "One fit at C = 0.1 of the steps of binned columns. We are given the codes, the peers the matrix of steps. ",
        lambda: linear_rows.steps(150_000, 20, 20, l1=True),
        lambda: linear_rows.steps(3_000, 5, 20, l1=True),
    ),
    "taiwan-raw": Row(
        "Optimisation: columns in raw units",
        taiwan.TEXT,
        taiwan.measure,
        taiwan.measure,
    ),
    "losses-housing": Row(
        "Optimisation: losses of amounts",
        housing.TEXT,
        housing.measure,
        housing.measure,
    ),
    "mgh": Row(
        "Optimisation: the functions of Moré, Garbow and Hillstrom",
        nonlinear.TEXT,
        nonlinear.measure,
        nonlinear.quick,
    ),
    "out-of-core": Row(
        "Optimisation: out of core",
        blocks.OUT_OF_CORE,
        lambda: blocks.out_of_core(200_000),
        lambda: blocks.out_of_core(50_000),
    ),
    "blocks": Row(
        "Optimisation: blocks of rows, near and far",
        blocks.BLOCKS,
        lambda: blocks.near_and_far(100_000, kills=20),
        lambda: blocks.near_and_far(10_000, kills=2),
    ),
}
ELSEWHERE = {
    "nist": "benchmarks.leastsquares",
    "head": "benchmarks.head",
    "training": "benchmarks.training",
    "business": "benchmarks.business",
}


def _run(module: str) -> None:
    sys.argv = [f"python -m {module}"]
    importlib.import_module(module).main()


if __name__ == "__main__":
    there = {name: partial(_run, module) for name, module in ELSEWHERE.items() if find_spec(module)}
    # where nobody is a peer, nobody needs the rules
    main("optim", ROWS, __doc__, data=False, rules=_RULES, elsewhere=there)
