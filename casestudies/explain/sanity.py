"""Does an explanation tell what the model learnt? Shuffled labels must change it, and what was planted must be found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from casestudies.explain.explanation import Explanation
from casestudies.explain.quality import rank_correlation

ALIKE = 0.5  # rank correlation of effects, and share of their size, above which nothing learnt looks like something
_ENOUGH = 5  # planted things from which their order is judged


@dataclass(frozen=True)
class LabelTest:
    """The explanation beside that of the same recipe fitted on shuffled labels, from which there is nothing to learn.

    size: sum of the columns' mean absolute effects with shuffled labels, as a share of that with the true ones.
    alike: rank correlation of a row's effects in both, mean over rows; 0 = nothing in common.
    rows: that the recipe was fitted on with shuffled labels.
    floor: the largest mean absolute effect that chance gave a column. under: the columns whose own is no larger.
    """

    size: float
    alike: float
    rows: int
    floor: float
    under: tuple[str, ...]

    @property
    def sound(self) -> bool:
        return self.size < ALIKE and abs(self.alike) < ALIKE

    @property
    def sentence(self) -> str:
        told = (
            f"fitted on {self.rows:,} rows with shuffled labels, the same recipe gives effects of {self.size:.0%} of the size, "
            f"whose order has a correlation of {self.alike:.2f} with these"
        )
        if self.sound:
            return f"sound: {told}"
        if self.size >= ALIKE:
            return f"not sound: {told}; chance alone gives such effects, so read only the largest"
        return f"not sound: {told}; the order shows the columns more than what was learnt from the labels"

    def to_dict(self) -> dict[str, Any]:
        return asdict(self) | {"sound": self.sound, "sentence": self.sentence}


def label_test(explanation: Explanation, shuffled: Explanation, rows: int) -> LabelTest:
    """Compare explanations of the same rows; columns that only one model reads have no effect in the other.

    Source: Adebayo et al. 2018, "Sanity checks for saliency maps", NeurIPS, section 4.2, the data randomisation test.
    """
    names = tuple(dict.fromkeys((*explanation.names, *shuffled.names)))
    real, chance = explanation.spread(names), shuffled.spread(names)
    size = np.abs(real).sum()
    alike = [rank_correlation(a, b) for a, b in zip(real, chance, strict=True)]
    floor = float(np.abs(chance).mean(axis=0).max(initial=0.0))
    under = tuple(name for name, own in zip(names, np.abs(real).mean(axis=0), strict=True) if own <= floor)
    share = float(np.abs(chance).sum() / size) if size > 0 else 1.0
    return LabelTest(share, float(np.mean(alike)), rows, floor, under)


@dataclass(frozen=True)
class Recovery:
    """What was planted in a demo, and at which places of the ranking the explanation has it.

    planted: in words, the strongest first. place: of each among the columns by importance, from 1, the columns that show
    one thing taken together; None where the model reads none of them. others: columns that nothing was planted in.
    order: rank correlation of the places with the planted order; None for fewer than five things.
    """

    planted: tuple[str, ...]
    place: tuple[int | None, ...]
    others: int
    order: float | None

    @property
    def found(self) -> int:
        """How many stand ahead of all but as many columns as were planted."""
        return sum(place is not None and place <= len(self.planted) for place in self.place)

    @property
    def sentence(self) -> str:
        count = len(self.planted)
        told = f"{self.found} of the {count} things planted in the demo are the first of the ranking"
        if self.others:
            told += f", which has {self.others} other columns"
        late = [
            f"{what} ({'not read by the model' if place is None else f'place {place}'})"
            for what, place in zip(self.planted, self.place, strict=True)
            if place is None or place > count
        ]
        told += f"; later: {', '.join(late)}" if late else ""
        return told + ("" if self.order is None else f"; their order is kept with a correlation of {self.order:.2f}")

    def to_dict(self) -> dict[str, Any]:
        return asdict(self) | {"found": self.found, "sentence": self.sentence}


def recovery(explanation: Explanation, planted: Mapping[str, Sequence[str]]) -> Recovery:
    """Look for what is known to be there.

    Parameters
    ----------
    planted: what, in words, the strongest first -> the columns that show it; no column shows two things.
    """
    shows = {column: what for what, columns in planted.items() for column in columns}
    grouped = explanation.grouped([shows.get(name, name) for name in explanation.names])
    sizes = np.abs(grouped.values).mean(axis=0)
    ranking = [grouped.names[at] for at in np.argsort(-sizes, kind="stable")]
    place = [ranking.index(what) + 1 if what in ranking else None for what in planted]
    ranks = [len(ranking) + 1 if at is None else at for at in place]
    order = rank_correlation(np.arange(len(ranks)), ranks) if len(ranks) >= _ENOUGH else None
    return Recovery(tuple(planted), tuple(place), len(set(ranking) - set(planted)), order)
