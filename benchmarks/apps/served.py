"""A server of the pages with runs to show, started as people start it; its memory and its CPU from the kernel."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import casestudies

_TICKS = os.sysconf("SC_CLK_TCK")
_PATIENCE = 120.0


@dataclass(frozen=True)
class Address:
    """One page as a visitor opens it. page: its name in the address. asked: what stands behind the question mark."""

    title: str
    page: str
    asked: Mapping[str, str]

    @property
    def query(self) -> str:
        return urlencode(self.asked)

    @property
    def path(self) -> str:
        return f"{self.page}?{self.query}" if self.asked else self.page


def make_runs(folder: Path, small: bool) -> dict[str, str]:
    """The credit demo twice, with and without boosted trees, and the recommendation demo; returns their ids."""
    less = ["demo.rows=700", "interval.rounds=100", "explain.rows=100", "explain.lime.samples=200"] if small else []
    few = ["demo.rows=2000"] if small else []
    candidates = "model.candidates=[scorecard, logistic]"
    told = {
        "credit": casestudies.run("credit", overrides=less, runs=folder),
        "simpler": casestudies.run("credit", overrides=[*less, candidates], runs=folder),
        "lists": casestudies.run("recommendation", overrides=few, runs=folder),
    }
    return {name: run.id for name, run in told.items()}


def pages(runs: Mapping[str, str]) -> list[Address]:
    """Every page, with a run in it where it reads one."""
    run = {"run": runs["credit"]}
    return [
        Address("Home", "", {}),
        Address("Runs", "runs", {}),
        Address("Data", "data", {"study": "credit"}),
        Address("Train", "train", {"study": "credit"}),
        Address("Results", "results", run),
        Address("Explain", "explain", run),
        Address("Explain: one case", "explain", {**run, "why": "One case"}),
        Address("Explain: one customer", "explain", {"run": runs["lists"], "why": "One customer"}),
        Address("Groups", "groups", run),
        Address("Compare", "compare", {"runs": f"{runs['simpler']},{runs['credit']}"}),
        Address("Report", "report", run),
    ]


@dataclass(frozen=True)
class Server:
    """One at work. started: seconds from its command to its first answer."""

    port: int
    pid: int
    started: float

    def cpu(self) -> float:
        """Seconds of CPU so far, of all its threads."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def memory(self) -> float:
        """MiB that are its alone or shared and in memory now."""
        line = next(one for one in Path(f"/proc/{self.pid}/status").read_text().splitlines() if one.startswith("VmRSS"))
        return int(line.split()[1]) / 1024


@contextmanager
def serving(runs: Path) -> Iterator[Server]:
    """`casestudies app` on a free port, until the block ends."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = int(found.getsockname()[1])
    words = [sys.executable, "-m", "casestudies", "app", "--no-browser", "--port", str(port), "--runs", str(runs)]
    began = time.perf_counter()
    process = subprocess.Popen(words, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while not _answers(port):
            if process.poll() is not None or time.perf_counter() - began > _PATIENCE:
                raise RuntimeError("the server of the pages did not start")
            time.sleep(0.02)
        yield Server(port, _streamlit(process.pid), time.perf_counter() - began)
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()


def _answers(port: int) -> bool:
    try:
        return bool(urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=5).status == 200)
    except OSError:
        return False


def _streamlit(parent: int) -> int:
    """The process that `casestudies app` starts."""
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return int(children[0]) if children else parent
