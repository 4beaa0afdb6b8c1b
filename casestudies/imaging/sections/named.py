"""Models, figures and verdicts in a reader's words."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from casestudies.imaging.findings import Findings
from casestudies.workflow.sections.words import number, percent, span

MODELS: Mapping[str, str] = {
    "image": "Head on the image",
    "both": "Head on image and history",
    "history": "History alone",
    "network": "Networks without the head",
    "incumbent": "Today’s score",
}
_HEALTHY = 20  # validation patients without the disease, below which the line through their probabilities is a guess
_FIGURES: Mapping[str, str] = {"auc": "AUC", "cost": "cost per image", "log_loss": "log loss"}


def pretty(model: str) -> str:
    """A model's name for a reader."""
    return MODELS.get(model, model)


def healthy_and_sick(f: Findings) -> tuple[str, str]:
    """The classes as the labels write them."""
    healthy, sick = f.evaluation["classes"]
    return str(healthy), str(sick)


def level_of(f: Findings) -> str:
    """ "95 %"."""
    return f"{100 * f.settings.interval.level:g} %"


def ends(entry: Mapping[str, Any], digits: int = 3, scale: float = 1.0, unit: str = "") -> str:
    """ "0.339 (0.323 to 0.356)"."""
    if entry["value"] is None or entry["value"] != entry["value"]:
        return "n/a"
    value = number(scale * entry["value"], digits) + (f" {unit}" if unit else "")
    return f"{value} ({span(dict(entry), digits, scale)})" if known(entry["low"]) else value


def known(value: float | None) -> bool:
    """Whether there is a figure: JSON has null, a run in memory nan."""
    return value is not None and value == value


def saving(f: Findings) -> str:
    """saves, unsure or nothing: what the champion's decision comes to at the stated prices, for patients."""
    found = f.figure(f.champion, "patient_savings")
    if not known(found["value"]) or found["value"] <= 0 or (known(found["high"]) and found["high"] <= 0):
        return "nothing"
    return "saves" if known(found["low"]) and found["low"] > 0 else "unsure"


def verdict(f: Findings) -> str:
    """Whether the model is worth using at these prices, in one sentence or two."""
    found, best = f.figure(f.champion, "patient_savings"), best_constant(f)
    prices = f.evaluation["prices"]
    at = f"At these prices (a miss {prices['miss']:g}, a false alarm {prices['alarm']:g} {f.unit})"
    match saving(f):
        case "saves":
            return f"{at} the model saves {ends(found, 1, 100, '%')} of what it would cost to call back {best}."
        case "unsure":
            return (
                f"{at} it is not sure that the model saves anything against calling back {best}: {ends(found, 1, 100, '%')} of the cost. "
                "More patients would tell."
            )
        case _:
            return f"{at} the model saves nothing: to call back {best} costs no more."


def best_constant(f: Findings) -> str:
    """Whom the cheaper of the two decisions that need no model calls back."""
    cost = {one["name"]: one["value"] for one in f.evaluation["cuts"]}
    return "everybody" if cost["everybody"] < cost["nobody"] else "nobody"


def rarer(f: Findings) -> str | None:
    """What is to be said first where the cut saves nothing at the prevalence that was stated."""
    told = f.evaluation["elsewhere"]
    if told is None:
        return None
    best = min(told["nobody"], told["everybody"])
    if told["used"]["value"] < best:
        return None
    who = "nobody" if told["nobody"] <= told["everybody"] else "everybody"
    text = (
        f"Where {100 * told['prevalence']:g} % have the disease, this cut saves nothing at these prices: to call back {who} costs "
        f"{number(best, 4)} {f.unit} each, the cut {number(told['used']['value'], 4)}."
    )
    if told["cheapest"]["value"] < best:
        return text + f" To decide for there, write decide.cut: {told['cut']:.3f}."
    return text + f" Nor would the Bayes cut for there, {percent(told['cut'])}, save anything."


def few(f: Findings) -> str | None:
    """What is to be said where the diseased are too few to put models in an order."""
    told = f.evaluation
    if not told["few"]:
        return None
    who = "patients" if told["patients_known"] else "images"
    return (
        f"Only {told['positive_patients']} of the judged {who} {'has' if told['positive_patients'] == 1 else 'have'} the disease. The figures stand here with their intervals; "
        "no model is called better than another on so few."
    )


def indiscriminate(f: Findings) -> str | None:
    """What is to be said where the cut calls back every judged patient, so that the model decides nothing."""
    if (
        f.figure(f.champion, "patient_sensitivity")["value"] != 1
        or f.figure(f.champion, "patient_specificity")["value"]
    ):
        return None
    rows = f.predictions[(f.predictions["part"] == "validation") & (f.predictions["label"] >= 0)]
    worst = rows.groupby("patient", observed=True)["label"].max()
    healthy, prices = int((worst == 0).sum()), f.evaluation["prices"]
    known = f.evaluation["patients_known"]
    who = ("patient" if healthy == 1 else "patients") if known else ("image" if healthy == 1 else "images")
    text = (
        f"Everybody is called back: no probability is low enough to leave anyone alone where a miss is "
        f"{prices['miss'] / prices['alarm']:g} times as dear as a false alarm."
    )
    if 0 < healthy < _HEALTHY:
        text += (
            f" The probabilities were set right on {healthy:,} healthy validation {who} only, which is too few to tell whom to leave alone; "
            "give more, or a larger split.validation."
        )
    return text


def flattered(f: Findings) -> str | None:
    """What is to be said first where patients are not known."""
    if f.evaluation["patients_known"]:
        return None
    return (
        "No patient ids were given: each image is taken as a patient. Images of one patient may then lie on both sides, and the "
        "scores may be flattered."
    )


def compared(f: Findings, rivals: Collection[str] | None = None) -> list[str]:
    """The champion beside other models, a sentence each; none where there are too few diseased. rivals: None for all."""
    if f.evaluation["few"]:
        return []
    by_rival: dict[str, list[Mapping[str, Any]]] = {}
    for test in f.evaluation["paired"]:
        if rivals is not None and test["rival"] not in rivals:
            continue
        by_rival.setdefault(test["rival"], []).append(test)
    return [_sentence(f, rival, tests) for rival, tests in by_rival.items()]


def _sentence(f: Findings, rival: str, tests: Sequence[Mapping[str, Any]]) -> str:
    parts = []
    for test in tests:
        what, low, high = _FIGURES[test["metric"]], test["low"], test["high"]
        if not known(low):
            parts.append(f"{what} cannot be compared")
        elif low <= 0 <= high:
            parts.append(f"{what} cannot be told apart ({low:+.3f} to {high:+.3f})")
        else:
            verb = "higher" if test["difference"] > 0 else "lower"
            better = (test["difference"] > 0) == (test["metric"] == "auc")
            side = "better" if better else "worse"
            parts.append(
                f"{what} is {verb}, which is {side}, by {abs(test['difference']):.3f} ({low:+.3f} to {high:+.3f})"
            )
    return f"{pretty(f.champion)} beside {pretty(rival).lower()}: {'; '.join(parts)} ({level_of(f)} intervals of the difference, images)."


def cut_in_words(cut: float | str) -> str:
    """ "above 9.1 %"; a cut that acts on nobody or everybody is written so."""
    return f"above {percent(cut)}" if isinstance(cut, float | int) else f"at no probability: {cut} is called back"
