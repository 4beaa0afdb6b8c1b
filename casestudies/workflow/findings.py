"""A run folder as its report and its pages read it; also with a cut that the reader chose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from casestudies.decisions import Costs, Rule
from casestudies.errors import ConfigError, shown
from casestudies.runs import RunFolder
from casestudies.workflow.compare import Judged, Sample
from casestudies.workflow.evaluate import judge
from casestudies.workflow.studies import Study
from casestudies.workflow.table_settings import TableSettings


@dataclass(frozen=True, eq=False)
class Findings:
    """Everything a report says, read from the files of one run.

    Parameters
    ----------
    result: result.json; id and versions. profile, metrics, evaluation, decision, everywhere, cases, quality, diagnosis:
        the JSON files of those names. problems: data/problems.csv. predictions, trace: the Parquet files.
    analysis: what the files analysis/NAME.json hold, by name; each is written and read by the module of that name.
    chosen: what the reader changed, in words; None in the run's own report.
    """

    study: Study
    settings: TableSettings
    result: dict[str, Any]
    profile: dict[str, Any]
    metrics: dict[str, Any]
    evaluation: dict[str, Any]
    decision: dict[str, Any]
    everywhere: dict[str, Any]
    cases: list[dict[str, Any]]
    quality: dict[str, Any]
    diagnosis: dict[str, Any]
    problems: pd.DataFrame
    predictions: pd.DataFrame
    trace: pd.DataFrame
    analysis: Mapping[str, Any]
    chosen: str | None = None

    @classmethod
    def read(cls, run: RunFolder, study: Study) -> Findings:
        """Read a folder. Raises RunError for a file that is missing or damaged."""
        settings: Any = study.settings.model_validate(run.request()["config"])
        return cls(
            study,
            settings,
            run.read_json("result.json"),
            run.read_json("data/profile.json"),
            run.read_json("metrics.json"),
            run.read_json("evaluation.json"),
            run.read_json("model/decision.json"),
            run.read_json("explain/global.json"),
            run.read_json("explain/cases.json"),
            run.read_json("explain/quality.json"),
            run.read_json("diagnosis.json"),
            pd.read_csv(run.path / "data" / "problems.csv", dtype=str, keep_default_na=False),
            pd.read_parquet(run.path / "predictions.parquet"),
            pd.read_parquet(run.path / "trace.parquet"),
            {file.stem: run.read_json(f"analysis/{file.name}") for file in sorted(run.path.glob("analysis/*.json"))},
        )

    @property
    def champion(self) -> str:
        return str(self.metrics["champion"])

    @property
    def unit(self) -> str:
        return self.settings.cost.currency or "cost units"

    @property
    def synthetic(self) -> bool:
        return bool(self.profile["synthetic"])

    @property
    def money(self) -> bool:
        return self.costs is not None

    @property
    def baselines(self) -> tuple[str, str]:
        words = self.study.words
        return f"{words.rest}_all", f"{words.act}_all"

    def figure(self, model: str, metric: str) -> dict[str, Any]:
        """One entry of metrics.json; all None where the model has no such figure."""
        return self.metrics["models"].get(model, {}).get(metric, {"value": None, "low": None, "high": None, "unit": ""})

    def scores(self) -> dict[str, np.ndarray]:
        """(judged,) probability by model, the champion first: candidates, and the incumbent where it is a score."""
        names = [str(name).removeprefix("p:") for name in self.predictions if str(name).startswith("p:")]
        names.sort(key=lambda name: name != self.champion)
        return {name: self.predictions[f"p:{name}"].to_numpy() for name in names}

    @cached_property
    def costs(self) -> Costs | None:
        """Of the judged rows."""
        if "fn" not in self.predictions:
            return None
        return Costs.of_columns({str(name): self.predictions[name] for name in self.predictions})

    @cached_property
    def y(self) -> np.ndarray:
        return self.predictions["y"].to_numpy()

    @cached_property
    def weight(self) -> np.ndarray:
        return self.predictions["weight"].to_numpy()

    def with_cut(self, overrides: Mapping[str, Any]) -> Findings:
        """The same run decided by the reader's own cut.

        Parameters
        ----------
        overrides: {"decide": {"cut": 0.23}}; nothing else can be changed without training again.

        Raises
        ------
        ConfigError: another key, or a cut that is not between 0 and 1.
        """
        if not overrides:
            return self
        decide = overrides.get("decide")
        if set(overrides) != {"decide"} or not isinstance(decide, Mapping) or set(decide) != {"cut"}:
            raise ConfigError(
                "a finished run can only be given another cut",
                where="--set",
                advice="write --set decide.cut=0.23, or start a new run for other settings",
            )
        cut = decide["cut"]
        if isinstance(cut, bool) or not isinstance(cut, (int, float)) or not 0 <= cut <= 1:
            raise ConfigError(f"{shown(cut)} is not a probability", where="--set decide.cut", advice="write 0 to 1")
        return self._decided(float(cut))

    def _decided(self, cut: float) -> Findings:
        decider = Rule.parse("cut", cut=cut).fit(self.y, self.scores()[self.champion], self.costs, self.weight)
        told = self.predictions
        judged = {}
        for column in told.columns:
            if str(column).startswith("act:"):
                name = str(column).removeprefix("act:")
                judged[name] = Judged(
                    told[f"p:{name}"].to_numpy() if f"p:{name}" in told else None, told[column].to_numpy()
                )
        p = self.scores()[self.champion]
        judged[self.champion] = Judged(p, decider.act(p, self.costs))
        group = told.get("group")
        held = Sample(told[[]], self.y, self.weight, self.costs, group)
        groups = {str(c).removeprefix("group:"): told[c].to_numpy() for c in told if str(c).startswith("group:")}
        result = judge(held, judged, self.champion, groups, self.settings, self.baselines)
        recommended, words = self.decision["words"], self.study.words
        chosen = f"The reader chose the cut {cut:g}. Recommended was: {recommended}"
        decision = {
            **self.decision,
            "decider": decider.to_dict(),
            "words": decider.in_words(self.unit, words.act, words.row, words.rows),
        }
        predictions = told.assign(**{f"act:{self.champion}": judged[self.champion].act})
        return replace(
            self,
            metrics={**self.metrics, "models": result.metrics},
            evaluation={**self.evaluation, **result.told},
            decision=decision,
            predictions=predictions,
            chosen=chosen,
        )
