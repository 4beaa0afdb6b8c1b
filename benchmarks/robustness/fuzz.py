"""Mutated files through `casestudies check`, each in a process with limits: what the analyst would read, and what broke."""

from __future__ import annotations

import io
import multiprocessing
import resource
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from pathlib import Path

import numpy as np

from benchmarks.optim.comparison import Table
from benchmarks.robustness.mutations import mutated
from benchmarks.robustness.seeds import KINDS, Seed
from benchmarks.rows import Measurement

TEXT = """
Sound files of each format are changed at random, one to four changes each, from a seed: bits, spans, lengths, cells, keys of
a config, chunks of a PNG and members of an archive with their checksums made right again. Each is then checked by `casestudies
check` in a process of limited memory and time. **Wanted:** an answer of 0, 2, 3 or 4; on standard error nothing or one line;
never a traceback, "our fault", a dead or a hanging process. *Worked* are files that are still sound, or whose damage was told
as a problem with its row; *refused* those that ended with one line.
"""
SHARES = {"CSV": 0.3, "Excel": 0.1, "Parquet": 0.1, "YAML": 0.2, "PNG": 0.1, "DICOM": 0.1, "npz": 0.1}
_MEMORY_MB, _SECONDS, _PROCESSES = 3000, 120.0, 2
_ANSWERS = (0, 2, 3, 4)


@dataclass(frozen=True)
class Outcome:
    """What became of one input: `fault` says what is wrong with the answer, "" = nothing; `line` is its one line."""

    kind: str
    number: int
    code: int
    seconds: float
    line: str
    fault: str


def measure(count: int = 20_000, seed: int = 0, processes: int = _PROCESSES) -> Measurement:
    found: list[Outcome] = []
    for kind, share in SHARES.items():
        found += fuzzed(kind, round(count * share), seed, processes)
        bad = [one for one in found if one.kind == kind and one.fault]
        print(f"  {kind}: {len(bad)} faults of {sum(one.kind == kind for one in found):,}", flush=True)
        for one in bad[:5]:
            print(f"    {kind} {one.number}: {one.fault}: {one.line[:300]}", flush=True)
    return [_table(found)], {}


def _table(found: list[Outcome]) -> Table:
    head = [
        "format",
        "files",
        "worked",
        "refused in one line",
        "faults",
        "different lines",
        "slowest, s",
        "CPU s in all",
    ]
    rows = []
    for kind in [*dict.fromkeys(one.kind for one in found), "all"]:
        some = [one for one in found if kind in (one.kind, "all")]
        rows.append(
            [
                kind,
                f"{len(some):,}",
                f"{sum(one.code == 0 or (one.code == 3 and not one.line) for one in some):,}",
                f"{sum(bool(one.line) and not one.fault for one in some):,}",
                sum(bool(one.fault) for one in some),
                len({_shape(one.line) for one in some if one.line}),
                f"{max(one.seconds for one in some):.2f}",
                f"{sum(one.seconds for one in some):.0f}",
            ]
        )
    return {"caption": f"{len(found):,} mutated files", "head": head, "rows": rows}


def _shape(line: str) -> str:
    """The sentence of a line without its numbers and quoted values."""
    words = [word for word in line.split() if not set("'`0123456789") & set(word)]
    return " ".join(words[-8:])


def fuzzed(kind: str, count: int, seed: int, processes: int) -> Iterator[Outcome]:
    """The outcomes of one format's inputs as they come; a process that dies or hangs is an outcome, and another goes on."""
    workers = [_Worker(kind, list(range(share, count, processes)), seed) for share in range(processes)]
    while workers := [worker for worker in workers if worker.numbers]:
        ready = wait([worker.pipe for worker in workers], timeout=1)
        for worker in workers:
            if worker.pipe in ready or worker.late():
                yield worker.hear()


class _Worker:
    """A process that works through some inputs, and the next one that does when it ends before its time."""

    def __init__(self, kind: str, numbers: list[int], seed: int) -> None:
        self.kind, self.numbers, self.seed = kind, numbers, seed
        self._start()

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe(duplex=False)
        self._process = context.Process(target=_work, args=(theirs, self.kind, self.numbers, self.seed), daemon=True)
        self._process.start()
        theirs.close()
        self._since = time.monotonic()

    def late(self) -> bool:
        return time.monotonic() - self._since > _SECONDS

    def hear(self) -> Outcome:
        """The outcome of its next input."""
        number, hung = self.numbers[0], not self.pipe.poll(0)
        self.numbers = self.numbers[1:]
        self._since = time.monotonic()
        try:
            if not hung:
                return self.pipe.recv()  # type: ignore[no-any-return]
        except EOFError:
            pass
        self._process.kill()
        self._process.join()
        what = f"hung for {_SECONDS:.0f} s" if hung else f"died ({self._process.exitcode})"
        if self.numbers:
            self._start()
        return Outcome(self.kind, number, -1, _SECONDS, "", what)


def _work(out: Connection, kind: str, numbers: list[int], seed: int) -> None:
    resource.setrlimit(resource.RLIMIT_DATA, (_MEMORY_MB * 2**20, _MEMORY_MB * 2**20))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    seeds = KINDS[kind]()
    for number in numbers:
        out.send(tried(kind, number, seed, seeds))


def tried(kind: str, number: int, seed: int, seeds: list[Seed]) -> Outcome:
    """Make one input and have it checked in this process."""
    random = np.random.default_rng([seed, list(KINDS).index(kind), number])
    sound = seeds[number % len(seeds)]
    content = mutated(sound, random, kind)
    with tempfile.TemporaryDirectory(prefix="fuzz-") as name:
        folder = Path(name)
        for file, held in sound.files.items():
            path = folder / file
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content if file == sound.target else held)
        words = ["check", sound.study, *(f"--set={text}" for text in sound.settings)]
        words += ["--data", str(folder / sound.data)] if sound.data else []
        words += ["--config", str(folder / sound.target)] if sound.config else []
        return _answer(kind, number, words)


def _answer(kind: str, number: int, words: list[str]) -> Outcome:
    from casestudies import cli

    out, err = io.StringIO(), io.StringIO()
    began = time.process_time()
    try:
        code = int(cli.main(words, cli.Environment(stdout=out, stderr=err, variables={})))
    except BaseException as error:  # the command line lets nothing through
        return Outcome(
            kind, number, -1, time.process_time() - began, str(error)[:500], f"escaped: {type(error).__name__}"
        )
    seconds, said = time.process_time() - began, err.getvalue().strip()
    return Outcome(kind, number, code, seconds, said[:2000], fault_of(code, said, out.getvalue()))


def fault_of(code: int, said: str, told: str) -> str:
    """What is wrong with an answer of the command line, "" = nothing."""
    wrong = Counter(
        {
            f"exit {code}": code not in _ANSWERS,
            "more than one line": "\n" in said,
            "a traceback": "Traceback" in said + told,
            "our fault": "our fault" in said,
            "no line": code not in (0, 3) and not said,
            "a long line": len(said) > 600,
            "control characters": any(not c.isprintable() and c != "\n" for c in said + told),
        }
    )
    return ", ".join(word for word, there in wrong.items() if there)
