"""The settings of the imaging study."""

from __future__ import annotations

from typing import Literal, get_args

from pydantic import Field

from casestudies.imaging.asked.auditing import Auditing, Splitting
from casestudies.imaging.asked.augmenting import Augmenting
from casestudies.imaging.asked.deciding import Deciding
from casestudies.imaging.asked.heading import Heading
from casestudies.imaging.asked.questioning import Explaining, Grouping, Robustness
from casestudies.imaging.asked.reading import ImagingData, Preparing
from casestudies.imaging.asked.training import Model
from casestudies.workflow.settings import Settings

Question = Literal["second_reader", "robustness", "explanations", "groups", "sites", "learning"]
_ASKED: tuple[Question, ...] = get_args(Question)


class ImagingSettings(Settings):
    """Medical imaging: one image a row, a decision for each patient."""

    study: Literal["imaging"] = "imaging"
    data: ImagingData = ImagingData()
    reading: Preparing = Preparing()
    audit: Auditing = Auditing()
    split: Splitting = Splitting()
    augment: Augmenting = Augmenting()
    model: Model = Model()
    head: Heading = Heading()
    decide: Deciding = Deciding()
    robustness: Robustness = Robustness()
    groups: Grouping = Grouping()
    explaining: Explaining = Explaining()
    analyse: list[Question] = Field(
        list(_ASKED), description="Further questions, each a part of the report; [] asks none and saves their time."
    )
