"""Errors are for people: one line that says what, where and what to do, and the exit code that goes with it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from enum import IntEnum


class ExitCode(IntEnum):
    """What the process says when it ends; the whole list, so that cron jobs can rely on it."""

    DONE = 0
    FAULT = 1  # our fault: please report it
    USAGE = 2
    DATA = 3
    CONFIG = 4
    EXTRA = 5
    GATE = 6
    BUSY = 7  # the run is busy, lost or not whole
    INTERRUPTED = 130


class CaseError(Exception):
    """An error a user can act on.

    Parameters
    ----------
    what: the fact, with the offending value ("`amount` holds 14 values that are not numbers, first '1,200'").
    where: file, row, column or config key ("loans.csv, row 3, column amount").
    advice: the next step, as an imperative ("write data.read.decimal: ','").
    """

    code = ExitCode.FAULT

    def __init__(self, what: str, *, where: str = "", advice: str = "") -> None:
        self.what, self.where, self.advice = what, where, advice
        super().__init__(what)

    def __str__(self) -> str:
        line = f"{self.where}: {self.what}" if self.where else self.what
        return one_line(f"{line}; {self.advice}" if self.advice else line)


class UsageError(CaseError):
    code = ExitCode.USAGE


class DataError(CaseError):
    code = ExitCode.DATA


class ConfigError(CaseError):
    code = ExitCode.CONFIG


class MissingExtra(CaseError):
    """A library of an optional extra is not installed; the advice is the install line."""

    code = ExitCode.EXTRA

    def __init__(self, library: str, extra: str, *, where: str = "") -> None:
        super().__init__(f"{library} is not installed", where=where, advice=f"pip install 'casestudies[{extra}]'")


class GateMissed(CaseError):
    code = ExitCode.GATE


class RunError(CaseError):
    """The run folder is busy, lost, incomplete or not ours."""

    code = ExitCode.BUSY


class Cancelled(CaseError):
    code = ExitCode.INTERRUPTED

    def __init__(self) -> None:
        super().__init__("cancelled")


def one_line(text: str) -> str:
    """`text` with every control or line-breaking character shown as an escape, so that it stays one printed line."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "backslashreplace").decode() for c in str(text))


def shown(value: object, limit: int = 40) -> str:
    """A value as it may stand in a message: quoted, on one line, cut to `limit` characters."""
    text = one_line(str(value))
    return f"'{text if len(text) <= limit else text[: limit - 1] + '…'}'"


def nearest(name: str, names: Iterable[str], count: int = 3) -> str:
    """Advice that names the closest known names: "did you mean 'amount'?"; without one, the first few there are."""
    known = [str(n) for n in names]
    folded = {k.casefold(): k for k in reversed(known)}  # the first of names that differ in capitals alone
    close = [folded[k] for k in difflib.get_close_matches(str(name).casefold(), folded, n=count, cutoff=0.6)]
    if close:
        return "did you mean " + " or ".join(shown(c) for c in close) + "?"
    rest = "" if len(known) <= 12 else f" and {len(known) - 12} more"
    return "there are " + ", ".join(shown(k) for k in known[:12]) + rest if known else "there are none"
