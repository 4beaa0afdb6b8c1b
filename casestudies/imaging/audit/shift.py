"""Whether new films are still the kind that the model learnt from, and its cut was chosen on."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import betabinom

from casestudies.imaging.audit.figures import NAMES, figures
from casestudies.imaging.audit.quality import FLAGS, QualityReference, shorter_side
from casestudies.imaging.films import Films

USUAL = 0.02  # of films like those of training that are flagged: 1.5 to 1.8 % on PneumoniaMNIST, BUSI and the demo
_ENDS = 3  # extremes of the reference beyond which a film is flagged: with few films they lie too near
_CHANCE = 0.001
_FEW = 10  # films from which a median speaks for all: one of films like training's leaves 5 to 95 % once in 8,000 times
_RESIZED = 1.5  # times fewer, or more, pixels than training's films have
_TOLD = 5  # films that are named
_LOW, _HIGH = 1, 3  # of the reference's quantiles: 5 and 95 %
_WORDS = {  # a median above training's 95th percentile, or below its 5th
    "level": ("brighter", "darker"),
    "contrast": ("richer in contrast", "poorer in contrast"),
}


def shift_told(reference: QualityReference, films: Films) -> dict[str, Any]:
    """How new films differ from those of training, as plain values.

    Returns
    -------
    shifted: whether the model's cut and probabilities can no longer be relied on, because more films are flagged than
    chance allows (0.1 %, against 2 % and what a small reference adds), or because the median film lies outside 5 to 95 % of training.
    sentence: what a person is told. images, flagged, flags {name: count}, figures {name: median of the new films and
    the quantiles of training}, films: the first that are flagged, with their words.
    """
    held = figures(films.pixels) if films.pixels.size else None
    flags = reference.flags(films) if held is None else reference.flags_of(held)
    rows, flagged = len(films), int((flags["words"] != "").sum())
    told: dict[str, Any] = {
        "images": rows,
        "flagged": flagged,
        "flags": {name: int(flags[name].sum()) for name in FLAGS},
        "films": [
            {"name": str(films.names[row]), "words": str(flags["words"].iloc[row])}
            for row in np.flatnonzero(flags["words"] != "")[:_TOLD]
        ],
        "figures": {},
    }
    reasons: list[str] = []
    if held is not None:
        middle = np.median(held, axis=0)
        told["figures"] = {
            name: {"median": float(middle[i]), "training": reference.quantiles[:, i].tolist()}
            for i, name in enumerate(NAMES)
        }
        reasons = [*_reasons(reference, middle), *_resized(reference, films)] if rows >= _FEW else []
    usual = _usual(reference)
    many = bool(betabinom.sf(flagged - 1, rows, *usual) < _CHANCE)
    told["shifted"] = bool(reasons) or many
    told["sentence"] = _sentence(told, reasons, usual[0] / sum(usual))
    return told


def _usual(reference: QualityReference) -> tuple[float, float]:
    """The two numbers of the Beta distribution of the share that is flagged of films like those of the reference.

    Beyond an extreme of n films lies a share of 1 / (n + 1) of all, on average; of fresh demo films 22, 8 and 2 % are
    flagged by references of 12, 40 and 320, where 25, 9 and 3 % are expected.
    """
    whole = reference.rows + 1.0
    flagged = _ENDS + USUAL * whole
    return flagged, max(whole - flagged, 0.5)


def _reasons(reference: QualityReference, middle: NDArray[np.float64]) -> list[str]:
    """In what the median film lies outside what nine in ten training films hold: clauses."""
    low, high = reference.quantiles[[_LOW, _HIGH]]
    outside = {name: i for i, name in enumerate(NAMES) if not low[i] <= middle[i] <= high[i]}
    said = []
    if "grain" in outside:
        said.append(f"{reference.grain_words(float(middle[outside['grain']]))} in the median film")
    for name, (above, below) in _WORDS.items():
        if (i := outside.get(name)) is not None:
            said.append(f"the median film is {above if middle[i] > high[i] else below} than 19 in 20 of training")
    if not said and any(name.startswith("band") for name in outside):
        said.append("the median film has another spectrum than training's: another scanner, or other processing")
    return said


def _resized(reference: QualityReference, films: Films) -> list[str]:
    """Whether the files have other numbers of pixels: what is enlarged shows less than its pixels promise."""
    shorter = shorter_side(films)
    if reference.size is None or not len(shorter):
        return []
    middle, (low, high) = float(np.median(shorter)), reference.size
    if low / _RESIZED <= middle <= high * _RESIZED:
        return []
    return [f"the median film has {middle:,.0f} pixels on its shorter side, training's {low:,.0f} to {high:,.0f}"]


def _sentence(told: dict[str, Any], reasons: list[str], usual: float) -> str:
    count = f"{told['flagged']:,} of {told['images']:,} films flagged"
    if not told["shifted"]:
        return f"Film quality: {count}; of films like training's about {100 * usual:.0f} % are."
    said = reasons or [f"{film['name']} has {film['words']}" for film in told["films"][:1]]
    return (
        f"Quality shift: {'; '.join(said)} ({count}). The cut and the probabilities were chosen on other films and are not "
        "valid here."
    )
