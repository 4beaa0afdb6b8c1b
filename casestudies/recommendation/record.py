"""What a recommendation run writes into its folder, file by file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import pandas as pd

from casestudies.recommendation.evaluation import Evaluation
from casestudies.recommendation.profiled import profiled
from casestudies.recommendation.reading import Loaded
from casestudies.recommendation.splits import Parts
from casestudies.workflow.record import Record

_CLOCK = "seconds"  # of a trace: differs from run to run


class RecommendationRecord(Record):
    """The parts of a comparison of recommenders."""

    def data(self, loaded: Loaded, parts: Parts | None) -> None:
        """data/: what the columns were taken for, a summary that names nobody, and the problems."""
        columns = {role: told.column for role, told in loaded.read.columns.items()}
        self.json("data/schema.json", {"columns": columns})
        told = {
            "source": asdict(loaded.read.source),
            "notes": list(loaded.notes),
            "synthetic": loaded.synthetic,
            "split": None if parts is None else parts.sentence,
            "split_warnings": [] if parts is None else list(parts.warnings),
        }
        self.json("data/profile.json", {**told, **profiled(loaded.data)})
        self.table("data/problems.csv", loaded.problems.to_frame())

    def evaluation(self, parts: Parts, champion: str, choice: Mapping[str, Any], judged: Evaluation) -> None:
        """metrics.json, evaluation.json, predictions.parquet."""
        split = {
            "kind": f"held out ({parts.kind})",
            "sentence": parts.sentence,
            "train": len(parts.known),
            "judged": len(parts.test),
            "saved_model": "fitted on all rows after the figures were made",
        }
        head = {"study": self._study.name, "split": split, "champion": champion}
        self.json("metrics.json", {**head, "models": judged.metrics})
        self.json("evaluation.json", {**judged.told, "choice": choice, "models": list(judged.metrics)})
        self.parquet("predictions.parquet", judged.users)

    def model(
        self, files: Mapping[str, bytes], traces: Mapping[str, Mapping[str, Any]], told: Mapping[str, Any]
    ) -> None:
        """model/, trace.parquet, diagnosis.json.

        Parameters
        ----------
        traces: {fit: columns of its steps}. told: {fit: its findings and notes}.
        """
        for name, data in files.items():
            self._writer.write_bytes(f"model/{name}", data)
        tables = [pd.DataFrame({"fit": name, **columns}).drop(columns=_CLOCK) for name, columns in traces.items()]
        self.parquet("trace.parquet", pd.concat(tables, ignore_index=True) if tables else pd.DataFrame({"fit": []}))
        self.json("diagnosis.json", told)
