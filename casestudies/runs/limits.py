"""What one run may use of the machine: threads, memory, processor time."""

from __future__ import annotations

import contextlib
import errno
import functools
import os
import resource
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from casestudies.errors import CaseError, ConfigError, RunError, shown
from casestudies.runs.disk import disk_error, is_disk_trouble

_THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
# Native code reports a refused allocation in its own words: C++ (LightGBM), torch, the operating system.
_NATIVE_OUT_OF_MEMORY = ("bad_alloc", "bad allocation", "can't allocate memory", "Cannot allocate memory")
_MOST = 1_000_000
_KILL_AFTER_SECONDS = 60  # processor time past the limit, for a worker that does not end when told


@dataclass(frozen=True)
class Limits:
    """The `run` part of a config.

    Parameters
    ----------
    threads: threads of BLAS and OpenMP; two libraries with a pool each made a fit of 1.1 s last 22 s at load.
    memory_mb: megabytes (2^20 bytes) that the worker may allocate.
    seconds: processor time, per thread: a run of four threads may use four times as much, in as many seconds.
    """

    threads: int = 1
    memory_mb: int = 4000
    seconds: int = 1800

    @classmethod
    def of(cls, request: Mapping[str, Any]) -> Limits:
        """The limits in a request's config; what it does not say keeps its default.

        Raises
        ------
        ConfigError: a limit that is not a whole number from 1 to a million.
        """
        config = request.get("config") or {}
        given = config.get("run") or {}
        values = {field.name: given[field.name] for field in fields(cls) if field.name in given}
        for name, value in values.items():
            if type(value) is not int or not 1 <= value <= _MOST:
                raise ConfigError(
                    f"is {shown(value)}", where=f"run.{name}", advice=f"write a whole number from 1 to {_MOST}"
                )
        return cls(**values)

    def environment(self) -> dict[str, str]:
        """Variables that must be set before the numeric libraries are loaded, so for a process of its own.

        Idle OpenMP threads sleep (PASSIVE) instead of spinning: other runs want the cores.
        """
        return dict.fromkeys(_THREAD_VARIABLES, str(self.threads)) | {"OMP_WAIT_POLICY": "PASSIVE"}

    @contextlib.contextmanager
    def bound(self) -> Iterator[None]:
        """Bind this process to the limits, and lower its priority below that of the pages.

        Memory is RLIMIT_DATA, what is allocated, not RLIMIT_AS, the address space: with torch and shap loaded that is
        1,300 MB for 460 MB of memory, and a mapped file counts in full though it uses none. At the end of the block
        memory is free again: to tell that it ran out takes a little.
        """
        os.nice(10)
        seconds = self.seconds * self.threads
        _lower(resource.RLIMIT_CPU, seconds, seconds + _KILL_AFTER_SECONDS)
        # Ready made, because with the last byte gone not even its arguments could be.
        release = functools.partial(resource.setrlimit, resource.RLIMIT_DATA, resource.getrlimit(resource.RLIMIT_DATA))
        _lower(resource.RLIMIT_DATA, self.memory_mb * 2**20)
        try:
            yield
        finally:
            release()

    def too_long(self) -> CaseError:
        """What SIGXCPU means."""
        return ConfigError(
            f"the run needs more than {self.seconds * self.threads} s of processor time",
            where="run.seconds",
            advice="raise it, or use fewer rows or a smaller search",
        )

    def too_large(self) -> CaseError:
        """What a refused allocation means under these limits."""
        return ConfigError(
            f"the run needs more than {self.memory_mb} MB of memory",
            where="run.memory_mb",
            advice="raise it, or use fewer rows or columns",
        )


@contextlib.contextmanager
def explained(limits: Limits | None = None) -> Iterator[None]:
    """Turn an error of the block that means that the machine is too small into its one line; others go on as they are.

    Parameters
    ----------
    limits: those the block is bound to; None when it has only the machine's own.
    """
    try:
        yield
    except CaseError:
        raise
    except Exception as error:
        if _is_out_of_memory(error):
            raise (limits.too_large() if limits else _machine_too_small()) from error
        if isinstance(error, OSError) and is_disk_trouble(error):
            raise disk_error(error, Path(error.filename or ".")) from error
        raise


def _machine_too_small() -> CaseError:
    return RunError("this machine has too little free memory for the run", advice="use fewer rows or columns")


def _is_out_of_memory(error: Exception) -> bool:
    if isinstance(error, MemoryError) or (isinstance(error, OSError) and error.errno == errno.ENOMEM):
        return True
    return any(words in str(error) for words in _NATIVE_OUT_OF_MEMORY)


def _lower(kind: int, soft: int, hard: int = resource.RLIM_INFINITY) -> None:
    """Lower a limit of this process; one that is stricter already stays."""
    now = resource.getrlimit(kind)

    def smaller(a: int, b: int) -> int:
        return a if b == resource.RLIM_INFINITY else b if a == resource.RLIM_INFINITY else min(a, b)

    hard = smaller(hard, now[1])
    resource.setrlimit(kind, (smaller(smaller(soft, now[0]), hard), hard))
