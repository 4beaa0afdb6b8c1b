"""The further questions, in the order in which they are asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from casestudies.imaging.cards import card_told
from casestudies.imaging.explained import explanations_told
from casestudies.imaging.grouped import groups_told
from casestudies.imaging.heads.told import head_told
from casestudies.imaging.learning import learning_told
from casestudies.imaging.robustness import robustness_told
from casestudies.imaging.second_reader import second_reader_told
from casestudies.imaging.sites import sites_told

QUESTIONS: Mapping[str, Callable[[Any], Any]] = {
    "head": head_told,
    "second_reader": second_reader_told,
    "robustness": robustness_told,
    "explanations": explanations_told,
    "groups": groups_told,
    "sites": sites_told,
    "learning": learning_told,
    "card": card_told,
}
