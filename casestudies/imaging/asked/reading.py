"""The settings of what is read: where the images lie, what the table of labels calls things, and how films become pixels."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from casestudies.workflow.settings import Data, Section, basic


class ImagingData(Data):
    """Which images, and what the table of labels calls things."""

    path: str | None = basic(
        None,
        description="A folder of images, a .zip of one, or an .npz file (images and labels); null is the embedded demo.",
    )
    files: dict[str, str] = basic(
        {},
        description="{labels: file}: one row an image; without it labels.csv in the folder, or folders named after classes. "
        "{features: file}: embeddings by file name (.npz, .parquet), or the weights of a trained network (.safetensors), in place of training.",
    )
    file: str | None = basic(None, description="Column of the labels with the image's file name.")
    label: str | None = basic(None, description="Column of the labels with the class.")
    positive: str | int | None = basic(
        None, description="The class that is the disease, as the labels write it; asked for whenever it is not given."
    )
    negative: list[str | int] = Field(
        [],
        description="Classes that are not the disease; empty: all others. Images of classes named nowhere are left out.",
    )
    patient: str | None = basic(
        None,
        description="Column with the patient, whose images are never split up; null: found by its name, else the id of DICOM headers.",
    )
    history: list[str] = Field([], description="Columns that the model may read beside the image: age, family history.")
    groups: list[str] = Field(
        [], description="Columns that figures are told by; empty: those called site, age, sex or density."
    )
    split: str | None = Field(None, description="Column that says train, validation or test.")
    mask: str | None = Field(None, description="Column with the file of the lesion's mask, to score explanations by.")


class Preparing(Section):
    """How a film becomes the pixels that the network sees; saved with the model."""

    side: int | None = basic(
        None, ge=16, le=512, description="Pixels a side; null: 64, or that of an .npz file with smaller images."
    )
    window: Literal["file", "range", "percentile"] = Field(
        "file",
        description="Which grey values become black and white; file: the film's own window, else its bit depth; range: its least "
        "and greatest; percentile: 0.5 and 99.5 %.",
    )
    view: str | None = Field(None, max_length=20, description="Keep only films of this view, e.g. CC; null: all.")
    modalities: list[str] = Field([], description="DICOM modalities to keep, e.g. [MG, DX, CR]; empty: all.")
    most_pixels: int = Field(100_000_000, ge=1_000, description="Films with more pixels are refused, by their header.")
    smallest_lesion_mm: float | None = Field(
        None,
        gt=0,
        description="Smallest lesion to be found; where the pixels are too coarse for it, the report claims nothing.",
    )
