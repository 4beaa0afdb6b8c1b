"""Rows that are not all in this process: a Parquet file larger than memory, and the workers of a cluster."""

from __future__ import annotations

import multiprocessing
import os
import signal
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.optim.comparison import Table, seconds
from benchmarks.optim.data import Floats, correlated
from benchmarks.peers.measured import peak

OUT_OF_CORE = (
    "One L2 fit (C = 1) of a Parquet file in row groups of 50,000, one of them in memory at a time, and of ten times as many "
    "rows. "
)
BLOCKS = (
    "One L2 fit (C = 1) of the same rows in the same blocks: an array in this process, a Parquet file, the workers of a local "
    "Dask cluster (three processes); then fits during which a worker, drawn by chance, is killed at a random moment. "
    "Bits apart: the largest distance between two coefficients in units of the last place. "
)
_GROUP = 50_000
WORKERS = 3


def out_of_core(rows: int, columns: int = 20) -> tuple[list[Table], dict[str, str]]:
    lines = []
    with tempfile.TemporaryDirectory() as name:
        for count in (rows, 10 * rows):
            path = Path(name) / f"{count}.parquet"
            with _fresh() as pool:
                pool.submit(write, path, count, columns, _GROUP).result()
            with _fresh() as pool:
                told = pool.submit(_streamed, str(path)).result()
            table = count * (columns + 1) * 8 / 1e6
            lines.append(
                [f"{count:,}", f"{table:.0f}", f"{told['peak']:.0f}", seconds(told["cpu"]), told["certificate"]]
            )
            print(f"  {count:,} rows: {told['peak']:.0f} MB", flush=True)
    peaks = [float(line[2]) for line in lines]
    rows_asked = [
        ["peak over the imports, ten times the rows", "< 200 MB", f"{peaks[1]:.0f} MB", _met(peaks[1] < 200)],
        ["growth with ten times the rows", "none", f"{peaks[1] - peaks[0]:+.0f} MB", _met(peaks[1] < 1.1 * peaks[0])],
    ]
    head = ["rows", "as an array, MB", "peak over the imports, MB", "CPU s", "certificate"]
    caption = f"{columns} columns"
    return [
        {"caption": caption, "head": head, "rows": lines},
        {"caption": f"{caption}: asked and found", "head": ["", "asked", "found", "met"], "rows": rows_asked},
    ], {}


def write(path: Path, rows: int, columns: int, group: int) -> None:
    """Correlated columns and labels, one row group after the other, so that making the file needs no more memory."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    names = [f"x{column}" for column in range(columns)]
    schema = pa.schema([*((name, pa.float64()) for name in names), ("y", pa.int8())])
    with pq.ParquetWriter(path, schema, compression="zstd") as file:
        for number, first in enumerate(range(0, rows, group)):
            X, y = correlated(min(group, rows - first), columns, seed=number)
            file.write_table(pa.table([*X.T, y.astype(np.int8)], schema=schema))


def near_and_far(rows: int, *, kills: int, columns: int = 30) -> tuple[list[Table], dict[str, str]]:
    import pyarrow.parquet as pq

    from casestudies.optim.designs.dask import Dask, local
    from casestudies.optim.designs.dense import Dense
    from casestudies.optim.designs.parquet import Parquet

    group, rng = rows // 10, np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "rows.parquet"
        write(path, rows, columns, group)
        table = pq.read_table(path)
        X = np.column_stack([table[column].to_numpy() for column in table.column_names[:-1]])
        y = table["y"].to_numpy().astype(np.float64)
        here, near = _timed(lambda: _fitted(Dense(X, cuts=tuple(range(0, rows, group))), y))
        lines = [["array", seconds(near), "0"]]
        file = Parquet(path, "y")
        there, took = _timed(lambda: _fitted(file))
        lines.append(["Parquet", seconds(took), f"{_apart(here, there)}"])
        with local(WORKERS) as client:
            there, took = _timed(lambda: _fitted(Dask(file.recipes, client)))
            lines.append([f"Dask, {WORKERS} workers, first fit", seconds(took), f"{_apart(here, there)}"])
            there, took = _timed(lambda: _fitted(Dask(file.recipes, client)))
            lines.append([f"Dask, {WORKERS} workers", seconds(took), f"{_apart(here, there)}"])
            told = [_with_a_kill(client, file, took, here, rng) for _ in range(kills)]
    finished = [distance for distance in told if distance is not None]
    furthest = max(finished, default=0)
    lines.append([f"Dask, a worker killed, {kills} fits", "", f"{furthest}"])
    asked = [
        [
            "fits that finish after a kill",
            f"{kills} of {kills}",
            f"{len(finished)} of {kills}",
            _met(len(finished) == kills),
        ],
        ["bits apart", "0", f"{max(int(line[2]) for line in lines)}", _met(all(line[2] == "0" for line in lines))],
    ]
    caption = f"{rows:,} rows, {columns} columns, 10 blocks"
    return [
        {"caption": caption, "head": ["rows in", "wall s", "bits apart"], "rows": lines},
        {"caption": f"{caption}: asked and found", "head": ["", "asked", "found", "met"], "rows": asked},
    ], {}


def _with_a_kill(client: Any, file: Any, usual: float, here: Floats, rng: np.random.Generator) -> int | None:
    """How far the fit is from `here` when a worker dies under it; None where it does not finish."""
    from casestudies.errors import CaseError
    from casestudies.optim.designs.dask import Dask

    process = int(rng.choice(_processes(client)))
    moment = threading.Timer(rng.uniform(0, usual), os.kill, (process, signal.SIGKILL))
    moment.start()
    try:
        there = _fitted(Dask(file.recipes, client))
    except CaseError as error:
        print(f"  not finished: {error}", flush=True)
        return None
    finally:
        late = not moment.finished.is_set()
        moment.join()
        while process in _processes(client):
            time.sleep(0.05)
        client.wait_for_workers(WORKERS, timeout=60)
    if late:  # the fit was quicker than the kill: another try
        return _with_a_kill(client, file, usual, here, rng)
    print(f"  finished after a kill, {_apart(here, there)} bits apart", flush=True)
    return _apart(here, there)


def _processes(client: Any) -> list[int]:
    """Of the workers; while one is started again its number is missing."""
    return sorted(worker.pid for worker in client.cluster.workers.values() if worker.pid)


def _streamed(path: str) -> dict[str, Any]:
    """In a process of its own: what one fit of a Parquet file needs over the imports."""
    import casestudies.optim  # noqa: F401  its imports are not the fit's
    from casestudies.optim.designs.parquet import Parquet

    before, used = peak(), time.process_time()
    solution = _solved(Parquet(path, "y"))
    told = f"{solution.certificate.suboptimality.max():.0e}"
    return {"peak": peak() - before, "cpu": time.process_time() - used, "certificate": told}


def _solved(design: Any, y: Floats | None = None) -> Any:
    from casestudies.optim import L2, Logistic, NewtonCG, Objective, minimise

    free = np.arange(design.shape[1]) == design.shape[1] - 1
    weights = None if y is None else np.ones(len(y))
    return minimise(Objective(design, y, Logistic(), L2(np.ones(1), free), weights), NewtonCG(fresh=True))


def _fitted(design: Any, y: Floats | None = None) -> Floats:
    return np.asarray(_solved(design, y).x)


def _timed(call: Callable[[], Floats]) -> tuple[Floats, float]:
    began = time.perf_counter()
    value = call()
    return value, time.perf_counter() - began


def _apart(a: Floats, b: Floats) -> int:
    """Largest distance in units of the last place."""
    return int(np.max(np.abs(a - b) / np.spacing(np.maximum(np.abs(a), np.abs(b)))))


def _fresh() -> ProcessPoolExecutor:
    return ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"))


def _met(yes: bool) -> str:
    return "yes" if yes else "no"
