"""A small shop, fitted and judged: what the questions of the study are asked of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from casestudies.recommendation.conduct import Work


def worked(rows: int, *, candidates: list[str], **settings) -> Work:
    """The study up to its questions, on a demo of so many rows."""
    from casestudies.recommendation.comparison import compare, serving
    from casestudies.recommendation.conduct import Work
    from casestudies.recommendation.config import RecommendationSettings
    from casestudies.recommendation.demo import DEFAULTS, demo, demo_files
    from casestudies.recommendation.evaluation import evaluate
    from casestudies.recommendation.splits import split
    from casestudies.tabular.interactions.reading import read_interactions

    asked = {
        **DEFAULTS,
        "interval": {"rounds": 200},
        "model": {"candidates": candidates, "factors": 8, "half_life": None, **settings.pop("model", {})},
    }
    config = RecommendationSettings.model_validate({**asked, **settings})
    data = config.data
    data = read_interactions(
        demo(rows, 0).frame,
        user=data.user,
        item=data.item,
        rating=data.rating,
        time=data.time,
        items=demo_files(rows, 0)["items"],
        options=config.reading.options(data),
    ).data
    parts = split(data)
    comparison = compare(data, parts, config, lambda share, text: None)
    judged = evaluate(
        comparison.fitted, data, parts.known, parts.test, champion=comparison.champion, rounds=200, seed=config.seed
    )
    return Work(data, parts, comparison, judged, serving(comparison, config).fit(data), config, {}, True)


@pytest.fixture(scope="session")
def small_work() -> Work:
    """Choices of 200 customers, with side features of the products. Read it, never change it."""
    return worked(4_000, candidates=["popularity", "implicit"], model={"features": ["category", "price"]})


@pytest.fixture(scope="session")
def rated_work() -> Work:
    """Ratings of 200 customers."""
    return worked(4_000, candidates=["popularity", "bias", "factorisation"])


@pytest.fixture(scope="session")
def shop_run(tmp_path_factory):
    """A finished run of a small shop's demo with all its questions; read it, never change it."""
    import casestudies

    overrides = ["demo.rows=2000", "interval.rounds=100"]
    runs = tmp_path_factory.mktemp("runs")
    return casestudies.run("recommendation", overrides=overrides, runs=runs, variables={})
