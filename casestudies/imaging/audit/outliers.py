"""The films that stand out among all films, and where they lie: before there is a training part to be unlike to."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from casestudies.imaging.audit.figures import NAMES, figures
from casestudies.imaging.audit.quality import FLAGS, QualityReference
from casestudies.imaging.films import Films

_NAMED = 12  # outliers that are named, the farthest first
_DRAWN = 500  # films that a chart shows


def quality_told(films: Films) -> dict[str, Any] | None:
    """Flags of each film against all of them, and what a chart of level and grain shows; None without pixels.

    Returns
    -------
    flags {name: count}, flagged, named [{name, words}], level, grain and flagged of at most 500 films (points), and
    the quantiles 5, 50 and 95 % of each figure.
    """
    if not films.pixels.size:
        return None
    held = figures(films.pixels)
    flags = QualityReference.of_figures(held).flags_of(held, "all films'")
    hit = np.flatnonzero(flags["words"] != "")
    centre, spread = np.median(held, axis=0), held.std(axis=0) + 1e-6
    far = np.abs((held - centre) / spread).max(axis=1)
    first = hit[np.argsort(-far[hit], kind="stable")][:_NAMED]
    others = np.flatnonzero(flags["words"] == "")
    drawn = np.concatenate([_some(hit, _DRAWN // 4), _some(others, _DRAWN - _DRAWN // 4)])
    grain = held[:, NAMES.index("grain")]
    return {
        "flags": {name: int(flags[name].sum()) for name in FLAGS},
        "flagged": len(hit),
        "named": [{"name": str(films.names[row]), "words": str(flags["words"].iloc[row])} for row in first],
        "points": {
            "level": np.round(held[drawn, 0], 4).tolist(),
            "grain": np.round(np.exp(grain[drawn] - np.median(grain)), 4).tolist(),
            "flagged": (flags["words"] != "").to_numpy()[drawn].tolist(),
        },
        "figures": {
            name: {f"{q:g}": float(value) for q, value in zip((0.05, 0.5, 0.95), column, strict=True)}
            for name, column in zip(NAMES, np.quantile(held, (0.05, 0.5, 0.95), axis=0).T, strict=True)
        },
    }


def _some(rows: NDArray[np.intp], most: int) -> NDArray[np.intp]:
    """At most so many of the rows, at even steps."""
    return rows[:: 1 + (len(rows) - 1) // most] if len(rows) else rows
