"""Figures of recommenders, and comparisons of them, in a reader's words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from casestudies.metrics.ranking import ranking_metric
from casestudies.report import Table

Told = Mapping[str, Any]
BASELINES = ("popularity", "bias")
MODELS: Mapping[str, str] = {
    "popularity": "Popularity",
    "bias": "Average ratings",
    "ease": "EASE",
    "ease_recent": "EASE of recent choices",
    "factorisation": "Taste model of ratings",
    "implicit": "Taste model of choices",
    "implicit_recent": "Taste model of recent choices",
}
WHAT: Mapping[str, str] = {
    "popularity": "The bestsellers, the same for all but for what a customer has had.",
    "bias": "The mean rating, with how far this customer and this item are from it.",
    "ease": "What goes with what: each item predicted from all others by one ridge regression.",
    "ease_recent": "EASE, where the latest choices of a customer count most.",
    "factorisation": "Each customer and each item as a short list of numbers, so that their product foretells the rating "
    "(matrix factorisation).",
    "implicit": "Such lists of numbers, learnt from who chose what, whatever they said of it.",
    "implicit_recent": "The taste model of choices, where the latest choices of a customer count most.",
}
MADE_OF: Mapping[str, str] = {
    "model": "what was learnt of the customer along with all others",
    "fold-in": "the customer's history",
    "features": "what is known of the customer, who has no history",
    "popularity": "what most others chose",
}


def pretty(model: str) -> str:
    """A model's name for a reader."""
    return MODELS.get(model, model)


def baselines_first(models: Iterable[str]) -> list[str]:
    """Popularity and bias on top, whatever follows in its order."""
    names = list(models)
    return [name for name in BASELINES if name in names] + [name for name in names if name not in BASELINES]


def listed(names: Sequence[str]) -> str:
    """ "a", "a and b", "a, b and c"."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def known(value: float | None) -> bool:
    """Whether there is a figure: JSON has null, a run in memory nan."""
    return value is not None and value == value


def ends(entry: Told, digits: int = 3) -> str:
    """ "0.339 (0.323 to 0.356)"; without its interval where there is none."""
    value, low, high = (entry[key] for key in ("value", "low", "high"))
    if not known(value):
        return "n/a"
    return f"{value:.{digits}f} ({low:.{digits}f} to {high:.{digits}f})" if known(low) else f"{value:.{digits}f}"


def meanings(names: Iterable[str]) -> Table:
    """What each figure says, for a reader who does not know it."""
    metrics = [ranking_metric(name) for name in names]
    return Table("What the figures say", ("Figure", "Meaning"), tuple((one.title, one.meaning) for one in metrics))


def apart(pair: Told, level: str) -> str:
    """One comparison in a sentence.

    Parameters
    ----------
    pair: metric, model, rival, and difference (model less rival), low, high. level: "95 %".
    """
    model, rival, title = pretty(pair["model"]), pretty(pair["rival"]), ranking_metric(pair["metric"]).title
    match _how(pair):
        case "unknown":
            return f"{model} and {rival} cannot be compared in {title}."
        case "same":
            return f"{model} and {rival} have the same {title} for every customer."
        case "level":
            span = f"{pair['low']:+.4f} to {pair['high']:+.4f}"
            return f"{model} and {rival} cannot be told apart in {title} ({level} interval of the difference {span})."
        case how:
            return f"{model} is {how} than {rival} in {title} by {_by(pair, f'{level} interval ')}."


def compared(paired: Sequence[Told], metric: str, level: str) -> list[str]:
    """All comparisons in a sentence for each model that stands on their left: what it is better than, worse than.

    Parameters
    ----------
    paired: as for `apart`, in the order they are told.
    """
    pairs = [pair for pair in paired if pair["metric"] == metric]
    sentences = []
    for model in dict.fromkeys(pair["model"] for pair in pairs):
        mine = [pair for pair in pairs if pair["model"] == model]
        if len(mine) == 1:
            sentences.append(apart(mine[0], level))
            continue
        whose = f"{pretty(model)} in {ranking_metric(metric).title}, with {level} intervals of the difference: "
        sentences.append(whose + "; ".join(map(_part, mine)) + ".")
    return sentences


def _part(pair: Told) -> str:
    """ "better than Popularity by 0.0144 (0.0031 to 0.0242)"."""
    rival = pretty(pair["rival"])
    match _how(pair):
        case "unknown":
            return f"no comparison with {rival}"
        case "same":
            return f"the same as {rival} for every customer"
        case "level":
            return f"cannot be told apart from {rival} ({pair['low']:+.4f} to {pair['high']:+.4f})"
        case how:
            return f"{how} than {rival} by {_by(pair)}"


def _how(pair: Told) -> str:
    """unknown, same, level, better or worse."""
    low, high = pair["low"], pair["high"]
    if not known(low):
        return "unknown"
    if low <= 0 <= high:
        return "same" if low == high else "level"
    return "better" if (pair["difference"] > 0) == bool(ranking_metric(pair["metric"]).higher_is_better) else "worse"


def _by(pair: Told, what: str = "") -> str:
    """ "0.0144 (0.0031 to 0.0242)": how much, whichever way."""
    near, far = sorted((abs(pair["low"]), abs(pair["high"])))
    return f"{abs(pair['difference']):.4f} ({what}{near:.4f} to {far:.4f})"
