"""Several table models as one: the mean of their log-odds. Models that err in different ways err less together."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from casestudies.decisions import Costs
from casestudies.errors import RunError
from casestudies.models.calibration import Calibrator
from casestudies.models.recipes import Fit, Recipe
from casestudies.models.table import TableModel
from casestudies.tabular import Problem

Floats = NDArray[np.float64]

MEAN = "mean"
_FORMAT = 1
_CARD = "card.json"


@dataclass(frozen=True, eq=False)
class MeanModel:
    """The mean of models' log-odds, with the face of a `TableModel`.

    Its SHAP values are the mean of theirs, so an explanation of it is exact where theirs are.

    Parameters
    ----------
    parts: models that give log-odds of the event, not calibrated.
    calibrator: from the mean of the log-odds to probability.
    """

    parts: tuple[TableModel, ...]
    calibrator: Calibrator
    kind: Literal["mean"] = "mean"
    decides: ClassVar[bool] = False
    card: ClassVar[None] = None

    @property
    def columns(self) -> list[str]:
        """The source columns that any part reads."""
        return list(dict.fromkeys(column for part in self.parts for column in part.columns))

    def margin(self, frame: pd.DataFrame) -> Floats:
        """(rows,) mean log-odds of the event, before calibration."""
        return np.asarray(np.mean([part.margin(frame) for part in self.parts], axis=0))

    def probability(self, frame: pd.DataFrame) -> Floats:
        """(rows,) calibrated probability of the event."""
        return self.calibrator.probability(self.margin(frame))

    def unfamiliar(self, frame: pd.DataFrame) -> list[Problem]:
        """What new rows hold that training did not, each fact once: the parts see the same columns."""
        facts: dict[str, Problem] = {}
        for part in self.parts:
            there = [name for name in part.columns if name in frame.columns]
            for problem in part.unfamiliar(frame[there]):
                facts.setdefault(f"{problem.code}:{problem.column}", problem)
        return list(facts.values())

    def calibrated(self, calibrator: Calibrator) -> Self:
        return replace(self, calibrator=calibrator)

    def files(self) -> dict[str, bytes]:
        """The model as files of open formats: those of each part behind its number."""
        told = {
            "format": _FORMAT,
            "kind": self.kind,
            "parts": len(self.parts),
            "calibrator": self.calibrator.to_dict(),
        }
        files = {_CARD: (json.dumps(told, indent=1) + "\n").encode()}
        for number, part in enumerate(self.parts, 1):
            files |= {f"{number}-{name}": content for name, content in part.files().items()}
        return files

    @classmethod
    def from_files(cls, files: Mapping[str, bytes]) -> Self:
        """The model that `files` wrote.

        Raises
        ------
        RunError: a file is missing or not of this format.
        """
        try:
            told = json.loads(files[_CARD])
            parts = []
            for number in range(1, int(told["parts"]) + 1):
                own = f"{number}-"
                parts.append(
                    TableModel.from_files(
                        {name.removeprefix(own): text for name, text in files.items() if name.startswith(own)}
                    )
                )
            return cls(tuple(parts), Calibrator.from_dict(told["calibrator"]))
        except (KeyError, ValueError, TypeError) as error:
            raise RunError(
                f"the saved model is damaged ({error})", advice="verify the run: casestudies runs verify"
            ) from None


def read_model(files: Mapping[str, bytes]) -> TableModel | MeanModel:
    """The model of a run folder, whichever it is.

    Raises
    ------
    RunError: as `TableModel.from_files`.
    """
    try:
        kind = json.loads(files[_CARD])["kind"]
    except (KeyError, ValueError, TypeError):
        kind = None  # the table model's reader says what is wrong
    return MeanModel.from_files(files) if kind == MEAN else TableModel.from_files(files)


@dataclass(frozen=True)
class MeanRecipe:
    """The mean of other candidates' log-odds, each fitted as its own recipe says.

    parts: at least two, taught log loss, none of them a mean.
    """

    parts: tuple[Recipe, ...]
    name: str = MEAN
    train: Literal["log"] = "log"

    final: ClassVar[bool] = False

    def fit(
        self, frame: pd.DataFrame, y: Floats, weight: Floats, folds: NDArray[np.intp], costs: Costs | None = None
    ) -> Fit:
        return self.joined([part.fit(frame, y, weight, folds, costs) for part in self.parts])

    def joined(self, fits: Sequence[Fit]) -> Fit:
        """The mean of fits that are there, one for each part in their order, all on the same rows and folds."""
        models: list[Any] = [fit.model for fit in fits]
        trace = pd.concat(
            [pd.DataFrame({"of": part.name, **fit.trace}) for part, fit in zip(self.parts, fits, strict=True)],
            ignore_index=True,
        )
        names = [part.name for part in self.parts]
        return Fit(
            MeanModel(tuple(models), Calibrator("none")),  # type: ignore[arg-type]
            np.asarray(np.mean([fit.margins for fit in fits], axis=0)),
            {str(name): trace[name].to_numpy() for name in trace},
            notes=(f"the mean log-odds of {', '.join(names[:-1])} and {names[-1]}",),
        )
