"""What an imaging run writes into its folder, file by file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import pandas as pd

from casestudies.imaging import CARD
from casestudies.imaging.audit import Audit
from casestudies.imaging.evaluation import Evaluation
from casestudies.imaging.reading import Loaded, lesion_words
from casestudies.imaging.splits import Parts
from casestudies.workflow.record import Record


class ImagingRecord(Record):
    """The parts of a run on images. No pixel of a film is written but those of explained cases."""

    _synthetic = False  # until it is known what was read

    def table(self, name: str, frame: pd.DataFrame) -> None:
        """As in all studies; a list leaves the folder by itself, so each row of one says where there is no patient."""
        super().table(name, self._marked(frame) if name.startswith("lists/") else frame)

    def _marked(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Each row says so where there is no patient."""
        return frame.assign(notice=CARD.invented.mark) if self._synthetic else frame

    def data(self, loaded: Loaded, audit: Audit | None, parts: Parts | None) -> None:
        """data/: what was read and found, and how it is divided."""
        settings: Any = self._settings
        self._synthetic = loaded.synthetic
        read, smallest = loaded.read, settings.reading.smallest_lesion_mm
        lesion = None if smallest is None or not len(read.films) else lesion_words(read.films, smallest)
        unclaimed = [] if lesion is None or lesion.enough else [lesion.sentence]
        self.json("data/schema.json", {"columns": dict(read.columns), "preparation": read.preparation.to_dict()})
        told = {
            "source": asdict(read.source),
            "notes": [*read.notes, *([lesion.sentence] if lesion is not None and lesion.enough else [])],
            "synthetic": loaded.synthetic,
            "images": len(read.films),
            "side": read.films.side,
            "channels": read.films.channels,
            "classes": list(read.films.classes),
            "patients_known": read.films.patients_known,
            "audit": None if audit is None else dict(audit.told),
            "split": None if parts is None else parts.sentence,
            "parts": [] if parts is None else parts.told(read.films),
            "split_warnings": [] if parts is None else [*unclaimed, *parts.warnings],
            "leak": False if parts is None else parts.leak,
        }
        self.json("data/profile.json", told)
        self.table("data/problems.csv", read.problems.to_frame())

    def evaluation(self, parts: Parts, champion: str, choice: Mapping[str, Any], judged: Evaluation) -> None:
        """metrics.json, evaluation.json, predictions.parquet."""
        split = {
            "kind": f"held out ({parts.kind})",
            "sentence": parts.sentence,
            "train": len(parts.train),
            "judged": len(parts.test),
            "saved_model": "the judged one: its cut and its calibration were chosen on patients it did not learn from",
        }
        head = {"study": self._study.name, "split": split, "champion": champion}
        self.json("metrics.json", {**head, "models": judged.metrics})
        self.json("evaluation.json", {**judged.told, "choice": dict(choice), "models": list(judged.metrics)})
        self.parquet("predictions.parquet", self._marked(judged.predictions))
        self.table("lists/misses.csv", judged.misses)

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
        tables = [pd.DataFrame({"fit": name, **columns}) for name, columns in traces.items()]
        self.parquet("trace.parquet", pd.concat(tables, ignore_index=True) if tables else pd.DataFrame({"fit": []}))
        self.json("diagnosis.json", told)
