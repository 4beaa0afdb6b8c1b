"""How long a search may go on: so many trials, or so much time."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self

from casestudies.errors import ConfigError, shown

_SECONDS = {"s": 1, "sec": 1, "min": 60, "m": 60, "h": 3600}
_MOST = 100_000  # trials, and seconds


@dataclass(frozen=True)
class Budget:
    """Trials beside those of the defaults, or seconds of the clock; the other is None."""

    trials: int | None = None
    seconds: float | None = None

    @classmethod
    def of(cls, text: str | int) -> Self:
        """A number of trials ("30"), or a time ("90s", "5min", "1h").

        Raises
        ------
        ConfigError: neither, or not above 0.
        """
        found = re.fullmatch(r"(\d{1,6}(?:\.\d{1,3})?)\s*(s|sec|min|m|h)?", str(text).strip())
        refused = ConfigError(
            f"{shown(text)} is neither a number of trials nor a time",
            where="budget",
            advice="write for example 30, 90s, 5min or 1h",
        )
        if found is None:
            raise refused
        value, unit = float(found[1]), found[2]
        amount = value * _SECONDS.get(unit or "", 1)
        if not 0 < amount <= _MOST or (unit is None and value != int(value)):
            raise refused
        return cls(seconds=amount) if unit else cls(trials=int(value))

    def __str__(self) -> str:
        if self.trials is not None:
            return f"{self.trials} trial{'' if self.trials == 1 else 's'}"
        return f"{self.seconds:g} s"
