"""Where the model looks, and whether that can be trusted: maps of test images, put to the test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from casestudies.imaging.films import Films
from casestudies.metrics.intervals import wilson
from casestudies.workflow.answers import Answer

if TYPE_CHECKING:
    from casestudies.imaging.conduct import Work
    from casestudies.imaging.maps import Maps
    from casestudies.imaging.predictor import ImagingPredictor

Floats = NDArray[np.float64]

CHANCE, CONTRAST = "chance", "contrast"  # maps that know nothing: of the image, of the model
_AT = 2  # place in SHARES where deletion is judged: a tenth of the pixels
_SHUFFLED = 6  # images that are explained again with shuffled weights
_ALIKE = 0.5  # common part of two maps' top tenths, from which they are called alike
_STREAM = 8  # of the seed, for which images are drawn
_FEW = 4  # found images, below which the highest scores are looked at instead


@dataclass(frozen=True, eq=False)
class Judged:
    """What the explanations are of: the labelled test images, and what the model decided on them."""

    films: Films
    probability: Floats
    acted: NDArray[np.bool_]

    @classmethod
    def of(cls, work: Work) -> Judged:
        rows = work.parts.test[work.films.label[work.parts.test] >= 0]
        decision = work.model.decision
        probability = decision.probability(work.logits[work.fitted.champion][rows])
        return cls(work.films.take(rows), probability, decision.act(probability))


@dataclass(frozen=True, eq=False)
class _Tested:
    """One image's maps and how they did, by method; the maps that know nothing among them.

    deleted, inserted: (shares,) probabilities. chance: share of the image that the widened lesion covers.
    shuffled: common part of the top tenths of the map and of that of networks with shuffled weights.
    """

    maps: Maps
    whole: float
    deleted: Mapping[str, Floats]
    inserted: Mapping[str, Floats]
    hits: Mapping[str, bool] | None
    chance: float | None
    shuffled: Mapping[str, float] | None


def explanations_told(work: Work) -> Answer | None:
    """analysis/explanations.json: the tests of the maps, four images with theirs, the worst errors; None where no pixel is looked at."""
    judged = Judged.of(work)
    if not work.model.sees or not len(judged.films):
        return None
    from casestudies.imaging.explained_cases import cases_of
    from casestudies.imaging.maps import drafted
    from casestudies.imaging.worst import worst_of

    asked, seed = work.settings.explaining, work.settings.seed
    rows, what = _chosen(judged, asked.images, seed)
    with drafted(work.model):
        tested = []
        for number, row in enumerate(rows):
            work.step(number / len(rows), f"explanations: image {number + 1} of {len(rows)}")
            tested.append(_tested(work, judged, int(row), shuffle=number < _SHUFFLED))
        cases, made = cases_of(work, judged, {int(row): one.maps for row, one in zip(rows, tested, strict=True)})
        worst, pictures = worst_of(work, judged)
    return Answer({"what": what, **_told(tested, work), "cases": cases, "worst": worst}, made={**made, **pictures})


def maps_of(predictor: ImagingPredictor, films: Films) -> tuple[Floats, Floats, Floats]:
    """Grad-CAM, SHAP and LIME maps (side, side) of the first image."""
    from casestudies.imaging.maps import drafted, maps_of_image, seen_by

    with drafted(predictor.model):
        members = seen_by(predictor.model, films, 0)
        found = maps_of_image(members, films.pixels[0], predictor.settings.explaining, predictor.settings.seed)
    return found.gradcam, found.shap, found.lime


def _chosen(judged: Judged, most: int, seed: int) -> tuple[NDArray[np.intp], str]:
    """Images where something is to be seen: found ones, drawn; with too few of them, those of the highest scores."""
    found = np.flatnonzero((judged.films.label == 1) & judged.acted)
    if len(found) < _FEW:
        return np.argsort(-judged.probability, kind="stable")[:most], "highest"
    return np.random.default_rng([seed, _STREAM]).permutation(found)[:most], "found"


def _tested(work: Work, judged: Judged, row: int, *, shuffle: bool) -> _Tested:
    from casestudies.explain.images.curves import chance_map, contrast_map, curves
    from casestudies.explain.images.likeness import top_overlap
    from casestudies.explain.images.pointing import hits, widened
    from casestudies.imaging.maps import maps_of_image, seen_by, shuffled

    films, asked, seed = judged.films, work.settings.explaining, work.settings.seed
    image, members = films.pixels[row], seen_by(work.model, films, row)
    maps = maps_of_image(members, image, asked, seed)
    named = {**maps.named(), CONTRAST: contrast_map(image), CHANCE: chance_map(films.side, [seed, _STREAM, row])}
    deleted, inserted = map(work.model.decision.probability, curves(members, image, list(named.values())))
    mask = None if films.masks is None or not films.masks[row].any() else widened(films.masks[row])
    other = None
    if shuffle:
        strangers = seen_by(shuffled(work.model, seed + row), films, row)  # another shuffle for each image
        again = maps_of_image(strangers, image, asked, seed).named()
        other = {name: top_overlap(values, again[name]) for name, values in maps.named().items()}
    return _Tested(
        maps,
        float(judged.probability[row]),
        dict(zip(named, deleted, strict=True)),
        dict(zip(named, inserted, strict=True)),
        None if mask is None else {name: hits(values, mask) for name, values in named.items()},
        None if mask is None else float(mask.mean()),
        other,
    )


def _told(tested: Sequence[_Tested], work: Work) -> dict[str, Any]:
    from casestudies.explain.images.curves import SHARES
    from casestudies.explain.images.shapley import ADDS_UP

    names = list(tested[0].maps.named())
    masked = [one for one in tested if one.hits is not None]
    chance = float(np.mean([one.chance for one in masked])) if masked else None
    missed = [one.maps.missed for one in tested]
    return {
        "images": len(tested),
        "networks": len(work.model.members),
        "shares": list(SHARES),
        "at": SHARES[_AT],
        "whole": float(np.mean([one.whole for one in tested])),
        "chance": chance,
        "methods": {name: _method(name, tested, masked, chance, work.settings.interval.level) for name in names},
        "random": _curves(tested, CHANCE),
        "contrast": {
            **_curves(tested, CONTRAST),
            "pointing": _pointing(CONTRAST, masked, work.settings.interval.level),
        },
        "additivity": {
            "mean": float(np.mean(missed)),
            "most": float(np.max(missed)),
            "holds": float(np.mean(missed)) <= ADDS_UP,
        },
        "line": {
            "r2": float(np.mean([one.maps.r2 for one in tested])),
            "overlap": float(np.mean([one.maps.overlap for one in tested])),
        },
        "agreement": _agreement(tested, names),
    }


def _curves(tested: Sequence[_Tested], name: str) -> dict[str, list[float]]:
    """Mean probabilities at each share of the pixels."""
    return {
        "deleted": np.mean([one.deleted[name] for one in tested], axis=0).tolist(),
        "inserted": np.mean([one.inserted[name] for one in tested], axis=0).tolist(),
    }


def _method(
    name: str, tested: Sequence[_Tested], masked: Sequence[_Tested], chance: float | None, level: float
) -> dict[str, Any]:
    """How one method did: curves, the gain over a map that knows nothing, the pointing game, shuffled weights."""
    gains = np.array([one.deleted[CHANCE][_AT] - one.deleted[name][_AT] for one in tested])
    gain = _mean(gains, level)
    alike = float(np.mean([one.shuffled[name] for one in tested if one.shuffled is not None]))
    pointing = _pointing(name, masked, level)
    return {
        **_curves(tested, name),
        "gain": gain,
        "faithful": gain["low"] is not None and gain["low"] > 0,
        "pointing": pointing,
        "points": None if pointing is None or chance is None else pointing["low"] > chance,
        "shuffled": alike,
        "sound": alike < _ALIKE,
    }


def _pointing(name: str, masked: Sequence[_Tested], level: float) -> dict[str, Any] | None:
    """Share of the images with a known lesion whose map is greatest there; None where no lesion is known."""
    if not masked:
        return None
    rate = np.array([np.mean([one.hits[name] for one in masked if one.hits is not None])])
    low, high = wilson(rate, np.array([len(masked)], dtype=np.float64), level)
    return {"value": float(rate[0]), "low": float(low[0]), "high": float(high[0]), "images": len(masked)}


def _mean(values: Floats, level: float) -> dict[str, float | None]:
    """A mean with its interval over images, by the t distribution; no interval of one image."""
    from scipy.stats import t

    mean = float(values.mean())
    if len(values) < 2:
        return {"value": mean, "low": None, "high": None}
    half = float(t.ppf((1 + level) / 2, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values)))
    return {"value": mean, "low": mean - half, "high": mean + half}


def _agreement(tested: Sequence[_Tested], names: Sequence[str]) -> list[dict[str, Any]]:
    """Each pair of methods: how alike they rank places, and how much of their top tenths is the same."""
    from casestudies.explain.images.likeness import rank_correlation, top_overlap

    out = []
    for place, first in enumerate(names):
        for second in names[place + 1 :]:
            pairs = [(one.maps.named()[first], one.maps.named()[second]) for one in tested]
            out.append(
                {
                    "first": first,
                    "second": second,
                    "rank": float(np.mean([rank_correlation(*pair) for pair in pairs])),
                    "overlap": float(np.mean([top_overlap(*pair) for pair in pairs])),
                }
            )
    return out
