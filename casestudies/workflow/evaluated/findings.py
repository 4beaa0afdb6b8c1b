"""An evaluation's folder as its report and its pages read it; of every study alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from casestudies.errors import ConfigError
from casestudies.runs import RunFolder
from casestudies.workflow.studies import Study


@dataclass(frozen=True, eq=False)
class Evaluated:
    """Everything a report of an evaluation says, read from the files of its folder.

    Parameters
    ----------
    study: as it is for evaluations. result: result.json; id and versions. profile, metrics, evaluation: the JSON files of those names.
    """

    study: Study
    settings: Any
    result: dict[str, Any]
    profile: dict[str, Any]
    metrics: dict[str, Any]
    evaluation: dict[str, Any]
    chosen: str | None = None

    @classmethod
    def read(cls, run: RunFolder, study: Study) -> Evaluated:
        """Read a folder. Raises RunError for a file that is missing or damaged."""
        return cls(
            study,
            study.settings.model_validate(run.request()["config"]),
            run.read_json("result.json"),
            run.read_json("data/profile.json"),
            run.read_json("metrics.json"),
            run.read_json("evaluation.json"),
        )

    @property
    def champion(self) -> str:
        return str(self.metrics["champion"])

    @property
    def synthetic(self) -> bool:
        return bool(self.profile["synthetic"])

    @property
    def same(self) -> bool:
        """Whether the rows are those that the run was made from."""
        return bool(self.profile["same"])

    @property
    def unit(self) -> str:
        """Of money."""
        return str(self.evaluation["unit"])

    @property
    def of(self) -> str:
        """What is judged, in the plural."""
        return str(self.evaluation["of"])

    @property
    def verdict(self) -> Mapping[str, Any]:
        """answer, line and grounds."""
        return dict(self.evaluation["verdict"])

    @property
    def level(self) -> str:
        """ "95 %"."""
        return f"{100 * self.settings.interval.level:g} %"

    def figure(self, model: str, metric: str) -> dict[str, Any]:
        """One entry of metrics.json; all None where the model has no such figure."""
        return self.metrics["models"].get(model, {}).get(metric, {"value": None, "low": None, "high": None, "unit": ""})

    def with_cut(self, overrides: Mapping[str, Any]) -> Evaluated:
        """The evaluation itself: its cut is the frozen one.

        Raises
        ------
        ConfigError: anything is to be changed.
        """
        if overrides:
            advice = "try another cut on the run itself"
            raise ConfigError("an evaluation judges the cut of its run", where="--set", advice=advice)
        return self
