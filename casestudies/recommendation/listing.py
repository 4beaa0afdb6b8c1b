"""The lists of a run: what each customer is shown, where it comes from, and how new items fare in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from casestudies.models.factorisation.ranking import SOURCES
from casestudies.recommendation.serving import Served, Server, long_form, wide_form
from casestudies.tabular.interactions import DAY, Interactions
from casestudies.workflow.answers import Answer

if TYPE_CHECKING:
    from casestudies.recommendation.conduct import Work

LIST = "lists/recommendations.csv"
_MOST = 10  # items that are shown most, told by name


def lists_told(work: Work) -> Answer:
    """analysis/lists.json, and lists/recommendations.csv: a list for every customer of the run.

    The lists are those of the saved model, in the order in which customers stand in the file of ids.
    """
    from casestudies.recommendation.margin import pays_of

    server = Server.of(work.saved.fitted_, work.settings.ranking, pays_of(work))
    return listed(server)


def listed(server: Server) -> Answer:
    """Lists for all stored customers, and what can be said of them."""
    history = server.fitted.data
    users, none = np.arange(history.shape[0]), np.empty(0, np.int32)
    form = wide_form if server.asked.form == "wide" else long_form
    tally, tables = Tally(server), []
    for served in server.in_parts(history, users, none):
        tally.add(served)
        tables.append(form(server, history, served))
    return Answer(tally.told(), {LIST: pd.concat(tables, ignore_index=True)})


class Tally:
    """What the parts of a batch of lists add up to."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._shown = np.zeros(server.fitted.data.shape[1], np.intp)
        self._source = np.zeros(len(SOURCES), np.intp)
        self._of_users = np.zeros(len(SOURCES), np.intp)
        self._users = self._short = 0

    def add(self, served: Served) -> None:
        lists = served.lists
        there = lists.filled
        self._users += len(there)
        self._short += int(np.count_nonzero(~there.all(axis=1)))
        self._shown += np.bincount(lists.items[there], minlength=len(self._shown))
        self._source += np.bincount(lists.source[there], minlength=len(SOURCES))
        self._of_users += np.bincount(lists.source[there[:, 0], 0], minlength=len(SOURCES))

    def told(self) -> dict[str, Any]:
        """Plain values; shares are of the places filled."""
        server, places = self._server, max(1, int(self._shown.sum()))
        asked, data = server.asked, server.fitted.data
        allowed = server.filters.allowed
        return {
            "k": asked.k,
            "users": self._users,
            "places": int(self._shown.sum()),
            "short": self._short,
            "exclude_seen": asked.exclude_seen,
            "days": asked.days if asked.exclude_seen == "days" else None,
            "items": data.shape[1],
            "on_offer": data.shape[1] if allowed is None else int(allowed.sum()),
            "shown": int(np.count_nonzero(self._shown)),
            "by_margin": server.pays is not None,
            "from": {
                name: {"customers": int(users), "share": float(count / places)}
                for name, users, count in zip(SOURCES, self._of_users, self._source, strict=True)
            },
            "most": [self._item(int(item)) for item in np.argsort(-self._shown, kind="stable")[:_MOST]],
            "new": self._new(places),
        }

    @property
    def users(self) -> int:
        return self._users

    def _item(self, item: int) -> dict[str, Any]:
        server = self._server
        return {
            "item": str(server.fitted.data.item_ids[item]),
            "title": server.fitted.titles[item],
            "lists": int(self._shown[item]),
            "share": float(self._shown[item] / max(1, self._users)),
            "popularity_rank": int(server.place[item]),
        }

    def _new(self, places: int) -> dict[str, Any] | None:
        """How often new items are shown, beside their share of what is on offer; None where no times are known."""
        new = newcomers(self._server.fitted.data, self._server.asked.new_days)
        if new is None:
            return None
        allowed = self._server.filters.allowed
        offered = np.ones(len(new), bool) if allowed is None else allowed
        return {
            "days": self._server.asked.new_days,
            "items": int((new & offered).sum()),
            "of_items": float((new & offered).sum() / max(1, offered.sum())),
            "of_places": float(self._shown[new].sum() / places),
            "shown": int(np.count_nonzero(self._shown[new])),
        }


def newcomers(data: Interactions, days: float) -> NDArray[np.bool_] | None:
    """(items,) whether nobody had the item until `days` days before the newest row, or at all; None without times."""
    if data.time is None or not len(data):
        return None
    first = np.full(data.shape[1], np.iinfo(np.int64).max)
    np.minimum.at(first, data.item, data.time)
    return first > int(data.time.max()) - days * DAY


def notes_of(told: dict[str, Any]) -> list[str]:
    """A batch in sentences, for whoever made it."""
    notes = [
        f"{counted(told['users'], 'customer')} with lists of {told['k']}, {counted(told['shown'], 'different item')} in all"
    ]
    fallen = told["from"]["popularity"]
    notes.append(
        f"{100 * fallen['share']:.1f} % of the places are filled by popularity; {counted(fallen['customers'], 'customer')} with nothing else"
    )
    if told["short"]:
        notes.append(
            f"{counted(told['short'], 'list')} shorter than {told['k']}: no more items may be shown to these customers"
        )
    if told["new"] is not None:
        new = told["new"]
        notes.append(
            f"items first seen in the last {new['days']:g} days are {100 * new['of_items']:.1f} % of those on offer and have "
            f"{100 * new['of_places']:.1f} % of the places"
        )
    return notes


def counted(number: int, what: str) -> str:
    """ "1 customer", "2,000 customers"."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"
