"""Which columns are made of a transaction's past, and what each of them means."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import Field, field_validator

from casestudies.tabular.contract import Column
from casestudies.workflow.settings import Section, basic

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEK: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

DELAY = 7  # days, where split.delay is not given
TIME, CARD, TERMINAL, AMOUNT = "time", "card", "terminal", "amount"  # of the contract


class Rolling(Section):
    """Features over time."""

    windows: list[int] = basic(
        [1, 7, 30],
        max_length=8,
        description="Days that are looked back from a transaction; [] makes no columns of its past.",
    )
    night: tuple[int, int] = Field((0, 7), description="Hours between which it is night; [22, 6] goes over midnight.")
    weekend: list[Weekday] = Field(["sat", "sun"], description="Days without work.")

    @field_validator("windows")
    @classmethod
    def _days(cls, days: list[int]) -> list[int]:
        if not all(1 <= day <= 400 for day in days) or len(set(days)) < len(days):
            raise ValueError("a list of different whole days from 1 to 400")
        return sorted(days)

    @field_validator("night")
    @classmethod
    def _hours(cls, hours: tuple[int, int]) -> tuple[int, int]:
        if not all(0 <= hour <= 24 for hour in hours):
            raise ValueError("two hours from 0 to 24")
        return hours


@dataclass(frozen=True)
class Asked:
    """Which columns are made.

    Parameters
    ----------
    windows, delay: days. night: hours from and to. weekend: Monday = 0.
    card, terminal, amount: whether the table has them.
    """

    windows: tuple[int, ...]
    delay: int
    night: tuple[int, int]
    weekend: tuple[int, ...]
    card: bool
    terminal: bool
    amount: bool

    @classmethod
    def of(cls, columns: Mapping[str, Column], settings: Any) -> Asked | None:
        """What can be made of a table with these columns; None without a date, or where no window is wanted."""
        rolling: Rolling = settings.rolling
        there = {name for name, column in columns.items() if not {name, *column.synonyms} & set(settings.data.drop)}
        if TIME not in there or columns[TIME].kind != "date" or not rolling.windows:
            return None
        delay = DELAY if settings.split.delay is None else settings.split.delay
        return cls(
            tuple(rolling.windows),
            delay,
            rolling.night,
            tuple(WEEK.index(day) for day in rolling.weekend),
            CARD in there,
            TERMINAL in there,
            AMOUNT in there,
        )

    @property
    def days(self) -> int:
        """How far back anything is looked."""
        return self.windows[-1] + self.delay

    @property
    def sources(self) -> list[str]:
        """The contract's columns that are read."""
        there = {CARD: self.card, TERMINAL: self.terminal, AMOUNT: self.amount}
        return [TIME, *(name for name, is_there in there.items() if is_there)]

    def sentences(self, complete: str | None) -> tuple[str, ...]:
        """What was made, for the report; complete: the day from which on the past is as long as is looked back, if any."""
        of = " and ".join(word for word, there in ((CARD, self.card), (TERMINAL, self.terminal)) if there)
        if not of:
            return ("neither card nor terminal is given: of each payment's time hour, night and weekend are made",)
        *first, last = map(str, self.windows)
        windows = f"{', '.join(first)} and {last}" if first else last
        ending = f"; a fraud is known {_days(self.delay)} after it happened" if self.terminal else ""
        return (
            f"features of each {of}'s past over {windows} days are made, without looking ahead{ending}",
            f"{'all payments' if complete is None else f'payments before {complete}'} have less past than the {self.days} "
            "days that are looked back",
        )

    def columns(self) -> Iterator[Column]:
        """What each made column is, as the contract of new rows keeps it."""
        if self.card:
            yield from self._of_card()
        if self.terminal:
            yield from self._of_terminal()
        hours = f"{self.night[0]} to {self.night[1]} o'clock"
        yield Column("hour", "whole", unit="hours", low=0, high=23, sentence="Hour of the day, as the file tells time.")
        yield Column("night", "flag", sentence=f"Whether it was night, {hours}.")
        weekend = ", ".join(WEEK[day] for day in self.weekend)
        yield Column("weekend", "flag", sentence=f"Whether the day was one of: {weekend}.")

    def _of_card(self) -> Iterator[Column]:
        longest = self.windows[-1]
        for days in self.windows:
            last = f"in the last {_days(days)}, this payment included"
            yield _whole(f"card_payments_{days}d", "payments", f"Payments of the card {last}.")
            if self.amount:
                yield Column(f"card_spent_{days}d", "number", unit="currency", sentence=f"What the card spent {last}.")
                yield Column(
                    f"card_mean_{days}d", "number", unit="currency", sentence=f"Mean payment of the card {last}."
                )
        if self.amount:
            yield Column(
                "card_amount_ratio",
                "number",
                sentence=f"The amount divided by the mean of the card's earlier payments of {_days(longest)}; missing "
                "where there are none.",
            )
        yield Column(
            "card_seconds_since_last",
            "number",
            unit="seconds",
            low=0,
            sentence=f"Since the card's last payment; missing where it made none in {_days(longest)}.",
        )
        if self.terminal:
            yield Column(
                "card_new_terminal",
                "flag",
                sentence=f"1 where the card has not been at this terminal in {_days(longest)}.",
            )

    def _of_terminal(self) -> Iterator[Column]:
        for days in self.windows:
            known = f"in the {_days(days)} that ended {_days(self.delay)} ago"
            yield _whole(f"terminal_known_{days}d", "payments", f"Payments at the terminal {known}.")
            yield _whole(f"terminal_frauds_{days}d", "frauds", f"Known frauds at the terminal {known}.")
            yield Column(
                f"terminal_risk_{days}d",
                "number",
                low=0,
                high=1,
                sentence=f"Share of known frauds among the payments at the terminal {known}; 0 where there were none.",
            )


def _days(count: int) -> str:
    return f"{count} day{'' if count == 1 else 's'}"


def _whole(name: str, unit: str, sentence: str) -> Column:
    return Column(name, "whole", unit=unit, low=0, sentence=sentence)
