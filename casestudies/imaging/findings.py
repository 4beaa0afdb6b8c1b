"""An imaging run as its report and its pages read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from casestudies.errors import ConfigError
from casestudies.runs import RunFolder
from casestudies.workflow.studies import Study


@dataclass(frozen=True, eq=False)
class Findings:
    """Everything a report says, read from the files of one run.

    Parameters
    ----------
    result: result.json; id and versions. profile, metrics, evaluation, diagnosis: the JSON files of those names.
    problems: data/problems.csv. predictions: one row a validation or test image. trace: the steps of the fits.
    analysis: what the files analysis/NAME.json hold, by name; each is written and read by the module of that name.
    """

    study: Study
    settings: Any
    result: dict[str, Any]
    profile: dict[str, Any]
    metrics: dict[str, Any]
    evaluation: dict[str, Any]
    diagnosis: dict[str, Any]
    problems: pd.DataFrame
    predictions: pd.DataFrame
    trace: pd.DataFrame
    analysis: Mapping[str, Any]
    folder: RunFolder
    chosen: str | None = None

    @classmethod
    def read(cls, run: RunFolder, study: Study) -> Findings:
        """Read a folder. Raises RunError for a file that is missing or damaged."""
        return cls(
            study,
            study.settings.model_validate(run.request()["config"]),
            run.read_json("result.json"),
            run.read_json("data/profile.json"),
            run.read_json("metrics.json"),
            run.read_json("evaluation.json"),
            run.read_json("diagnosis.json"),
            pd.read_csv(run.path / "data" / "problems.csv", dtype=str, keep_default_na=False),
            pd.read_parquet(run.path / "predictions.parquet"),
            pd.read_parquet(run.path / "trace.parquet"),
            {file.stem: run.read_json(f"analysis/{file.name}") for file in sorted(run.path.glob("analysis/*.json"))},
            run,
        )

    @property
    def champion(self) -> str:
        return str(self.metrics["champion"])

    @property
    def synthetic(self) -> bool:
        return bool(self.profile["synthetic"])

    @property
    def unit(self) -> str:
        """Of prices and costs."""
        return str(self.settings.decide.currency or "cost units")

    def figure(self, model: str, metric: str) -> dict[str, Any]:
        """One entry of metrics.json; all None where the model has no such figure."""
        return self.metrics["models"].get(model, {}).get(metric, {"value": None, "low": None, "high": None, "unit": ""})

    def picture(self, name: str) -> bytes:
        """A PNG that a question left under made/."""
        return (self.folder.path / "made" / name).read_bytes()

    def with_cut(self, overrides: Mapping[str, Any]) -> Findings:
        """The run itself: another cut belongs on patients that it can be judged by.

        Raises
        ------
        ConfigError: anything is to be changed.
        """
        if overrides:
            advice = "start a new run with other prices"
            raise ConfigError("a finished run on images cannot be changed", where="--set", advice=advice)
        return self
