"""The words of the labels, and which of them is the disease: asked for by name, never guessed from numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from casestudies.errors import nearest, shown
from casestudies.imaging.films import UNKNOWN
from casestudies.tabular.cells import plain
from casestudies.tabular.problems import Code, Problem, Problems

_LISTED = 12  # classes named in a message


@dataclass(frozen=True, eq=False)
class Labelled:
    """label: (rows,) 1 the disease, 0 not, -1 not known or of no class that counts. classes: names of 0 and of 1."""

    label: NDArray[np.int8]
    classes: tuple[str, str]


def labelled(
    words: Sequence[str],
    positive: str | int | None,
    negative: Sequence[str | int],
    problems: Problems,
    unit: str = "images",
) -> Labelled:
    """Words to labels; what has to be mended first goes to `problems`, and the labels are then unknown.

    Parameters
    ----------
    words: (rows,) as the labels write them, "" = none. Words that differ only in case are one class.
    positive: the disease. negative: classes that are not; () = all others.
    """
    folded = [plain(word).casefold() for word in words]
    spelt: dict[str, str] = {}
    for word, fold in zip(words, folded, strict=True):
        spelt.setdefault(fold, plain(word))
    counts = Counter(fold for fold in folded if fold)
    listed = _listed(counts, spelt)
    disease = None if positive is None else plain(positive).casefold()
    others = [plain(name).casefold() for name in negative]
    error = _wrong(counts, spelt, listed, disease, others, unit)
    if error is not None:
        problems.add(error)
        return Labelled(np.full(len(folded), UNKNOWN, dtype=np.int8), ("0", "1"))
    healthy = set(others) or {fold for fold in counts if fold != disease}
    label = np.array([1 if fold == disease else 0 if fold in healthy else UNKNOWN for fold in folded], dtype=np.int8)
    zero = " or ".join(spelt[fold] for fold in sorted(healthy, key=lambda fold: (-counts[fold], fold))[:4])
    return Labelled(label, (zero + (" or others" if len(healthy) > 4 else ""), spelt[str(disease)]))


def _wrong(
    counts: Counter[str], spelt: dict[str, str], listed: str, disease: str | None, others: list[str], unit: str
) -> Problem | None:
    """The first thing that has to be mended."""

    def error(code: Code, rule: str, advice: str) -> Problem:
        return Problem(code, "error", rule, advice)

    if not counts:
        return error(Code.LABEL_MISSING, f"no one of the {unit} has a label", "fill the column of the label")
    if len(counts) == 1:
        word, many = next(iter(counts.items()))
        rule = f"all {many:,} labels are {shown(spelt[word])}: a classifier needs both"
        return error(
            Code.LABEL_VALUES, rule, f"bring {unit} of another class; with a saved model, write casestudies predict"
        )
    if disease is None:
        rule = f"the labels are {listed}, and nothing says which is the disease"
        return error(Code.LABEL_POSITIVE, rule, "write data.positive: <its name>")
    known = [spelt[fold] for fold in counts]
    for key, names in (("data.positive", [disease]), ("data.negative", others)):
        for name in names:
            if name not in counts:
                rule = f"{key} names {shown(name)}, and the labels are {listed}"
                return error(Code.LABEL_POSITIVE, rule, nearest(name, known))
    if disease in others:
        return error(Code.LABEL_POSITIVE, f"{shown(spelt[disease])} is named as the disease and as not", "keep one")
    return None


def _listed(counts: Counter[str], spelt: dict[str, str]) -> str:
    parts = [f"{shown(spelt[fold])} ({many:,})" for fold, many in counts.most_common(_LISTED)]
    rest = [f"{len(counts) - _LISTED} more"] if len(counts) > _LISTED else []
    parts += rest
    return " and ".join(filter(None, [", ".join(parts[:-1]), parts[-1]])) if parts else "none"
