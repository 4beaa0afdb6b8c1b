"""What is asked of a search: budget, method, goals, and what is searched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

from casestudies.errors import ConfigError, UsageError, nearest, shown
from casestudies.tuning import SECONDS, Budget, Goal, Space, narrowed
from casestudies.tuning.methods import Method
from casestudies.workflow.settings import Settings
from casestudies.workflow.tuned.tunable import Tunable

TUNE = "tune"
RESUME = "resume"  # of the request: the folder whose journal the search goes on from
_MOST_NESTED = 10


@dataclass(frozen=True)
class Asked:
    """A search as it is asked for.

    Parameters
    ----------
    budget: "30", "5min"; "" = the study's own. method: a name of `tuning.METHODS`.
    goals: names; empty = the study's first. nested: outer folds, 0 = none.
    search: settings to search alone, or ranges of one's own; see `tuning.narrowed`.
    """

    budget: str = ""
    method: str = "auto"
    goals: tuple[str, ...] = ()
    nested: int = 0
    search: tuple[str, ...] = ()

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Self:
        """What `told` wrote into the request."""
        return cls(**{**told, "goals": tuple(told.get("goals", ())), "search": tuple(told.get("search", ()))})

    @property
    def told(self) -> dict[str, Any]:
        return {**vars(self), "goals": list(self.goals), "search": list(self.search)}

    def filled(self, tunable: Tunable) -> Self:
        """With the study's own budget and goal where none is asked for."""
        return replace(self, budget=self.budget or tunable.budget)

    def checked(self, tunable: Tunable, settings: Settings) -> Self:
        """This, with the study's own budget where none is given; everything that can be known before the data are read is looked at.

        Raises
        ------
        ConfigError: budget, goal, method or setting that cannot be used. UsageError: nested where the study cannot.
        MissingExtra: as `Method`.
        """
        whole = self.filled(tunable)
        goals = whole.chosen(tunable.goals(settings))
        space = whole.space(tunable.space(settings))
        Method(whole.method, space, len(goals), Budget.of(whole.budget), 0)
        if whole.nested:
            if not tunable.nested:
                raise UsageError("this study chooses on one validation part", where="nested", advice="leave nested out")
            if not 2 <= whole.nested <= _MOST_NESTED:
                advice = f"write 2 to {_MOST_NESTED}, or 0 for none"
                raise ConfigError(f"{whole.nested} outer folds", where="nested", advice=advice)
        return whole

    def chosen(self, known: Sequence[Goal]) -> tuple[Goal, ...]:
        """The goals asked for, of those that a study knows.

        Raises
        ------
        ConfigError: one that it does not know (the nearest are given), or twice.
        """
        names = {goal.name: goal for goal in (*known, SECONDS)}
        for name in self.goals:
            if name not in names:
                raise ConfigError(f"there is no goal {shown(name)}", where="goal", advice=nearest(name, names))
        if len(set(self.goals)) < len(self.goals):
            raise ConfigError("a goal stands twice", where="goal", advice="name each goal once")
        if self.goals == (SECONDS.name,):
            advice = f"name another goal before it, such as {known[0].name}"
            raise ConfigError("the quickest settings alone are no good ones", where="goal", advice=advice)
        return tuple(names[name] for name in self.goals) or (known[0],)

    def space(self, whole: Space) -> Space:
        """What is searched of all that could be.

        Raises
        ------
        ConfigError: as `narrowed`; a range that leaves out the value as it is set, which every search starts from.
        """
        space = narrowed(whole, self.search)
        now = {one.key: one.now for one in whole}
        for one in space:
            if one.now is None and now[one.key] is not None:
                raise ConfigError(
                    f"leaves out {now[one.key]}, the value as it is set",
                    where=f"search {one.key}",
                    advice="include it, or set another one",
                )
        return space
