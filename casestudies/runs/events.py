"""Progress, one event a line: what the command line's bar and the pages read while a run works."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from casestudies.runs.disk import to_json

FILE = "progress.jsonl"
_SOONEST_ESTIMATE = 0.5  # seconds into a stage; before that the first step's set-up rules the estimate


@dataclass(frozen=True)
class Event:
    """One step of a run.

    Parameters
    ----------
    time: seconds since 1970, UTC.
    stage: what is being done ("read", "fit", "explain").
    fraction: share of the stage that is done, 0 to 1; None when it cannot be known.
    seconds_left: estimate for the rest of the stage; None when there is no fraction or it is too early to say.
    message: a sentence for the reader.
    metrics: figures of this step ("log_loss": 0.31); None for one that is not finite.
    """

    time: float
    stage: str
    fraction: float | None = None
    seconds_left: float | None = None
    message: str | None = None
    metrics: Mapping[str, Any] = field(default_factory=dict)

    def line(self) -> bytes:
        """The event as one line of JSON; what is None or empty is left out."""
        value = {"time": self.time, "stage": self.stage, "fraction": self.fraction, "seconds_left": self.seconds_left}
        value |= {"message": self.message, "metrics": dict(self.metrics) or None}
        return to_json({key: item for key, item in value.items() if item is not None}, indent=None)


def parse(data: bytes) -> list[Event]:
    """The events in `progress.jsonl`; a line that is not whole is skipped.

    The last line may be half written at any moment, and a line cut short by a full disk may stand anywhere.
    Lines end at a line feed only: `splitlines` would also cut at characters that JSON text may hold.
    """
    events = []
    for line in data.split(b"\n"):
        try:
            value = json.loads(line)
            event = Event(**value)
        except (ValueError, TypeError, RecursionError):
            continue
        if _is_sound(event):
            events.append(event)
    return events


def _is_sound(event: Event) -> bool:
    """Whether every field has its type: the file may come from anybody."""
    return (
        isinstance(event.time, int | float)
        and isinstance(event.stage, str)
        and isinstance(event.fraction, int | float | None)
        and isinstance(event.seconds_left, int | float | None)
        and isinstance(event.message, str | None)
        and isinstance(event.metrics, dict)
    )


class Stages:
    """How long each stage took, and how long the present one will still take.

    Parameters
    ----------
    clock: seconds on a clock that never goes back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._begin = self._entered = clock()
        self._stage: str | None = None
        self._seconds: dict[str, float] = {}

    def reach(self, stage: str, fraction: float | None) -> float | None:
        """Note that `stage` is at `fraction`; returns the estimated seconds left in it, at the pace so far."""
        now = self._clock()
        if stage != self._stage:
            self._leave(now)
            self._stage = stage
        elapsed = now - self._entered
        if not fraction or elapsed < _SOONEST_ESTIMATE:
            return None
        return round(elapsed * (1 - fraction) / fraction, 1)

    def seconds(self) -> dict[str, float]:
        """Seconds of every stage in the order they were first entered, a stage entered twice summed; `total` last."""
        now = self._clock()
        self._leave(now)
        return {name: round(value, 3) for name, value in self._seconds.items()} | {"total": round(now - self._begin, 3)}

    def _leave(self, now: float) -> None:
        if self._stage is not None:
            self._seconds[self._stage] = self._seconds.get(self._stage, 0.0) + now - self._entered
        self._entered = now
