"""One customer at a time, for the pages: who is known, what is known of them, and the list after what they have just done."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from casestudies.errors import DataError, shown
from casestudies.models.factorisation.ranking import POPULARITY, SOURCES
from casestudies.recommendation.serving import Server, long_form
from casestudies.report import Block, Table, Text
from casestudies.tabular.interactions import Interactions
from casestudies.workflow.studies import Choice, Served

_VISITOR = "a visitor"
_LEVELS = 21  # ratings that a slider offers at most
_PARTS = 8  # of a score that are told one by one
_MUCH = 0.9  # quantile of known interactions
_STEP = 60  # seconds between two things that are done one after the other
_REASONS = 3  # named for each place of a list, or as many as the run writes


@dataclass(frozen=True, eq=False)
class Directory:
    """Names to be found by a part of them, or of what else is known of each. names, also: of all, by number."""

    names: Sequence[str]
    also: Sequence[str]

    @cached_property
    def number(self) -> dict[str, int]:
        return {name: number for number, name in enumerate(self.names)}

    def holding(self, text: str, most: int) -> list[int]:
        """Numbers of those with `text`, whatever the capital letters; one with that very name first."""
        wanted = text.casefold()
        own = self.number.get(text, self._folded.get(wanted))
        held = (number for number, one in enumerate(self._texts) if wanted in one and number != own)
        first = [] if own is None else [own]
        return [*first, *islice(held, max(0, most - len(first)))]

    @cached_property
    def _folded(self) -> dict[str, int]:
        return {name.casefold(): number for name, number in reversed(self.number.items())}

    @cached_property
    def _texts(self) -> list[str]:
        # no text that somebody types holds the character between the two
        return [f"{name}\0{more}".casefold() for name, more in zip(self.names, self.also, strict=True)]


@dataclass(frozen=True, eq=False)
class Desk:
    """See `Serving`."""

    server: Server

    def customers(self, text: str, most: int) -> list[Choice]:
        """Without a text some of whom much is known, though not the very most: these are often programs."""
        counts = self.server.fitted.user_counts
        found: Iterable[int] = self._users.holding(text, most)
        if not text:
            found = map(int, np.argsort(np.abs(counts - np.quantile(counts, _MUCH)), kind="stable")[:most])
        names = self._users.names
        return [Choice(names[n], f"{names[n]} ({counts[n]:,} known)") for n in found]

    def items(self, text: str, most: int) -> list[Choice]:
        """Without a text the most popular."""
        found: Iterable[int] = self._items.holding(text, most)
        if not text:
            found = map(int, np.argsort(-self.server.popularity, kind="stable")[:most])
        return [Choice(self._items.names[n], self._titled(n)) for n in found]

    @cached_property
    def levels(self) -> tuple[float, ...]:
        data = self.server.fitted.data
        if not self.server.fitted.explicit or data.rating is None or data.scale is None:
            return ()
        levels = np.unique(data.rating).astype(np.float64)
        if len(levels) > _LEVELS:
            levels = np.linspace(*data.scale, _LEVELS)
        return tuple(map(float, levels))

    def history(self, customer: str, most: int) -> pd.DataFrame:
        data = self.server.fitted.data
        rows = self._rows(self._number(customer))[::-1][:most]
        frame = pd.DataFrame({"item": [self._titled(int(n)) for n in data.item[rows]]})
        if data.rating is not None:
            frame["rating"] = [f"{value:g}" for value in data.rating[rows]]
        if data.time is not None:
            frame["when"] = (
                pd.to_datetime(data.time[rows], unit="s", utc=True).tz_convert(data.zone).strftime("%Y-%m-%d")
            )
        return frame

    def served(self, customer: str | None, given: Mapping[str, float | None], most: int) -> Served:
        asked = self.server.asked
        wanted = {"k": most, "reasons": max(_REASONS, asked.reasons)}
        server = replace(self.server, asked=asked.model_copy(update=wanted))
        number = server.fitted.data.shape[0] if customer is None else self._number(customer)
        history = self._with(number, given)
        news = np.array([number] if given else [], np.int32)
        served = server.serve(history, np.array([number], np.int32), news)
        rows = long_form(server, history, served).drop(columns="user")
        source = SOURCES[int(served.lists.source[0, 0])]
        blocks = () if source == SOURCES[POPULARITY] else self._why(server, history, number, served.lists.items[0])
        return Served(rows, blocks, self._said(number, given, source))

    @cached_property
    def _users(self) -> Directory:
        names = list(map(str, self.server.fitted.data.user_ids))
        return Directory(names, [""] * len(names))

    @cached_property
    def _items(self) -> Directory:
        return Directory(list(map(str, self.server.fitted.data.item_ids)), list(map(str, self.server.fitted.titles)))

    def _titled(self, item: int) -> str:
        title = str(self.server.fitted.titles[item])
        name = self._items.names[item]
        return title if title == name else f"{title} ({name})"

    def _number(self, customer: str) -> int:
        """Raises a DataError for somebody who is not stored."""
        if customer not in self._users.number:
            raise DataError(f"there is no customer {shown(customer)}", advice="pick one that is stored, or a visitor")
        return self._users.number[customer]

    def _rows(self, number: int) -> NDArray[np.intp]:
        """What is stored of a customer, oldest first."""
        data = self.server.fitted.data
        rows = np.flatnonzero(data.user == number)
        return rows if data.time is None else rows[np.argsort(data.time[rows], kind="stable")]

    def _with(self, number: int, given: Mapping[str, float | None], without: int | None = None) -> Interactions:
        """One customer's own rows and what was given, under the numbers of the model; `without` an item."""
        data = self.server.fitted.data
        numbers = self._items.number
        items = np.array([numbers[key] for key in given if key in numbers], np.int32)
        kept = self._rows(number)
        if self.server.fitted.explicit:  # a new rating takes the place of the old one
            kept = kept[~np.isin(data.item[kept], items)]
        new = [given[key] for key in given if key in numbers]
        own = data.take(kept)
        names = data.user_ids
        if number == len(names):
            names = names.astype(object).append(pd.Index([_VISITOR], dtype=object))
        rating = np.array([np.nan if value is None else value for value in new], np.float32)
        newest = 0 if data.time is None else int(data.time.max(initial=0))
        history = replace(
            own,
            user=np.full(len(kept) + len(items), number, np.int32),
            item=np.concatenate([own.item, items]),
            user_ids=names,
            rating=None if own.rating is None else np.concatenate([own.rating, rating]),
            weight=None if own.weight is None else np.concatenate([own.weight, np.ones(len(items), np.float32)]),
            time=None
            if own.time is None
            else np.concatenate([own.time, newest + _STEP * np.arange(1, len(items) + 1)]),
            users=pd.DataFrame() if number == data.shape[0] else own.users,
        )
        return history if without is None else history.take(history.item != without)

    def _why(self, server: Server, history: Interactions, number: int, items: Sequence[int]) -> tuple[Block, ...]:
        """The first item's score taken apart to the last digit, and the list without its strongest reason."""
        first = int(items[0])
        found = server.reasons(history, number, np.array([first], np.int32))
        order = found.order(0)
        if not len(order):
            return ()
        titles = self.server.fitted.titles
        told, rest = order[:_PARTS], order[_PARTS:]
        rows = [("Of everybody", f"{found.base[0]:+.4f}")]
        rows += [(str(titles[int(found.met[at])]), f"{found.parts[0, at]:+.4f}") for at in told]
        if len(rest):
            rows.append((f"{len(rest)} others", f"{found.parts[0, rest].sum():+.4f}"))
        rows.append(("Score by the history", f"{found.scores[0]:.4f}"))
        parts = Table(
            "the score part by part",
            ("Part", "Adds"),
            tuple(rows),
            (False, True),
            label=f"Why {titles[first]} stands first",
        )
        strongest = int(found.met[order[0]])
        without = history.take(history.item != strongest)
        other = server.serve(without, np.array([number], np.int32), np.array([number], np.int32))
        names = [str(titles[int(item)]) for item in other.lists.items[0] if item not in (-1, strongest)][:3]
        return (parts, Text(f"Without {titles[strongest]} the list would begin with {', '.join(names)}."))

    def _said(self, number: int, given: Mapping[str, float | None], source: str) -> str:
        known = 0 if number == self.server.fitted.data.shape[0] else int(self.server.fitted.user_counts[number])
        news = f" and {len(given):,} just given" if given else ""
        rests = {
            "model": f"The list rests on the stored row of the customer, learnt from {known:,} interactions.",
            "fold-in": f"The list rests on {known:,} stored interactions{news}, folded in at once.",
            "features": "Nothing of the customer's choices is known: the list rests on what the customer is.",
            "popularity": "Nothing is known of the customer: these are the most popular items.",
        }
        return rests[source]
