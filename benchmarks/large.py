"""Tables larger than memory, end to end: `python -m benchmarks.large [ROWS]` (5,000,000 by default, some minutes).

The file is made from the demo's generator, 100,000 rows a seed. Each command is a process of its own.
"""

from __future__ import annotations

import copy
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from benchmarks.record import store
from benchmarks.spine import cpu_of
from benchmarks.timing import measured

_GROUP = 100_000
_SCORED = 1_000_000


def make(path: Path, rows: int) -> None:
    """Applications of a seed after another, numbered on, in row groups of 100,000."""
    from casestudies.credit.demo import applications

    writer = None
    for seed, first in enumerate(range(0, rows, _GROUP)):
        table = applications(seed, min(_GROUP, rows - first)).drop(columns="probability")
        table["application"] = np.arange(first + 1, first + len(table) + 1)
        table["default"] = table["default"].map({0: "no", 1: "yes"})
        whole = pa.Table.from_pandas(table, preserve_index=False)
        writer = writer or pq.ParquetWriter(path, whole.schema, compression="zstd")
        writer.write_table(whole)
    if writer is not None:
        writer.close()


def config(path: Path) -> Path:
    """The demo's own settings, but for the marks of its dirt: the generator's columns are clean."""
    from casestudies.credit.demo import DEFAULTS

    settings = copy.deepcopy(DEFAULTS) | {"study": "credit"}
    settings["data"].pop("read")  # type: ignore[attr-defined]
    path.write_text(yaml.safe_dump(settings), encoding="utf-8")
    return path


def run(folder: Path, data: Path, *words: str) -> tuple[float, float, float]:
    command = [sys.executable, "-m", "casestudies", "run", "credit", "--data", str(data), "--no-progress"]
    return cpu_of(*command, "--config", str(folder / "loans.yaml"), "--out", str(folder / "runs"), *words, repeats=1)


def end_to_end(folder: Path, rows: int) -> dict[str, Any]:
    """From the file to the report: checked, compared, explained, fitted on all rows."""
    make(folder / "loans.parquet", rows)
    table = []
    asked: list[tuple[str, tuple[str, ...]]] = [("all candidates", ())]
    asked += [(f"{name} alone", ("--set", f"model.candidates=[{name}]")) for name in ("scorecard", "logistic")]
    for name, words in asked:
        cpu, wall, peak = run(folder, folder / "loans.parquet", *words)
        print(name, cpu, wall, peak, flush=True)
        table.append([f"run, {rows:,} rows, {name}", f"{cpu:.0f}", f"{wall:.0f}", f"{peak:.0f}"])
    return {"caption": "A table larger than memory", "head": ["what", "CPU s", "wall s", "peak MB"], "rows": table}


def scoring(folder: Path) -> dict[str, Any]:
    """Score, decision, money and four reasons for each row."""
    import casestudies

    make(folder / "many.parquet", _SCORED)
    make(folder / "new.parquet", _GROUP)
    pq.read_table(folder / "new.parquet").to_pandas().to_csv(folder / "new.csv", index=False)
    table = []
    for model in ("logistic", "lightgbm"):
        run(folder, folder / "new.parquet", "--set", f"model.candidates=[{model}]")
        latest = casestudies.open_run("latest", runs=folder / "runs")
        frame = latest._model.checked(_table(folder / "new.parquet"))
        _, cpu, wall = measured(lambda: latest._model.scores(frame), repeats=3)  # noqa: B023
        table.append([f"{model}: {_GROUP:,} rows with reasons, in memory", f"{cpu:.2f}", f"{wall:.2f}", ""])
        for name in ("new.parquet", "new.csv"):
            cpu, wall, peak = predict(latest.path, folder / name, folder / "scores.csv")
            table.append([f"{model}: predict, {name}, {_GROUP:,} rows", f"{cpu:.1f}", f"{wall:.1f}", f"{peak:.0f}"])
        if model == "logistic":
            cpu, wall, peak = predict(latest.path, folder / "many.parquet", folder / "scores.parquet")
            table.append([f"{model}: predict, {_SCORED:,} rows", f"{cpu:.1f}", f"{wall:.1f}", f"{peak:.0f}"])
    return {"caption": "Scoring", "head": ["what", "CPU s", "wall s", "peak MB"], "rows": table}


def _table(path: Path) -> Any:
    from casestudies.tabular.read import read_table

    return read_table(path)


def predict(model: Path, data: Path, out: Path) -> tuple[float, float, float]:
    command = [sys.executable, "-m", "casestudies", "predict", str(model)]
    return cpu_of(*command, "--data", str(data), "--out", str(out), repeats=1)


def converting(folder: Path) -> dict[str, Any]:
    """A CSV beyond what is read whole, once to Parquet."""
    path = folder / "many.csv"
    first = True
    for batch in pq.ParquetFile(folder / "many.parquet").iter_batches(_GROUP):
        frame: pd.DataFrame = batch.to_pandas()
        frame.to_csv(path, mode="w" if first else "a", header=first, index=False)
        first = False
    words = [sys.executable, "-m", "casestudies", "data", "convert", str(path), str(folder / "out.parquet")]
    cpu, wall, peak = cpu_of(*words, "--no-progress", repeats=1)
    size = path.stat().st_size / 1e6
    rows = [[f"data convert, {_SCORED:,} rows, {size:.0f} MB of text", f"{cpu:.1f}", f"{wall:.1f}", f"{peak:.0f}"]]
    return {"caption": "Converting", "head": ["what", "CPU s", "wall s", "peak MB"], "rows": rows}


def main() -> None:
    os.environ |= {"OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE"}
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 5_000_000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        config(folder / "loans.yaml")
        tables = [end_to_end(folder, rows), scoring(folder), converting(folder)]
    text = (
        "A Parquet file made from the demo's generator, read by row group: a sample of 100,000 rows chooses and judges, all "
        "rows are checked, counted and fitted on. The peak is that of the whole process, libraries included."
    )
    store("large", "Large tables", text, tables, "python -m benchmarks.large")
    for table in tables:
        for row in table["rows"]:
            print(" | ".join(row))


if __name__ == "__main__":
    main()
