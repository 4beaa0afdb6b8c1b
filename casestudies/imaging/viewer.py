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
    "Grad-CAM: bright places raise the score",
    "SHAP: red speaks for the disease, blue against it",
    "LIME: red squares speak for it, blue ones against it",
)
_STRANGE = "The model was trained on SYNTHETIC images, and this image does not say that it is one: the answer means nothing for it."


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
        DataError: none of them can be read, or the model reads embeddings.
        """
        with _beside(paths) as folder:
            done = self.predictor.predict(folder, bare=True)
        rows = done.rows.drop(columns=["patient", "patient_probability", "patient_decision", "patient_possible"])
        if self.predictor.model.quality is not None:
            rows["quality"] = rows["quality"].replace("", "as in training")
        return rows, tuple(done.notes)

    def viewed(self, path: Path) -> Viewed:
        """The image and three maps over it; what is odd about it is said first. Raises as `answered`."""
        with _beside((path,)) as folder:
            new = self.predictor.read(folder, bare=True)
        row = self.predictor.answered(new.films)
        told = row.iloc[0]
        blocks: list[Block] = (
            [Note(f"This image is unlike those of training: {told['quality']}.", "warning")] if told["quality"] else []
        )
        if self.predictor.synthetic and not new.synthetic:
            blocks.append(Note(_STRANGE, "warning"))
        if self.predictor.model.sees:
            blocks.append(self._maps(new.films, synthetic=new.synthetic))
        blocks.append(_facts(new.films))
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

    def _maps(self, films: Films, *, synthetic: bool) -> Gallery:
        from casestudies.imaging.explained import maps_of

        film = film_png(films.pixels[0])
        alone = Picture(film, "The image as the network sees it", synthetic=synthetic)
        pictures = tuple(
            Picture(
                film, words, alt=f"The image with an overlay. {words}", overlay=heat_png(values), synthetic=synthetic
            )
            for words, values in zip((_CAM, _SHAP, _LIME), maps_of(self.predictor, films), strict=True)
        )
        caption = "Where the model looks. Colours are relative to the strongest place of each map"
        return Gallery((alone, *pictures), caption, columns=4)


def _facts(films: Films) -> Table:
    """How the image was read."""
    rows = tuple(
        (str(name).replace("_", " "), {"True": "yes", "False": "no"}.get(str(value), str(value)))
        for name, value in films.facts.iloc[0].items()
        if str(value) not in ("", "nan")
    )
    return Table("what the file says of the image", ("", "Value"), rows, label="How it was read")


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
