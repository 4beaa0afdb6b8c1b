"""What the report says of the heads: how they were fitted, what another method would have made of them, how sure they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from casestudies.imaging.heads.methods import compared
from casestudies.metrics import auc

if TYPE_CHECKING:
    from casestudies.imaging.conduct import Work


def head_told(work: Work) -> dict[str, Any]:
    """heads: `Head.told` of each; methods: see `methods.compared`, of the first head; spread: see `_sure`; all plain values."""
    films, heads, cached = work.films, [member.head for member in work.model.members], work.fitted.features
    table, train, test = films.table, work.parts.train, work.parts.test
    work.step(0.0, "the head by Adam, L-BFGS and Levenberg-Marquardt")
    return {
        "heads": [dict(head.told) for head in heads],
        "methods": compared(heads[0], cached[0], table, films.label, train, test, work.settings.seed),
        "spread": _sure(work),
    }


def _sure(work: Work) -> dict[str, Any]:
    """How well an error of the test part is foretold by a margin near 0, and by a wide spread (Laplace).

    median: spread of the log-odds of a test image. errors: test images on the wrong side of a probability of a half.
    margin, spread: AUC of finding them; None without errors.
    """
    films, test = work.films, work.parts.test
    spread, logits = [], []
    for member, features in zip(work.model.members, work.fitted.features, strict=True):
        rows = features[test], films.table.iloc[test]
        spread.append(member.head.spread(*rows))
        logits.append(member.head.logits(*rows))
    margin, mean = np.mean(logits, axis=0), np.mean(spread, axis=0)
    wrong = ((margin > 0) != (films.label[test] == 1)).astype(float)
    found = {name: auc(wrong, score) for name, score in (("margin", -np.abs(margin)), ("spread", mean))}
    return {
        "median": float(np.median(mean)),
        "errors": int(wrong.sum()),
        **{name: value if np.isfinite(value) else None for name, value in found.items()},
    }
