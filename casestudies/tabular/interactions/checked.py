"""What reading a table of interactions gives back: the interactions, which column was what, and every problem."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from casestudies.errors import DataError
from casestudies.tabular.interactions.interactions import Interactions
from casestudies.tabular.interactions.items import Known
from casestudies.tabular.mapping import Guess
from casestudies.tabular.problems import Problems, ticked
from casestudies.tabular.read import Source


@dataclass(frozen=True, eq=False)
class CheckedInteractions:
    """Interactions as they were found in a file, and what was found on the way.

    Parameters
    ----------
    columns: {role: the file's column and why}; of roles that no column has there is none.
    notes: what was chosen and mended while reading, a sentence each; problems: all else.
    source: of the interactions. items, users: their own tables; None without one.
    beside: (rows of the interactions,) the cells of the further column that was asked for; of joined rows the first.
    """

    interactions: Interactions | None
    columns: Mapping[str, Guess]
    problems: Problems
    source: Source
    items: Known | None = None
    users: Known | None = None
    beside: NDArray[np.object_] | None = None

    @property
    def data(self) -> Interactions:
        """The interactions.

        Raises
        ------
        DataError: something must be mended first; the first error, and how many more there are.
        """
        for known in (self.items, self.users):
            if known is not None:
                known.problems.raise_if_errors(known.source.name)
        self.problems.raise_if_errors(self.source.name)
        if self.interactions is None:  # pragma: no cover - there is no other way to have none
            raise DataError("holds no interactions", where=self.source.name)
        return self.interactions

    @property
    def notes(self) -> tuple[str, ...]:
        guessed = [
            f"{ticked(told.column)} is taken for the {role}: {told.reason} (data.{role} names another)"
            for role, told in self.columns.items()
            if told.guessed
        ]
        sides = [known.source.notes for known in (self.items, self.users) if known is not None]
        return (*self.source.notes, *guessed, *(note for notes in sides for note in notes))
