"""What is searched of the network, and by which figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from casestudies.tuning import Choice, Goal, Real, Space, Whole
from casestudies.workflow.tuned.tunable import Prepared, Tunable

if TYPE_CHECKING:
    from casestudies.runs import RunWriter
    from casestudies.workflow.studies import Study

_DEEPER = 4 / 3  # channels of a further block beside the last one


def goals(settings: Any) -> tuple[Goal, ...]:
    """Log loss first: it moves with every image, where an AUC or a cost moves with a few."""
    return (
        Goal("log_loss", "minimise", "Log loss of images", digits=4),
        Goal("auc", "maximise", "AUC of images", digits=4),
        Goal("cost", "minimise", "Cost an image", settings.decide.currency or "cost units", 4),
    )


def space(settings: Any) -> Space:
    """Width and depth, how it learns, and how images are varied."""
    model, varied = settings.model, settings.augment
    shapes = _shapes(model.widths)
    return Space(
        (
            Choice("model.widths", shapes, now=next(iter(shapes))),
            Real("model.dropout", 0.0, max(0.5, model.dropout), now=model.dropout),
            Real("model.rate", min(1e-3, model.rate), max(2e-2, model.rate), log=True, now=model.rate),
            Whole("model.epochs", min(8, model.epochs), max(24, model.epochs), now=model.epochs),
            Real("augment.corruptions", 0.0, max(0.6, varied.corruptions), now=varied.corruptions),
        )
    )


def _shapes(now: Sequence[int]) -> dict[str, list[int]]:
    """The blocks as they are, narrower, wider, one fewer, one more; by their channels."""
    half, wider = ([max(1, round(share * width)) for width in now] for share in (0.5, 1.5))
    some = [list(now), half, wider, list(now[:-1]), [*now, min(1024, round(_DEEPER * now[-1]))]]
    return {"-".join(map(str, widths)): widths for widths in some if 1 <= len(widths) <= 8 and max(widths) <= 1024}


def _opened(
    study: Study, settings: Any, request: Mapping[str, Any], writer: RunWriter
) -> AbstractContextManager[Prepared]:
    from casestudies.imaging.tuned_bench import opened_images  # torch is loaded by those who train

    return opened_images(study, settings, request, writer)


NETWORKS = Tunable(goals, space, _opened, budget="8")
