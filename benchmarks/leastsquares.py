"""Certified nonlinear least squares: `python -m benchmarks.leastsquares`. Both published starts of NIST's 27 problems."""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import runpy
import time
import warnings
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import torch
from scipy.optimize import least_squares as scipy_least_squares

from benchmarks.record import ROOT, store
from casestudies.optim.least_squares import least_squares

_RUNS = ROOT / "tests" / "peers" / "nist" / "problems.py"
_TEXT = (
    "Digits are NIST's measure: log relative error of a run's worst parameter against the certified value, from 0 to the 11 "
    "digits that are certified. A run is solved with at least 4. Published means of others: Ceres 9.4, MINPACK 4.4, "
    "Gnuplot 4.3, Excel 2.3 (Mondragon and Borchers 2005, and the Ceres solver's documentation). Where we lose: time; SciPy "
    "with differences instead of derivatives by torch takes a tenth of it."
)

Fit = Callable[[Any], np.ndarray]


def ours(run: Any) -> np.ndarray:
    return least_squares(run.residuals, run.start).x


def scipy_with(exact: bool, **options: Any) -> Fit:
    """SciPy's own, with its defaults or with derivatives and tolerances like ours."""

    def fit(run: Any) -> np.ndarray:
        def residuals(x: np.ndarray) -> np.ndarray:
            return run.residuals(torch.from_numpy(x)).numpy()

        def jacobian(x: np.ndarray) -> np.ndarray:
            return torch.func.jacfwd(run.residuals)(torch.from_numpy(x)).numpy()

        return scipy_least_squares(residuals, run.start.copy(), jac=jacobian if exact else "2-point", **options).x

    return fit


_TIGHT = {"x_scale": "jac", "ftol": 1e-15, "xtol": 1e-15, "gtol": 1e-15, "max_nfev": 20_000}
FITS: dict[str, Fit] = {
    "casestudies": ours,
    "SciPy trf, defaults": scipy_with(False),
    "SciPy lm, defaults": scipy_with(False, method="lm"),
    "SciPy lm, exact derivatives, tight": scipy_with(True, method="lm", **_TIGHT),
    "SciPy trf, exact derivatives, tight": scipy_with(True, method="trf", **_TIGHT),
}


def line(name: str, fit: Fit, runs: Iterable[Any]) -> list[Any]:
    digits, failed, used = [], [], time.process_time()
    for run in runs:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                digits.append(run.digits(fit(run)))
        except (ValueError, np.linalg.LinAlgError):
            digits.append(0.0)
        if not digits[-1] >= 4:
            failed.append(f"{run.name}/{run.which}")
    seconds = time.process_time() - used
    told = np.nan_to_num(digits)
    solved = f"{(told >= 4).sum()} of {len(told)}"
    return [name, solved, f"{told.mean():.2f}", f"{told.min():.1f}", f"{seconds:.1f}", ", ".join(failed)]


def main() -> None:
    torch.set_num_threads(1)
    runs = list(runpy.run_path(str(_RUNS))["runs"]())
    least_squares(lambda b: b - 1.0, [0.0])  # torch sets forward mode up at the first call
    rows = [line(name, fit, runs) for name, fit in FITS.items()]
    table = {
        "caption": "NIST StRD nonlinear regression, 54 runs",
        "head": ["", "solved", "mean digits", "worst run", "CPU s", "not solved"],
        "rows": rows,
    }
    print(*[table["head"], *rows], sep="\n")
    store(
        "optim-nist",
        "Optimisation: certified nonlinear least squares",
        _TEXT,
        [table],
        "python -m benchmarks.leastsquares",
        {"torch": torch.__version__},
    )


if __name__ == "__main__":
    main()
