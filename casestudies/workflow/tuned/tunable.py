"""What a study says of itself to be tuned."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from casestudies.runs import RunWriter
from casestudies.tuning import Goal, Space
from casestudies.tuning.space import Choice, Point
from casestudies.workflow.record import Record
from casestudies.workflow.resolve import resolve
from casestudies.workflow.settings import Settings
from casestudies.workflow.studies import Study

Scores = Mapping[str, float]


class Bench(Protocol):
    """Rows that settings are tried on, none of which judges a run of the study where it holds rows out.

    sentence: on which rows, and how often, for the report. limits: what the scores cannot say.
    refitted: each fold is judged by a fit on the others (see `tuning.gain`). early: folds are fitted one after the other, so
    that stopping saves time. goals: those of the study that these data allow.
    """

    @property
    def sentence(self) -> str: ...
    @property
    def limits(self) -> tuple[str, ...]: ...
    @property
    def refitted(self) -> bool: ...
    @property
    def early(self) -> bool: ...
    @property
    def goals(self) -> frozenset[str]: ...

    def trial(self, settings: Mapping[str, Any]) -> Iterator[Scores]:
        """{goal: score} of each fold under settings {dotted key: value}."""
        ...

    def outer(self, folds: int) -> Sequence[Outer]:
        """The rows divided once more, for a search inside each training part."""
        ...


@dataclass(frozen=True, eq=False)
class Outer:
    """One outer fold. bench: its training rows. judged: the scores, on its other rows, of settings fitted on all of the bench's."""

    bench: Bench
    judged: Callable[[Mapping[str, Any]], Scores]


@dataclass(frozen=True, eq=False)
class Prepared:
    """A study's data, read and checked. record: of the run folder, with data/ written. synthetic: the embedded demo."""

    bench: Bench
    record: Record
    synthetic: bool


Opened = Callable[[Study, Any, Mapping[str, Any], RunWriter], AbstractContextManager[Prepared]]


@dataclass(frozen=True)
class Tunable:
    """What a study offers to a search.

    Parameters
    ----------
    goals: of its settings: every figure that settings can be scored by, the most important first.
    space: of its settings: all that is searched where nothing else is asked for.
    family: key of the choice whose options are each tried as they are set before the search; "" = there is one start.
    opened: study, settings, request and writer to data that are ready, closed when the search is over.
    budget: where none is given. nested: whether it can be searched inside a search.
    """

    goals: Callable[[Any], tuple[Goal, ...]]
    space: Callable[[Any], Space]
    opened: Opened
    family: str = ""
    budget: str = "30"
    nested: bool = True

    def starts(self, space: Space) -> tuple[Point, ...]:
        """The points of the settings as they are: one of each family."""
        now = {one.key: one.now for one in space if one.now is not None}
        choice = next((one for one in space if one.key == self.family), None)
        if not isinstance(choice, Choice):
            return (space.active(now),)
        return tuple(space.active({**now, self.family: label}) for label in choice.options)


def applied(model: type[Settings], settings: Settings, changes: Mapping[str, Any]) -> Any:
    """The settings with changes {dotted key: value}.

    Raises
    ------
    ConfigError: a value that the setting cannot take.
    """
    values: dict[str, Any] = settings.model_dump(mode="json")
    for key, value in changes.items():
        *parents, leaf = key.split(".")
        inner = values
        for parent in parents:
            inner = inner[parent]
        inner[leaf] = value
    return resolve(model, values=values).config
