"""One case seen under many row weightings at once: the sums that metrics are made of, each computed once.

A plain metric is one weighting, a bootstrap is a thousand: both go through here, so a number and its interval can
never come from two different formulas.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from casestudies.metrics.cases import Array, Case


@dataclass(frozen=True, eq=False)
class Ranked:
    """Weights around the blocks of equal scores that hold events, best score first; all (rounds, blocks).

    Parameters
    ----------
    before: weight of all rows ranked above the block.
    after: the same with the block itself.
    events: weight of the events in the block.
    """

    before: Array
    after: Array
    events: Array

    @property
    def others(self) -> Array:
        """Weight of the rows in the block without the event."""
        return self.after - self.before - self.events

    @property
    def events_so_far(self) -> Array:
        """Weight of the events down to and with the block."""
        return np.cumsum(self.events, axis=1)


@dataclass(frozen=True, eq=False)
class Weighed:
    """A case under `weight` (rounds, rows); everything it gives is (rounds, ...).

    Sums over nothing are divided nowhere: `ratio` gives nan where the divisor is not positive.
    """

    case: Case
    weight: Array

    @cached_property
    def total(self) -> Array:
        """(rounds,) weight of all rows."""
        return self.weight.sum(axis=1)

    @cached_property
    def events(self) -> Array:
        """(rounds,) weight of the events."""
        return self.sums(self.case.event)

    @cached_property
    def others(self) -> Array:
        """(rounds,) weight of the rows without the event."""
        return self.sums(~self.case.event)

    def sums(self, values: np.ndarray) -> Array:
        """(rounds, ...) weighted sums of `values` (rows, ...)."""
        return self.weight @ values.astype(np.float64)

    def mean(self, values: np.ndarray) -> Array:
        """(rounds,) weighted mean of `values` (rows,)."""
        return ratio(self.sums(values), self.total)

    @cached_property
    def acted(self) -> tuple[Array, Array]:
        """(rounds,) each: weight of the events acted on, and of the others acted on."""
        act, event = self.case.decision, self.case.event
        return self.sums(act & event), self.sums(act & ~event)

    @cached_property
    def money(self) -> tuple[Array, Array, Array]:
        """(rounds,) each: cost of the decision, of acting on nobody, of acting on everybody."""
        base, slope = self.case.money
        nobody, everybody, decided = self.sums(
            np.stack((base, base + slope, base + slope * self.case.decision), axis=1)
        ).T
        return decided, nobody, everybody

    @cached_property
    def running(self) -> Array:
        """(rounds, rows + 1) weight of the first 0, 1, ... rows in the order of the score."""
        out = np.zeros((self.weight.shape[0], self.weight.shape[1] + 1))
        np.cumsum(self.weight[:, self.case.ranking.order], axis=1, out=out[:, 1:])
        return out

    @cached_property
    def ranked(self) -> Ranked:
        ranking = self.case.ranking
        events = self._of_blocks(self.weight[:, ranking.event_rows])
        return Ranked(self.running[:, ranking.starts], self.running[:, ranking.ends], events)

    def foremost_events(self, mass: Array | float, worth: Array | None = None) -> Array:
        """(rounds,) weight of the events among the first `mass` of all weight in the order of the score.

        Where the edge falls within equal scores, the block counts in proportion: what drawing its rows in random order
        would give on average.

        Parameters
        ----------
        mass: (rounds,) or one number. worth: (rows,) what each event counts; default 1.
        """
        ranked, ranking = self.ranked, self.case.ranking
        size = ranked.after - ranked.before
        room = np.reshape(mass, (-1, 1)) - ranked.before
        share = np.divide(room, size, out=np.zeros_like(size), where=size > 0).clip(0.0, 1.0)
        events = ranked.events
        if worth is not None:
            events = self._of_blocks(self.weight[:, ranking.event_rows] * worth[ranking.event_rows])
        return (events * share).sum(axis=1)

    def _of_blocks(self, events: Array) -> Array:
        """(rounds, blocks) sums over the events (rounds, events) of each block of equal scores."""
        first = self.case.ranking.first_events
        return np.add.reduceat(events, first, axis=1) if len(first) < events.shape[1] else events


def ratio(top: Array, bottom: Array) -> Array:
    """top / bottom where bottom is positive, else nan."""
    return np.divide(top, bottom, out=np.full(np.shape(top), np.nan), where=bottom > 0)
