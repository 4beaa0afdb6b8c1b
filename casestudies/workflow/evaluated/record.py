"""What an evaluation writes into its folder; the same names as a run's, so that whatever reads runs reads it too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from casestudies.runs import RunWriter
from casestudies.workflow.evaluated.asked import Parent
from casestudies.workflow.record import Record
from casestudies.workflow.settings import Settings
from casestudies.workflow.studies import Study

SAME = (
    "These are the very rows that the run was made from: the model has seen them, and nothing here says how it does on "
    "rows it has not seen."
)


class EvaluatedRecord(Record):
    """Writes an evaluation in the order in which it comes to be.

    Parameters
    ----------
    parent: the run that is judged.
    """

    def __init__(
        self, writer: RunWriter, study: Study, settings: Settings, request: Mapping[str, Any], parent: Parent
    ) -> None:
        super().__init__(writer, study, settings, request)
        self._parent = parent

    def data(
        self, source: Mapping[str, Any], notes: Sequence[str], problems: pd.DataFrame, profile: Mapping[str, Any]
    ) -> bool:
        """data/profile.json and data/problems.csv; whether the rows are those that the run was made from.

        Parameters
        ----------
        source: of the new file, with its SHA-256. profile: what else is told of the new rows.
        """
        made = self._parent.folder.read_json("data/profile.json")
        same = source["sha256"] == self._parent.data_sha256
        warned = [SAME] if same else []
        told = {"source": dict(source), "notes": [*warned, *notes], "synthetic": bool(made["synthetic"]), "same": same}
        self.json("data/profile.json", {**told, **profile})
        self.table("data/problems.csv", problems)
        return same

    def judged(self, champion: str, models: Mapping[str, Any], told: Mapping[str, Any], rows: int) -> None:
        """metrics.json and evaluation.json.

        Parameters
        ----------
        models: {model: {figure: {value, low, high, unit}}}. told: see `told.told_of`, with drift. rows: how many are judged.
        """
        before = self._parent.folder.read_json("metrics.json")
        split = {
            "kind": "new rows",
            "sentence": f"{rows:,} {told['of']} of a file that the run had not: the model, its calibration and its cut are frozen",
            "judged": rows,
        }
        head = {
            "study": self._study.name,
            "split": split,
            "champion": champion,
            "ahead": f"evaluated, {told['verdict']['answer']}:",
        }
        self.json("metrics.json", {**head, "models": dict(models)})
        behind = {"result": self._parent.result_id, "data_sha256": self._parent.data_sha256, "split": before["split"]}
        figures = before["models"].get(champion, {})
        self.json("evaluation.json", {**told, "parent": behind, "then": figures})

    def sealed(self) -> dict[str, Any]:
        """As `seal`, with the run that was judged."""
        synthetic = bool(self._writer.folder.read_json("data/profile.json")["synthetic"])
        return {**self.seal(synthetic=synthetic), "verb": "evaluate", "parent": self._parent.told()}
