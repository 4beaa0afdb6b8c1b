"""The settings of the recommendation study."""

from __future__ import annotations

from typing import Literal, get_args

from pydantic import Field

from casestudies.recommendation.asked.adapting import Adapting
from casestudies.recommendation.asked.experiments import Experiments
from casestudies.recommendation.asked.judging import Judging
from casestudies.recommendation.asked.modelling import Model
from casestudies.recommendation.asked.ranking import Ranking
from casestudies.recommendation.asked.reading import Reading, RecommendationData
from casestudies.workflow.settings import Settings

Question = Literal[
    "lists", "reasons", "activity", "coverage", "margin", "adaptation", "experiments", "learning",
]  # fmt: skip
_ASKED: tuple[Question, ...] = get_args(Question)


class RecommendationSettings(Settings):
    """Recommendation: one interaction a row, a list for each customer."""

    study: Literal["recommendation"] = "recommendation"
    data: RecommendationData = RecommendationData()
    reading: Reading = Reading()
    judging: Judging = Judging()
    model: Model = Model()
    ranking: Ranking = Ranking()
    adapting: Adapting = Adapting()
    experiments: Experiments = Experiments()
    analyse: list[Question] = Field(
        list(_ASKED), description="Further questions, each a part of the report; [] asks none and saves their time."
    )
