"""What is installed, what is missing and how to get it."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import sys
from typing import Any

_LIBRARIES = {
    "numpy": "arrays",
    "scipy": "solvers",
    "pandas": "tables",
    "pyarrow": "Parquet",
    "scikit-learn": "estimators, splits",
    "lightgbm": "boosted trees",
    "lime": "explanations",
    "altair": "charts",
    "vl-convert-python": "charts in files",
    "typst": "PDF",
    "pydantic": "settings",
    "typer": "the command line",
    "streamlit": "the pages",
    "torch": "imaging, GPU",
    "optuna": "tuning",
}
_EXTRAS = {"streamlit": "app", "torch": "torch", "optuna": "tune"}


def examine() -> dict[str, Any]:
    """{"libraries": rows, "machine": facts}; nothing heavy is imported, versions are read from the installed files."""
    rows = []
    for name, purpose in _LIBRARIES.items():
        try:
            version, advice = importlib.metadata.version(name), ""
        except importlib.metadata.PackageNotFoundError:
            extra = _EXTRAS.get(name)
            version = "missing"
            advice = f"pip install 'casestudies[{extra}]'" if extra else "pip install --force-reinstall casestudies"
        rows.append({"library": name, "version": version, "for": purpose, "get it": advice})
    machine = {
        "python": sys.version.split()[0],
        "system": platform.platform(),
        "cores": os.cpu_count(),
        "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", "not set"),
        "runs": os.environ.get("CASESTUDIES_RUNS", "./runs"),
    }
    return {"libraries": rows, "machine": machine}
