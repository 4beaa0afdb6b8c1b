"""How much worse the model gets on worse images: fourteen corruptions, five severities, the same test patients each time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from casestudies.imaging.films import Films
from casestudies.metrics.bootstrap import Answers, Bootstrap, bootstrap
from casestudies.metrics.intervals import percentile

if TYPE_CHECKING:
    from casestudies.imaging.conduct import Work
    from casestudies.imaging.model import ImageModel

_CLEAN = "as they are"
_STREAM = 14  # of the seed, for who is drawn
_ROUNDS = 400  # of the bootstrap at most: 71 figures each


def robustness_told(work: Work) -> dict[str, Any] | None:
    """The AUC, the cost at the cut and the share of films that the quality check flags, for every corruption and severity.

    Returns
    -------
    Plain values; None where the model reads no pixels, or the test films that are looked at show one class only.
    `clean` and each of `corruptions[..].severities` and `severities` hold `auc`, `cost` (an image) and `flagged` (share); where
    they are corrupted also `drop` (of the AUC, with its interval) and `lost` (the drop as a share of what the AUC has above chance).
    """
    from casestudies.imaging.corruptions import CORRUPTIONS, SEVERITIES, corrupted

    films = _looked_at(work)
    if not work.model.sees or len(np.unique(films.label)) < 2:
        return None
    step, total = work.step, len(CORRUPTIONS) * len(SEVERITIES)
    # 14 times 5 passes are many, so features are drafted
    logits, flagged = {_CLEAN: work.model.drafted(films)}, {_CLEAN: _flagged(work.model, films)}
    for number, (name, severity) in enumerate((name, severity) for name in CORRUPTIONS for severity in SEVERITIES):
        step(number / total, f"robustness: {name}, severity {severity}")
        worse = films.with_pixels(corrupted(films.pixels, name, severity, work.settings.seed))
        logits[_key(name, severity)] = work.model.drafted(worse)
        flagged[_key(name, severity)] = _flagged(work.model, worse)
    return _told(work, films, logits, flagged)


def _looked_at(work: Work) -> Films:
    """Test films of whole patients, drawn until there are `robustness.images` of them."""
    films = work.films.take(work.parts.test)
    films = films.take(np.flatnonzero(films.label >= 0))
    random = np.random.default_rng([work.settings.seed, _STREAM])
    _, who = np.unique(films.patient, return_inverse=True)
    turn = random.permutation(int(who.max(initial=-1)) + 1)[who]
    order = np.argsort(turn, kind="stable")
    most = work.settings.robustness.images
    last = turn[order[min(most, len(order)) - 1]] if len(order) else 0
    return films.take(np.flatnonzero(turn <= last))


def _flagged(model: ImageModel, films: Films) -> float:
    """Share with at least one flag; nan where the model has no reference."""
    if model.quality is None:
        return float("nan")
    flags = model.quality.flags(films)
    return float(flags.select_dtypes(bool).any(axis=1).mean())


def _told(
    work: Work, films: Films, logits: dict[str, NDArray[np.float64]], flagged: dict[str, float]
) -> dict[str, Any]:
    from casestudies.imaging.corruptions import CORRUPTIONS, SEVERITIES

    interval = work.settings.interval
    drawn = bootstrap(
        films.label,
        {name: Answers(p=z) for name, z in logits.items()},
        groups=films.units,
        metrics=["auc"],
        rounds=min(interval.rounds, _ROUNDS),
        level=interval.level,
        seed=work.settings.seed,
    )
    clean = drawn.intervals[_CLEAN]["auc"]
    cost = {name: _cost(work, films.label, z) for name, z in logits.items()}

    def about(names: list[str]) -> dict[str, Any]:
        auc = float(np.mean([drawn.intervals[name]["auc"].value for name in names]))
        above = clean.value - 0.5
        return {
            "auc": auc,
            "drop": _drop(drawn, names),
            "lost": (clean.value - auc) / above if above > 0 else None,
            "cost": float(np.mean([cost[name] for name in names])),
            "flagged": _plain(float(np.mean([flagged[name] for name in names]))),
        }

    kinds: dict[str, list[str]] = {
        "all": list(CORRUPTIONS),
        "trained": [one.name for one in CORRUPTIONS.values() if one.trained],
        "kept_back": [one.name for one in CORRUPTIONS.values() if not one.trained],
    }
    return {
        "images": len(films),
        "patients": len(np.unique(films.patient)),
        "diseased": int(films.label.sum()),
        "augmented": work.settings.augment.corruptions > 0,
        "clean": {
            "auc": {"value": clean.value, "low": _plain(clean.low), "high": _plain(clean.high)},
            "cost": cost[_CLEAN],
            "flagged": _plain(flagged[_CLEAN]),
        },
        "corruptions": [
            {
                "name": one.name,
                "unit": one.unit,
                "levels": list(one.levels),
                "trained": one.trained,
                "severities": [about([_key(one.name, severity)]) for severity in SEVERITIES],
            }
            for one in CORRUPTIONS.values()
        ],
        "severities": [
            {kind: about([_key(name, severity) for name in names]) for kind, names in kinds.items()}
            for severity in SEVERITIES
        ],
    }


def _key(name: str, severity: int) -> str:
    return f"{name} {severity}"


def _drop(drawn: Bootstrap, names: list[str]) -> dict[str, float | None]:
    """How much lower the mean AUC of these is than that of the clean films, on the same resampled patients."""

    def mean(of: dict[str, Any]) -> Any:
        return of[_CLEAN] - np.mean([of[name] for name in names], axis=0)

    value = float(mean({name: one["auc"].value for name, one in drawn.intervals.items()}))
    draws = mean({name: one["auc"] for name, one in drawn.draws.items()})
    found = percentile(value, draws, drawn.level, drawn.metrics["auc"].undefined)
    return {"value": value, "low": _plain(found.low), "high": _plain(found.high)}


def _cost(work: Work, label: NDArray[np.int8], logits: NDArray[np.float64]) -> float:
    """An image, at the cut that was chosen on films as they are."""
    decision, prices = work.model.decision, work.settings.decide
    act = decision.act(decision.probability(logits))
    missed, alarmed = (label == 1) & ~act, (label == 0) & act
    return float(np.mean(prices.miss * missed + prices.alarm * alarmed))


def _plain(value: float) -> float | None:
    return None if np.isnan(value) else value
