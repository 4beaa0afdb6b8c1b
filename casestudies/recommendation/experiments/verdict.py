"""Ship, do not, or not yet: what a test says about the decision it was run for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Literal

from casestudies.recommendation.experiments.effects import Effect
from casestudies.recommendation.experiments.power import units_for

Answer = Literal["ship", "do not", "not yet", "none"]


@dataclass(frozen=True)
class Rules:
    """How a test is judged; set before it is looked at.

    Parameters
    ----------
    worth: smallest effect worth having, at least 0, in the outcome's unit. better: whether more or less is wanted.
    level: of the intervals. power: for the size that is still lacking.
    """

    worth: float = 0.0
    better: Literal["higher", "lower"] = "higher"
    level: float = 0.95
    power: float = 0.8

    @property
    def sign(self) -> int:
        return 1 if self.better == "higher" else -1

    @property
    def reference(self) -> float:
        """The effect that has to be beaten."""
        return self.sign * self.worth


@dataclass(frozen=True)
class Judged:
    """What is said of one comparison. units: of the whole test that would make it clear if the effect is as estimated."""

    name: str
    answer: Answer
    units: int | None = None


@dataclass(frozen=True)
class Verdict:
    """What is said of the whole test.

    Parameters
    ----------
    answer: "none" where the sample ratio is wrong. chosen: names of what is to be shipped.
    judged: every comparison that was a candidate. together: the pairs whose effect depends on each other.
    why: what keeps a clear answer away, or what the reader has to know; sentences.
    """

    answer: Answer
    chosen: tuple[str, ...] = ()
    judged: tuple[Judged, ...] = ()
    together: tuple[str, ...] = ()
    why: tuple[str, ...] = ()


def judge(effects: Sequence[Effect], units: int, rules: Rules, thin: str = "") -> Verdict:
    """The verdict of a test whose sample ratio is right, by the intervals that hold at every look.

    Ship: the corrected interval lies beyond the smallest effect worth having. Do not: it lies short of it. Not yet: it
    holds it. Factors are judged one by one; where two of them change each other's effect, combinations are.

    Parameters
    ----------
    units: of the test. thin: why its intervals cannot be trusted yet; nothing is shipped or refused then.
    """
    alpha = 1.0 - rules.level
    together = [one for one in effects if one.kind == "interaction" and one.lasting_holm <= alpha]
    cells = [one for one in effects if one.kind == "combination"]
    single = [one for one in effects if one.kind in ("factor", "arm")]
    candidates = cells if (together and cells) or not single else single
    judged = tuple(_judged(one, len(effects), units, rules, thin) for one in candidates)
    why = [thin] if thin else []
    if together and not cells:
        why.append("Combinations were not compared, so look at them before anything is shipped.")
    shipped = [
        one for one, said in zip(candidates, judged, strict=True) if said.answer == "ship" and one.kind != "interaction"
    ]
    named = tuple(one.name for one in together)
    if shipped:
        if candidates is single and shipped[0].kind == "factor":
            chosen = tuple(_best(shipped, rules, factor) for factor in dict.fromkeys(one.involves for one in shipped))
        else:
            chosen = (_best(shipped, rules),)
        return Verdict("ship", chosen, judged, named, tuple(why))
    answers = {one.answer for one in judged}
    return Verdict("do not" if answers == {"do not"} else "not yet", (), judged, named, tuple(why))


def _judged(effect: Effect, compared: int, units: int, rules: Rules, thin: str) -> Judged:
    alpha = 1.0 - rules.level
    if not thin and effect.lasting_holm <= alpha:
        beyond = rules.sign * (effect.value - effect.reference) > 0
        return Judged(effect.name, "ship" if beyond else "do not")
    distance = abs(effect.value - effect.reference)
    lacking = None
    if distance > 0 and not thin:
        needed = units_for(effect.deviation, distance, alpha / compared, rules.power, lasting=True)
        lacking = ceil(needed) if units < needed < 1e9 else None
    return Judged(effect.name, "not yet", lacking)


def _best(shipped: Sequence[Effect], rules: Rules, involves: tuple[str, ...] | None = None) -> str:
    """The one with the largest effect, among those of a factor."""
    among = [one for one in shipped if involves is None or one.involves == involves]
    return max(among, key=lambda one: rules.sign * one.value).name
