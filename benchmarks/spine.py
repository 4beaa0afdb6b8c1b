"""What the whole chain costs and reaches: `python -m benchmarks.spine` (CASESTUDIES_DATA names the public data sets).

Start-up, the demo end to end, the reports again from their folder, and the two examples on real data beside
scikit-learn and LightGBM as people call them, on the same folds.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.record import ROOT, store

EXAMPLES = {  # and the file, under CASESTUDIES_DATA
    "german_credit": "german_credit/german.data",
    "taiwan_default": "taiwan_credit_default/UCI_Credit_Card.csv.gz",
}


def cpu_of(*words: str, repeats: int = 3) -> tuple[float, float, float]:
    """(CPU seconds, wall seconds, peak MB) of a whole process, the least of some runs."""
    best = (np.inf, np.inf, np.inf)
    for _ in range(repeats):
        code = (
            "import resource, subprocess, sys\n"
            "done = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)\n"
            "used = resource.getrusage(resource.RUSAGE_CHILDREN)\n"
            "print(done.returncode, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)\n"
        )
        began = time.perf_counter()
        out = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, check=True).stdout
        wall = time.perf_counter() - began
        status, cpu, peak = out.split()
        if status != "0":
            raise SystemExit(f"{' '.join(words)} ended with {status}")
        best = min(best, (float(cpu), wall, float(peak)))
    return best


def start_up() -> dict[str, Any]:
    command = [sys.executable, "-m", "casestudies"]
    rows = []
    for words in (["--help"], ["list"], ["schema", "credit"], ["runs", "list"]):
        cpu, wall, peak = cpu_of(*command, *words, repeats=5)
        rows.append([f"`casestudies {' '.join(words)}`", f"{cpu:.2f}", f"{wall:.2f}", f"{peak:.0f}"])
    return {"caption": "Start-up", "head": ["command", "CPU s", "wall s", "peak MB"], "rows": rows}


def chain(folder: Path) -> dict[str, Any]:
    """The demo from file to report, and the report again, cold and warm."""
    import casestudies
    from casestudies.report import to_html, to_pdf
    from casestudies.report.svg import _drawn
    from casestudies.workflow.reporting import build_report

    cpu, wall, peak = cpu_of(
        sys.executable, "-m", "casestudies", "run", "credit", "--no-progress", "--out", str(folder), repeats=2
    )
    rows = [["demo, 6,000 rows, whole command", f"{cpu:.1f}", f"{wall:.1f}", f"{peak:.0f} MB peak"]]
    run = casestudies.open_run("latest", runs=folder)
    for name, what in (("report.html", "HTML"), ("report.pdf", "PDF")):
        rows.append([f"size of the {what}", "", "", f"{(run.path / name).stat().st_size / 1e6:.2f} MB"])
    report = build_report(run.folder, run.study)
    for what, render in (("HTML", to_html), ("PDF, figures included", to_pdf)):
        render(report)
        _drawn.cache_clear()  # warm libraries, but every chart drawn anew
        began, used = time.perf_counter(), time.process_time()
        render(report)
        rows.append([f"{what}, warm", f"{time.process_time() - used:.2f}", f"{time.perf_counter() - began:.2f}", ""])
    return {"caption": "The demo end to end", "head": ["what", "CPU s", "wall s", ""], "rows": rows}


def real(folder: Path) -> dict[str, Any]:
    """Out-of-fold figures of the examples, and the peers' on the same folds."""
    import casestudies

    rows = []
    for name, file in EXAMPLES.items():
        run = casestudies.run("credit", file, config=ROOT / "examples" / f"{name}.yaml", runs=folder)
        champion = run.metrics["champion"]
        for model in ("logistic", "lightgbm"):
            told = run.metrics["models"][model]
            rows.append(
                [
                    name,
                    f"casestudies {model}{' (champion)' if model == champion else ''}",
                    _figure(told["auc"], 4),
                    _figure(told["savings"], 3),
                ]
            )
        for peer, auc in peers(run).items():
            rows.append([name, peer, f"{auc:.4f}", ""])
    head = ["data", "model", "AUC out of fold (95 %)", "savings (95 %)"]
    return {"caption": "The examples on real data, every row judged out of fold", "head": head, "rows": rows}


def _figure(told: dict[str, float], digits: int) -> str:
    return f"{told['value']:.{digits}f} ({told['low']:.{digits}f} to {told['high']:.{digits}f})"


def peers(run: Any) -> dict[str, float]:
    """AUC of peers with their usual set-up, on the features and folds of the run."""
    import lightgbm
    import pandas as pd
    from sklearn.compose import make_column_transformer
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import roc_auc_score
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    from casestudies.workflow.load import load

    data = Path(run.folder.request()["data"])
    loaded = load(run.study, run.config, data, incumbent=None, leaks_allowed=False)
    X, y = loaded.checked.frame[loaded.checked.features], loaded.y
    part = pd.read_parquet(run.path / "predictions.parquet")["part"].to_numpy()
    text = [name for name in X if isinstance(X[name].dtype, pd.CategoricalDtype)]
    numbers = [name for name in X if name not in text]
    prepare = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore"), text), (make_pipeline(SimpleImputer(), StandardScaler()), numbers)
    )
    models = {
        "scikit-learn LogisticRegression, defaults": make_pipeline(prepare, LogisticRegression(max_iter=1000)),
        "LightGBM LGBMClassifier, defaults": lightgbm.LGBMClassifier(verbose=-1, n_jobs=1),
    }
    out = {}
    for name, model in models.items():
        score = np.empty(len(y))
        for fold in np.unique(part):
            model.fit(X[part != fold], y[part != fold])
            score[part == fold] = model.predict_proba(X[part == fold])[:, 1]
        out[name] = float(roc_auc_score(y, score))
    return out


def main() -> None:
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    with tempfile.TemporaryDirectory() as folder:
        tables = [start_up(), chain(Path(folder))]
        if os.environ.get("CASESTUDIES_DATA"):
            tables.append(real(Path(folder)))
    text = (
        "From a file to a report. The peers see the same checked features and the same folds; they neither calibrate nor "
        "decide, so they have no savings. A difference in AUC below 0.005 on German credit (1,000 rows) is noise."
    )
    store("spine", "The whole chain", text, tables, "CASESTUDIES_DATA=FOLDER python -m benchmarks.spine")
    print(f"peak of this process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
