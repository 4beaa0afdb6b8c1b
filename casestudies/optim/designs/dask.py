"""Rows on the workers of a Dask cluster, who read them themselves."""

from __future__ import annotations

import asyncio
import math
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import accumulate
from typing import Any, ClassVar, Protocol
from urllib.parse import urlsplit

from casestudies.errors import ConfigError, DataError, MissingExtra, RunError
from casestudies.optim.designs.base import Design, Sums, Tile, block_sum

try:
    from dask import config
    from distributed import Client, Future, LocalCluster
    from distributed.protocol import to_serialize
    from distributed.protocol.pickle import dumps, loads
except ImportError as error:
    raise MissingExtra("dask", "dask") from error

_PATIENCE = 60.0  # seconds to wait for a worker when none is left
_FAILURES = 5  # rounds without a single answer
_GLANCE = 0.5  # seconds between looks at who is still there
_MOMENT = 0.02  # seconds between looks at whether a shelf is up
_SHARE = 0.5  # of a worker's memory that rows may take; the rest is for its work
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


class Recipe(Protocol):
    """How a worker gets the rows of one block: small, can be pickled, and the same rows whoever asks."""

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns), the column of ones included."""

    def tiles(self, first: int) -> Iterator[Tile]:
        """The block's tiles, the first of which begins at row `first` of the design."""


class Shelf:
    """What stands on one worker: all recipes, and the rows of those it was asked for, as far as they fit.

    room: bytes for rows; those of further blocks are read anew on every pass.
    """

    def __init__(self, recipes: Sequence[Recipe], firsts: Sequence[int], room: float) -> None:
        self._recipes, self._firsts, self._room = recipes, firsts, room
        self._rows: dict[int, list[Tile]] = {}

    def sums(self, part: bytes, blocks: Sequence[int]) -> list[Sums] | Exception:
        """A pickled part summed over each of the blocks. What goes wrong here is returned, so that whatever a call raises
        is the loss of the worker."""
        try:
            unpacked = loads(part)
            return [block_sum(unpacked, self._tiles(block)) for block in blocks]
        except Exception as error:
            return error

    def _tiles(self, block: int) -> Iterable[Tile]:
        if block in self._rows:
            return self._rows[block]
        recipe = self._recipes[block]
        size = 8 * recipe.shape[0] * recipe.shape[1]
        if size > self._room:
            return recipe.tiles(self._firsts[block])
        self._room -= size
        return self._rows.setdefault(block, list(recipe.tiles(self._firsts[block])))


class Dask(Design):
    """Blocks on the workers of a cluster: one direct call per worker and pass, and one partial sum per block comes back.

    The partial sums are added here, in block order: the same bits as in one process, however many workers there are
    and whichever of them die. The blocks of a lost worker go to those that are left, and only what is missing is asked
    for again. Workers keep rows in up to half of their memory and read the rest on every pass.

    Parameters
    ----------
    recipes: of the blocks, such as `Parquet(...).recipes`; workers read the rows themselves.
    client: of the cluster, such as `local(workers=4)`. Whoever reaches a cluster without TLS can run any code on it, so
        one that listens beyond this machine's own address has to have TLS.

    Raises
    ------
    MissingExtra: dask is not installed.
    ConfigError: the cluster can be reached from other machines and has no TLS.
    DataError: no recipes, or recipes with different numbers of columns; and whatever the recipes raise.
    RunError: workers are lost again and again, or none is left and none has come within a minute.
    """

    keeps: ClassVar[bool] = False

    def __init__(self, recipes: Sequence[Recipe], client: Client) -> None:
        widths = sorted({recipe.shape[1] for recipe in recipes})
        if len(widths) != 1:
            raise DataError(
                f"{len(recipes)} recipes of {widths} columns", advice="give at least one, and the same columns for all"
            )
        self._recipes = tuple(recipes)
        self._firsts = tuple(accumulate((recipe.shape[0] for recipe in recipes[:-1]), initial=0))
        self._client = client
        self._shelves: dict[str, Future] = {}  # by the worker's address
        self._places: dict[int, str] = {}  # of blocks: the address of the worker
        refuse_open_door(client.scheduler_info()["address"])

    @property
    def shape(self) -> tuple[int, int]:
        return sum(recipe.shape[0] for recipe in self._recipes), self._recipes[0].shape[1]

    def blocks(self) -> Iterator[Iterable[Tile]]:
        """Read here, not by the workers."""
        return (recipe.tiles(first) for recipe, first in zip(self._recipes, self._firsts, strict=True))

    def partials(self, part: Callable[[Tile], Sums]) -> Iterator[Sums]:
        packed = dumps(part)
        sums: dict[int, Sums] = {}
        failures = 0
        while missing := [block for block in range(len(self._recipes)) if block not in sums]:
            if failures == _FAILURES:
                raise RunError(
                    f"workers were lost {failures} times in a row before any of {len(missing)} blocks was done",
                    advice="give the workers more memory, or make the blocks smaller",
                )
            self._place(missing)
            found = self._client.sync(self._ask, packed, missing)
            failures = 0 if found else failures + 1
            sums |= found
        return (sums[block] for block in range(len(self._recipes)))

    async def _ask(self, part: bytes, blocks: Sequence[int]) -> dict[int, Sums]:
        """The sums of the blocks, without those of workers that are lost meanwhile."""
        orders: dict[str, list[int]] = {}
        for block in blocks:
            orders.setdefault(self._places[block], []).append(block)
        calls = {
            address: asyncio.ensure_future(
                self._client.rpc(address).actor_execute(
                    actor=self._shelves[address].key,
                    function="sums",
                    args=[to_serialize(part), to_serialize(order)],
                    kwargs={},
                )
            )
            for address, order in orders.items()
        }
        pending = set(calls.values())
        while pending:
            _, pending = await asyncio.wait(pending, timeout=_GLANCE)
            present = await self._present() if pending else {}
            for address in calls.keys() - present:
                if calls[address] in pending:
                    calls[address].cancel()
        sums: dict[int, Sums] = {}
        for address, order in orders.items():
            answer = _answer(calls[address])
            if isinstance(answer, Exception):
                raise answer
            if answer is None:
                self._forget(address)
            else:
                sums |= zip(order, answer, strict=True)
        return sums

    def _forget(self, address: str) -> None:
        self._shelves.pop(address, None)
        self._places = {block: place for block, place in self._places.items() if place != address}

    async def _present(self) -> Mapping[str, Mapping[str, Any]]:
        """What the scheduler knows of each worker that is there, by its address."""
        workers: Mapping[str, Mapping[str, Any]] = (await self._client.scheduler.identity(n_workers=-1))["workers"]
        return workers

    def _place(self, blocks: Sequence[int]) -> None:
        """Gives blocks without a place one, each on the worker that has the fewest."""
        homeless = [block for block in blocks if block not in self._places]
        if not homeless:
            return
        deadline = time.monotonic() + _PATIENCE
        while not self._client.sync(self._shelve):
            if time.monotonic() > deadline:
                raise RunError("the cluster has no workers", advice="start some, and run again")
            time.sleep(_GLANCE)
        load = Counter(dict.fromkeys(self._shelves, 0))
        load.update(self._places.values())
        for block in homeless:
            self._places[block] = min(load, key=load.__getitem__)
            load[self._places[block]] += 1

    async def _shelve(self) -> bool:
        """Puts up a shelf on every worker that has none; says whether there is any."""
        present = await self._present()
        for address in self._shelves.keys() - present.keys():
            self._forget(address)
        new = {}
        for address in sorted(present.keys() - self._shelves.keys()):
            refuse_open_door(address)
            room = _SHARE * (present[address]["memory_limit"] or math.inf)
            new[address] = self._client.submit(
                Shelf,
                self._recipes,
                self._firsts,
                room,
                actor=True,
                workers=[address],
                allow_other_workers=False,
                pure=False,
            )
        while not all(future.done() for future in new.values()):
            await asyncio.sleep(_MOMENT)
            present = await self._present()
            new = {address: future for address, future in new.items() if address in present}
        self._shelves |= {address: future for address, future in new.items() if future.status == "finished"}
        return bool(self._shelves)


@contextmanager
def local(workers: int) -> Iterator[Client]:
    """A cluster of processes on this machine, for as long as the context lasts.

    It listens on loopback only and has no dashboard; each worker computes on one thread, and is started again when it
    dies.
    """
    quiet = {"dashboard": False, "dashboard_address": "127.0.0.1:0"}
    with (
        # after that time the cluster closes the place of a worker that was lost, though it was started again (2026.8)
        config.set({"distributed.deploy.lost-worker-timeout": "30 days"}),
        LocalCluster(n_workers=workers, threads_per_worker=1, host="127.0.0.1", scheduler_kwargs=quiet) as cluster,
        Client(cluster) as client,
    ):
        yield client


def _answer(call: asyncio.Future[Any]) -> list[Sums] | Exception | None:
    """What a worker answered; None when it is lost."""
    if call.cancelled() or call.exception() is not None or call.result()["status"] != "OK":
        return None
    answer: list[Sums] | Exception = call.result()["result"]
    return answer


def refuse_open_door(address: str) -> None:
    scheme, host = urlsplit(address).scheme, urlsplit(address).hostname
    if scheme not in ("tls", "inproc") and host not in _LOOPBACK:
        raise ConfigError(
            f"the cluster listens at {address} without TLS: whoever reaches it can run any code there",
            advice="give the cluster and the client a distributed.Security with TLS, or listen on 127.0.0.1",
        )
