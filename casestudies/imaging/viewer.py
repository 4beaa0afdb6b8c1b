"""New images on the pages: the decision on each, and where the networks look."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from casestudies.imaging.films import Films
from casestudies.report import Block, Gallery, Note, Picture, Table, film_png, heat_png
from casestudies.workflow.studies import Viewed

if TYPE_CHECKING:
    from casestudies.imaging.predictor import ImagingPredictor

TYPES = ("dcm", "png", "jpg", "jpeg", "tif", "tiff", "pgm")
_CAM, _SHAP, _LIME = (
    "Grad-CAM: where the last maps raise the score",
    "SHAP values of pixels: red speaks for the disease, blue against it",
    "LIME: squares whose blurring lowers the score",
)


@dataclass(frozen=True, eq=False)
class Viewer:
    """A predictor that is asked for a few images at a time; see `workflow.studies.Viewing`."""

    predictor: ImagingPredictor

    @property
    def types(self) -> tuple[str, ...]:
        return TYPES

    def answered(self, paths: tuple[Path, ...]) -> tuple[pd.DataFrame, tuple[str, ...]]:
        """One row an image that could be read.

        Raises
        ------
        DataError: none of them can be read, or the model reads a history that nobody can give here.
        """
        with _beside(paths) as folder:
            done = self.predictor.predict(folder)
        return done.rows.drop(
            columns=["patient", "patient_probability", "patient_decision", "patient_possible"]
        ), tuple(done.notes)

    def viewed(self, path: Path) -> Viewed:
        """The image and three maps over it; what is odd about it is said first. Raises as `answered`."""
        with _beside((path,)) as folder:
            films, _ = self.predictor.films(folder)
        row = self.predictor.answered(films)
        told = row.iloc[0]
        blocks: list[Block] = (
            [Note(f"This image is unlike those of training: {told['quality']}.", "warning")] if told["quality"] else []
        )
        if self.predictor.model.sees:
            blocks.append(self._maps(films))
        facts = tuple(
            (str(name), str(value)) for name, value in films.facts.iloc[0].items() if str(value) not in ("", "nan")
        )
        blocks.append(Table("How it was read", ("", "Value"), facts))
        return Viewed(path.name, self._words(told), row, tuple(blocks))

    def _words(self, told: Any) -> str:
        decision = self.predictor.model.decision
        flagged = told["decision"] == "flagged"
        above = "above" if flagged else "not above"
        return (
            f"Probability of {self.predictor.model.classes[1]} {told['probability']:.3f}, {above} the cut of {decision.cut:.3f} "
            f"(a miss is taken to be {decision.miss / decision.alarm:g} times as dear as a false alarm): "
            f"{'look at this image again' if flagged else 'nothing to call for'}. Classes that stay possible: {told['possible']}. "
            "A demonstration, not a device."
        )

    def _maps(self, films: Films) -> Gallery:
        from casestudies.imaging.explained import maps_of

        film = film_png(films.pixels[0])
        synthetic = self.predictor.synthetic
        pictures = tuple(
            Picture(
                film, words, alt=f"The image with an overlay. {words}", overlay=heat_png(values), synthetic=synthetic
            )
            for words, values in zip((_CAM, _SHAP, _LIME), maps_of(self.predictor, films), strict=True)
        )
        return Gallery(pictures, "Where the model looks: the slider says how strongly the map shows", columns=3)


@contextmanager
def _beside(paths: tuple[Path, ...]) -> Iterator[Path]:
    """The files in one folder; those of the same name in folders of their own."""
    with tempfile.TemporaryDirectory() as folder:
        names = [path.name for path in paths]
        for number, path in enumerate(paths):
            place = Path(folder, path.name) if names.count(path.name) == 1 else Path(folder, str(number), path.name)
            place.parent.mkdir(exist_ok=True)
            shutil.copy(path, place)
        yield Path(folder)
