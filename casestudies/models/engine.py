"""Where table models are fitted and score: in this process, or on the workers of a Dask cluster.

A study asks for an engine by what stands in its request and hands it on; what cannot run there is refused by name,
before anything is read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from casestudies.errors import ConfigError, MissingExtra, RunError, shown

if TYPE_CHECKING:
    from distributed import Client

In = TypeVar("In")
Out = TypeVar("Out")
Name = Literal["local", "dask"]

# Kinds of table models that are not fitted on a cluster, and why; all others are sums over blocks of rows.
NOT_ON_A_CLUSTER: Mapping[str, str] = {
    "lightgbm": "LightGBM's trees differ from run to run there, and one lost worker loses all of them; "
    "without --engine dask they are grown from row groups on this machine",
}
_TIMEOUT = "10s"
_AHEAD = 2  # parts per thread of the cluster that are asked for before the first has come back


@dataclass(frozen=True)
class Engine:
    """`scheduler`: the cluster's address, tcp:// on this machine or tls:// anywhere; None is this process."""

    scheduler: str | None = None

    @classmethod
    def of(cls, name: str | None, scheduler: str | None) -> Engine:
        """As `--engine` and `--scheduler` say.

        Raises
        ------
        ConfigError: an unknown engine, an address without dask, or dask without an address.
        """
        if name not in (None, "local", "dask"):
            raise ConfigError(f"{shown(name)} is no engine", where="--engine", advice="write local or dask")
        if name == "dask" and not scheduler:
            raise ConfigError(
                "is not given", where="--scheduler", advice="write the scheduler's address, e.g. tcp://127.0.0.1:8786"
            )
        if name != "dask" and scheduler:
            raise ConfigError("needs --engine dask", where="--scheduler", advice="write --engine dask, or leave it out")
        return cls(scheduler if name == "dask" else None)

    @classmethod
    def asked(cls, request: Mapping[str, Any]) -> Engine:
        """As the request of a run says."""
        told = request.get("engine") or {}
        return cls.of(told.get("name"), told.get("scheduler"))

    @property
    def told(self) -> dict[str, str] | None:
        """For the request of a run; None for this process."""
        return None if self.scheduler is None else {"name": "dask", "scheduler": self.scheduler}

    def refuse(self, kinds: Iterable[str]) -> None:
        """Raises a ConfigError, exit code 4, that names the first of the models that cannot be fitted there, and why."""
        if self.scheduler is None:
            return
        kinds = list(kinds)
        for kind in kinds:
            if kind in NOT_ON_A_CLUSTER:
                left = ", ".join(other for other in kinds if other not in NOT_ON_A_CLUSTER) or "logistic"
                raise ConfigError(
                    f"{kind} is not fitted on a Dask cluster: {NOT_ON_A_CLUSTER[kind]}",
                    where="model.candidates",
                    advice=f"write --set 'model.candidates=[{left}]', or leave --engine dask out",
                )

    @contextmanager
    def connected(self) -> Iterator[Client | None]:
        """The cluster, for as long as the context lasts; None for this process.

        Raises
        ------
        MissingExtra: dask is not installed.
        ConfigError: the cluster can be reached from other machines and has no TLS.
        RunError: nobody answers at the address, or the cluster has no workers.
        """
        if self.scheduler is None:
            yield None
            return
        try:
            from distributed import Client
        except ImportError as error:
            raise MissingExtra("dask", "dask") from error
        from casestudies.optim.designs.dask import refuse_open_door

        refuse_open_door(self.scheduler)
        try:
            client = Client(self.scheduler, timeout=_TIMEOUT, set_as_default=False)
        except (OSError, ValueError, TimeoutError) as error:
            raise RunError(
                f"no scheduler answers ({type(error).__name__})",
                where=shown(self.scheduler, 100),
                advice="start one, or check the address and, for tls://, Dask's own settings",
            ) from None
        with client:
            if not client.scheduler_info(n_workers=1)["workers"]:
                raise RunError("the cluster has no workers", where=shown(self.scheduler, 100), advice="start some")
            yield client


def mapped(client: Client, work: Callable[[In], Out], items: Iterable[In]) -> Iterator[Out]:
    """`work` of each item by the workers, in order; only a few results are on their way at any time.

    `work` is sent once to each worker and has to be a pure function: a lost worker's items are done again by others.
    """
    from collections import deque

    threads = sum(client.nthreads().values()) or 1
    sent = client.scatter(work, broadcast=True, hash=False)
    waiting: deque[Any] = deque()
    for item in items:
        waiting.append(client.submit(_done, sent, item, pure=False))
        if len(waiting) >= _AHEAD * threads:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


def _done(work: Callable[[In], Out], item: In) -> Out:
    return work(item)
