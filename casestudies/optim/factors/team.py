"""Several threads that go through one compiled loop together.

They are plain threads, made for an epoch and gone after it: nothing stays behind in a forked process, no global number
of threads is set, and several fits may run side by side. A fork and a join for each mini-batch would cost as much as a
second core gives (0.15 to 0.3 ms each), so the threads meet inside the compiled code, at barriers of our own.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar, cast

import numba
import numpy as np
from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic
from numba.np import arrayobj
from numpy.typing import NDArray

Tally = NDArray[np.int64]
F = TypeVar("F", bound=Callable[..., Any])

_SPINS = 4_000  # looks before the core is offered to others; a few microseconds, the time of a small chunk
_YIELD = "SwitchToThread" if sys.platform == "win32" else "sched_yield"
# sums may be taken in any order, as long as it is the same order every time; nan and inf stay what they are
_MATHS = {"reassoc", "contract", "arcp", "nsz"}
_SETTINGS: dict[str, Any] = {"nogil": True, "fastmath": _MATHS, "error_model": "numpy"}


def compiled(function: F) -> F:
    """By Numba, without the lock; kept on disk for the next process where there is a place to keep it."""
    try:
        made: Any = numba.njit(cache=True, **_SETTINGS)(function)
    except RuntimeError:  # neither the folder of the package nor the user's own can be written
        made = numba.njit(**_SETTINGS)(function)
    return cast(F, made)


def inlined(function: F) -> F:
    """As `compiled`, but copied into its callers: passing a dozen arrays costs more than a row's step does."""
    made: Any = numba.njit(forceinline=True, **_SETTINGS)(function)
    return cast(F, made)


def together(work: Callable[[], object], threads: int) -> None:
    """Runs `work` in so many threads at once, this one among them; none begins before all are there.

    Raises
    ------
    RuntimeError: the system gives no more threads; nothing has been run then.
    """
    if threads == 1:
        work()
        return
    ready = threading.Barrier(threads)

    def wait_and_work() -> None:
        ready.wait()
        work()

    with ThreadPoolExecutor(threads - 1) as pool:
        try:
            others = [pool.submit(wait_and_work) for _ in range(threads - 1)]
            wait_and_work()
        except BaseException:
            ready.abort()
            raise
        for other in others:
            other.result()


def _cell(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    """The address of one entry of an int64 array."""
    made: Any = arrayobj.make_array
    array = made(signature.args[0])(context, builder, args[0])
    place = context.cast(builder, args[1], signature.args[1], types.intp)
    return builder.gep(array.data, [place])


def _claim_code(typing: Any, tally: Any, place: Any) -> Any:
    """The entry of the tally, counted up by one as no other thread can come between."""

    def code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        one = ir.Constant(ir.IntType(64), 1)
        return builder.atomic_rmw("add", _cell(context, builder, signature, args), one, "seq_cst")

    return types.int64(tally, place), code


def _look_code(typing: Any, tally: Any, place: Any) -> Any:
    """The entry as the other threads last left it, and with it all that they wrote before."""

    def code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.load_atomic(_cell(context, builder, signature, args), "acquire", 8)

    return types.int64(tally, place), code


def _give_way_code(typing: Any) -> Any:
    """Offers the core to other threads."""

    def code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        kind = ir.FunctionType(ir.IntType(32), [])
        found = builder.module.globals.get(_YIELD) or ir.Function(builder.module, kind, _YIELD)
        return builder.call(found, [])

    return types.int32(), code


claim: Any = intrinsic(_claim_code)
_look: Any = intrinsic(_look_code)
_give_way: Any = intrinsic(_give_way_code)


@compiled
def meet(tally: Tally, place: int, arrivals: int) -> None:
    """Goes on when the entry of the tally, which each arrival counts up, has come to `arrivals`."""
    claim(tally, place)
    looks = 0
    while _look(tally, place) < arrivals:
        looks += 1
        if looks > _SPINS:
            _give_way()


@inlined
def part_of(threads: int, part: int, loop: int, begin: int, end: int) -> Any:
    """Where one thread's part of the pieces begin..end of a loop is counted, and its bounds.

    Each begins with its own part and helps with the others' when it is done: rows that a thread had in one batch are in its
    core's cache when the next one comes.
    """
    return loop * threads + part, begin + (end - begin) * part // threads, begin + (end - begin) * (part + 1) // threads


@compiled
def counting_sort(order: NDArray[np.int32], keys: NDArray[np.int32], kinds: int) -> NDArray[np.int32]:
    """`order` by ascending `keys[order]`, equal ones as they were; keys: from 0 to below `kinds`."""
    place = np.zeros(kinds + 1, np.int64)
    for n in range(keys.size):
        place[keys[n] + 1] += 1
    for kind in range(kinds):
        place[kind + 1] += place[kind]
    out = np.empty_like(order)
    for n in range(order.size):
        key = keys[order[n]]
        out[place[key]] = order[n]
        place[key] += 1
    return out
