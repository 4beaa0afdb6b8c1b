"""A run's saved model on new images: probability, decision, conformal set, and what is wrong with the image."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd

from casestudies.errors import ConfigError, DataError, RunError, UsageError, shown
from casestudies.imaging.audit import shift_told
from casestudies.imaging.config import ImagingSettings
from casestudies.imaging.films import Films
from casestudies.imaging.heads.embeddings import embeddings
from casestudies.imaging.model import ImageModel
from casestudies.imaging.patients import Patients
from casestudies.imaging.reading import read_new
from casestudies.imaging.viewer import Viewer
from casestudies.models.engine import Engine
from casestudies.runs import RunFolder
from casestudies.runs.disk import whole_file
from casestudies.tabular.read import Source
from casestudies.workflow.predictor import MODEL, Predictions
from casestudies.workflow.scoring import to_csv_parts, to_parquet_parts

LABELS, FEATURES = "labels", "features"
FLAGGED = "flagged"
UNKNOWN_HISTORY = (
    "The model also reads {} of the patient, which an image alone does not carry: taken as not known, so that typical values "
    "stand in for them. To use them, predict on a folder with a table that holds them."
)
PSEUDONYMS = "Patients are numbered anew (p0001, ...) in each call: the same number in another answer is somebody else; the file names say whose an image is."
_LISTED = 20  # images that could not be read, in words


@dataclass(frozen=True, eq=False)
class NewFilms:
    """New images as the model takes them; notes: what is to be said of how they were read. synthetic: they say so.
    source: where they came from."""

    films: Films
    notes: tuple[str, ...]
    synthetic: bool
    source: Source


@dataclass(frozen=True, eq=False)
class ImagingPredictor:
    """The saved model of a verified run folder.

    files: "labels", a table with the patients and the history of new images, and "features", their embeddings.
    """

    model: ImageModel
    settings: ImagingSettings
    synthetic: bool
    files: Mapping[str, Path] = field(default_factory=dict)

    @classmethod
    def open(cls, run: RunFolder) -> Self:
        """Load a folder; every hash of its manifest is compared before anything else is read.

        Raises
        ------
        RunError: a file of the folder is not as it was made.
        """
        if wrong := run.verify():
            raise RunError(wrong[0], where=run.id, advice="a changed folder is not loaded; make the run again")
        settings = ImagingSettings.model_validate(run.request()["config"])
        return cls(ImageModel.open(run.path / MODEL), settings, bool(run.read_json("data/profile.json")["synthetic"]))

    @property
    def viewer(self) -> Viewer:
        """A few images at a time, for the pages."""
        return Viewer(self)

    def given(self, files: Mapping[str, Path], changes: Mapping[str, Any]) -> Self:
        """With a table of patients and history, or a file of embeddings, of the new images.

        Raises
        ------
        UsageError: another table, or another setting.
        """
        wrong = [f"--files {name}" for name in files if name not in (LABELS, FEATURES)]
        wrong += [f"--set {name}" for name in changes]
        if wrong:
            what = "new images come with the further files labels and features, and nothing else"
            raise UsageError(what, where=wrong[0], advice="leave it out")
        return replace(self, files=dict(files))

    def read(self, path: Path, *, bare: bool = False) -> NewFilms:
        """New images, of a folder, a .zip of one, an .npz file or one image.

        bare: images alone, as somebody hands them in: a history that is not there is one that is not known.

        Raises
        ------
        DataError: no image can be read, or a column of the history is not there.
        """
        embedded = FEATURES in self.files
        read = read_new(path, self.model.preparation, self.settings, self.files.get(LABELS), embedded=embedded)
        films = replace(read.films, classes=self.model.classes, history=self.model.history)
        lacking = [name for name in self.model.history if name not in films.table]
        if lacking and bare:
            films = replace(films, table=films.table.assign(**dict.fromkeys(lacking, np.nan)))
        elif lacking:
            advice = f"give a table with {', '.join(lacking)} by --files labels=FILE"
            raise DataError(f"the model reads the history {shown(lacking[0])}", where=path.name, advice=advice)
        if FEATURES in self.files:
            films = replace(films, embeddings=embeddings(self.files[FEATURES], films.names))
        unknown = [UNKNOWN_HISTORY.format(", ".join(lacking))] if lacking else []
        left = [f"{one.name}: {one.reason}" for one in read.skipped[:_LISTED]]
        left += [f"and {len(read.skipped) - _LISTED:,} more"] if len(read.skipped) > _LISTED else []
        notes = (*unknown, *read.notes, *map(str, read.problems.of("warning")), *left)
        return NewFilms(films, notes, read.synthetic, read.source)

    def answered(self, films: Films) -> pd.DataFrame:
        """One row an image."""
        logits = self.model.logits(films)
        decision = self.model.decision
        probability = decision.probability(logits)
        table = pd.DataFrame({"file": films.names, "patient": films.patient, "probability": probability})
        table["decision"] = np.where(decision.act(probability), FLAGGED, "not flagged")
        table["possible"] = decision.sets(probability, self.model.classes)
        patients = Patients.of(films.patient)
        together = decision.together(probability, patients)
        called = decision.call_back(together)[patients.code]
        table["patient_probability"] = together[patients.code]
        table["patient_decision"] = np.where(called, "call back", "do not call back")
        table["patient_possible"] = decision.patient_sets(together, self.model.classes)[patients.code]
        quality = self.model.quality
        table["quality"] = "" if quality is None else quality.flags(films)["words"].to_numpy()
        if self.synthetic:
            table["model"] = "trained on SYNTHETIC images, no patient"
        return table

    def predict(self, path: Path, *, bare: bool = False) -> Predictions:
        """Answers for a folder of images, a .zip of one, an .npz file, or one image; bare as in `read`."""
        new = self.read(path, bare=bare)
        notes = [*new.notes, *([PSEUDONYMS] if new.films.patients_known else [])]
        if self.model.quality is not None:
            shift = shift_told(self.model.quality, new.films)
            notes += [shift["sentence"]] if shift.get("shifted") else []
        return Predictions(self.answered(new.films), notes)

    def predict_into(self, path: Path, out: Path, engine: Engine) -> tuple[int, list[str]]:
        """The same into a .csv or .parquet file; rows, and what is to be said of them.

        Raises
        ------
        ConfigError: a cluster is named: images are scored on one machine. Else as `predict`.
        """
        if engine.scheduler is not None:
            raise ConfigError("images are scored on one machine", where="--engine", advice="leave it out")
        done = self.predict(path)
        with whole_file(out) as temporary:
            (to_csv_parts if out.suffix == ".csv" else to_parquet_parts)(iter([done.rows]), temporary)
        return len(done.rows), done.notes
