"""The folder of a search as its report and the pages read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from casestudies.errors import ConfigError
from casestudies.runs import RunFolder
from casestudies.tuning import Goal
from casestudies.workflow.studies import Study


@dataclass(frozen=True, eq=False)
class Findings:
    """Everything a report says, read from the files of one search.

    Parameters
    ----------
    result: result.json. profile: data/profile.json. metrics: metrics.json. tuning: tuning.json (see `told.Outcome`).
    """

    study: Study
    settings: Any
    result: dict[str, Any]
    profile: dict[str, Any]
    metrics: dict[str, Any]
    tuning: dict[str, Any]
    data: bool
    chosen: str | None = None

    @classmethod
    def read(cls, run: RunFolder, study: Study) -> Findings:
        """Read a folder. Raises RunError for a file that is missing or damaged."""
        request = run.request()
        return cls(
            study,
            study.settings.model_validate(request["config"]),
            run.read_json("result.json"),
            run.read_json("data/profile.json"),
            run.read_json("metrics.json"),
            run.read_json("tuning.json"),
            bool(run.sources()),
        )

    @property
    def synthetic(self) -> bool:
        return bool(self.profile["synthetic"])

    @property
    def goals(self) -> list[Goal]:
        return [Goal(**told) for told in self.tuning["goals"]]

    @property
    def lead(self) -> Goal:
        """The first goal."""
        return self.goals[0]

    @property
    def found(self) -> bool:
        """Whether the search settled on something else than the settings as they were."""
        return bool(self.tuning["tuned"] != self.tuning["defaults"])

    def trial(self, which: str) -> dict[str, Any]:
        """ "tuned" or "defaults": that trial."""
        return next(one for one in self.tuning["trials"] if one["number"] == self.tuning[which])

    def with_cut(self, overrides: Mapping[str, Any]) -> Findings:
        """The search itself.

        Raises
        ------
        ConfigError: anything is to be changed.
        """
        if overrides:
            advice = "start a new search"
            raise ConfigError("a finished search cannot be changed", where="--set", advice=advice)
        return self
