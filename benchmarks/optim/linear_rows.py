"""The rows in which linear models are fitted: paths with folds, wide and sparse tables, one fit, bin codes."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.optim.comparison import OURS, Comparison, Goal, compare
from benchmarks.optim.data import codes, correlated, folds_of, sparse
from benchmarks.optim.running import Solver
from benchmarks.rows import Measurement

CS = np.logspace(-4, 4, 10)
Tolerance = dict[str, float]
_DEFAULT: Tolerance = {}
_SIX, _TIGHT = {"tol": 1e-6}, {"tol": 1e-8}


def scikit_learn(
    *solvers: str, tolerances: tuple[Tolerance, ...] = (_DEFAULT, _SIX, _TIGHT), **more: Any
) -> list[Solver]:
    """Each solver at each tolerance; enough iterations that the tolerance decides. `form` says of which table."""
    form, l1 = more.pop("form", ""), {"l1_ratio": 1.0} if more.pop("l1", False) else {}
    found = []
    for solver in solvers:
        for tolerance in tolerances:
            told = "".join(f", tol {value:.0e}" for value in tolerance.values()) + (f", {form}" if form else "")
            options = {"solver": solver, "max_iter": 10_000, **tolerance, **l1}
            found.append(Solver(f"scikit-learn {solver}{told}", "benchmarks.peers.sklearn", options, form))
    return found


def glum(l1_ratio: float, form: str = "") -> list[Solver]:
    """At its default (gradient_tol 1e-4) and tight."""
    module, told = "benchmarks.peers.glum", f", {form}" if form else ""
    return [
        Solver(f"glum{told}", module, {"l1_ratio": l1_ratio}, form),
        Solver(f"glum, gradient_tol 1e-7{told}", module, {"l1_ratio": l1_ratio, "gradient_tol": 1e-7}, form),
    ]


ADELIE = [
    Solver("adelie", "benchmarks.peers.adelie"),
    *(
        Solver(f"adelie, {name}", "benchmarks.peers.adelie", options)
        for name, options in {
            "irls_tol 1e-8": {"irls_tol": 1e-8},
            "irls_tol 1e-9": {"irls_tol": 1e-9},
            "tol and irls_tol 1e-9": {"tol": 1e-9, "irls_tol": 1e-9},
        }.items()
    ),
]
SKGLM = [Solver("skglm ProxNewton, tol 1e-6", "benchmarks.peers.skglm", {"tol": 1e-6})]
L2, L1 = Solver("casestudies", OURS), Solver("casestudies", OURS, {"penalty": "l1"})
_NEWTON = ("lbfgs", "newton-cg", "newton-cholesky")
SMOOTH = [
    *scikit_learn("lbfgs", tolerances=(_DEFAULT, {"tol": 1e-5}, _SIX, _TIGHT)),
    *scikit_learn("newton-cg", "newton-cholesky"),
]


def l2_path(rows: int, columns: int) -> Measurement:
    X, y = correlated(rows, columns)
    found = compare(_size(rows, columns), X, y, folds_of(y), CS, [L2, *SMOOTH, *glum(0.0)])
    goals = [
        Goal("scikit-learn", 5, 10, gap=1e-8),
        Goal("scikit-learn", 2.5, 5),
        Goal("glum", 7, 12, solver="glum"),
    ]
    return told(found, goals)


_MINUTES = 10_000_000  # numbers in a table


def l1_path(rows: int, columns: int, *, asked: bool = True) -> Measurement:
    X, y = correlated(rows, columns)
    peers = [*ADELIE, *glum(1.0), *scikit_learn("liblinear", "saga", tolerances=(_DEFAULT,), l1=True), *SKGLM]
    if not asked and rows * columns > _MINUTES:  # all others take minutes each
        peers = [ADELIE[0], ADELIE[2]]
    found = compare(_size(rows, columns), X, y, folds_of(y), CS, [L1, *peers], l1_ratio=1.0)
    goals = [
        Goal("adelie", 2.5, 5, solver="adelie"),
        Goal("adelie", 4.5, 9, gap=1e-8),
        Goal("glum", 6, 10, solver="glum"),
    ]
    return told(found, goals if asked else [])


def wide(rows: int, columns: int) -> Measurement:
    X, y = correlated(rows, columns)
    found = compare(_size(rows, columns), X, y, folds_of(y), CS, [L2, *SMOOTH])
    return told(found, [Goal("scikit-learn", 1, 2), Goal("scikit-learn", 1, 2, gap=1e-8)])


def thin(rows: int, columns: int, density: float) -> Measurement:
    X, y = sparse(rows, columns, density)
    found = compare(f"{_size(rows, columns)}, {density:.0%} filled", X, y, folds_of(y), CS, [L2, *SMOOTH])
    return told(found, [Goal("scikit-learn", 1, 2), Goal("scikit-learn", 1, 2, gap=1e-8)])


def single(rows: int, columns: int, *, asked: bool = True) -> Measurement:
    X, y = correlated(rows, columns)
    solvers = ("lbfgs", "newton-cg", "newton-cholesky", "sag", "liblinear")
    peers = [*scikit_learn(*solvers, tolerances=(_DEFAULT, _TIGHT)), *scikit_learn("saga", tolerances=(_DEFAULT,))]
    found = compare(_size(rows, columns), X, y, None, np.ones(1), [L2, *peers, *glum(0.0)])
    return told(found, [Goal("scikit-learn", 5, 8, gap=1e-8), Goal("scikit-learn", 2, 4)] if asked else [])


def steps(rows: int, columns: int, bins: int, *, l1: bool = False) -> Measurement:
    """Steps 1[code ≥ j]: we are given the codes, the peers the matrix, dense or compressed."""
    from scipy.sparse import csr_matrix

    binned, y = codes(rows, columns, bins)
    X = (binned[:, :, None] >= np.arange(1, bins)).reshape(rows, -1).astype(np.float64)
    forms = {"codes": binned, "CSR": csr_matrix(X)}
    ours = Solver("casestudies, codes", OURS, {"penalty": "l1" if l1 else "l2"}, "codes")
    solvers, tolerances = (("liblinear", "saga"), (_DEFAULT,)) if l1 else ((*_NEWTON, "liblinear"), (_DEFAULT, _TIGHT))
    peers = [
        peer for form in ("", "CSR") for peer in scikit_learn(*solvers, tolerances=tolerances, form=form, l1=l1)
    ] + glum(float(l1))
    caption = f"{rows:,} rows, {columns} columns of {bins} bins"
    found = compare(caption, X, y, None, np.array([0.1]), [ours, *peers], l1_ratio=float(l1), forms=forms)
    tables, versions = told(found, [] if l1 else [Goal("scikit-learn", 3, 6, gap=1e-8), Goal("scikit-learn", 3, 6)])
    held = {"codes": binned.nbytes, "CSR": _bytes(forms["CSR"]), "dense": X.nbytes}
    least = min(result.peak for result in found.results[1:] if result.coefficients is not None)
    own = found.results[0].peak
    tables.append(
        {
            "caption": f"{caption}: memory, 1/50 asked",
            "head": ["", "codes", "least of the peers", "codes need"],
            "rows": [
                [
                    "the table, MB",
                    f"{held['codes'] / 1e6:.1f}",
                    f"{held['CSR'] / 1e6:.0f} (CSR), {held['dense'] / 1e6:.0f} (dense)",
                    f"1/{held['CSR'] / held['codes']:.0f}",
                ],
                ["peak over the imports, table included, MB", f"{own:.1f}", f"{least:.0f}", f"1/{least / own:.0f}"],
            ],
        }
    )
    return tables, versions


def told(found: Comparison, goals: list[Goal]) -> Measurement:
    return [found.table(), *([found.verdict(goals)] if goals else [])], found.versions


def _size(rows: int, columns: int) -> str:
    return f"{rows:,} rows, {columns} columns"


def _bytes(X: Any) -> int:
    return int(X.data.nbytes + X.indices.nbytes + X.indptr.nbytes)
