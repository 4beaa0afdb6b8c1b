"""Four images with what each map says of them: one found, one missed, one false alarm, one in doubt."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from casestudies.explain.images.likeness import top_overlap
from casestudies.explain.images.shapley import ADDS_UP
from casestudies.imaging.maps import Maps, maps_of_image, seen_by
from casestudies.report import film_png, heat_png

if TYPE_CHECKING:
    from casestudies.imaging.conduct import Work
    from casestudies.imaging.explained import Judged

GOOD_LINE = 0.3  # local R2 of LIME, below which its weights are not to be read
STEADY = 0.3  # overlap of LIME's top squares between halves of its samples; 0.1 by chance, 0.6 on average on the demo
TOGETHER = 0.1  # overlap of the top tenths of two maps; 0.05 is what two random maps have
_THIRDS = (("upper left", "top", "upper right"), ("left", "centre", "right"), ("lower left", "bottom", "lower right"))


def cases_of(work: Work, judged: Judged, known: Mapping[int, Maps]) -> tuple[list[dict[str, Any]], dict[str, bytes]]:
    """The cases as plain values, and their pictures by file name; known: maps that are there already, by row."""
    cases, made = [], dict[str, bytes]()
    for kind, row in _rows(judged).items():
        films, image = judged.films, judged.films.pixels[row]
        maps = known.get(row)
        if maps is None:
            members = seen_by(work.model, films, row)
            maps = maps_of_image(members, image, work.settings.explaining, work.settings.seed)
        mask = None if films.masks is None or not films.masks[row].any() else films.masks[row]
        files = {"film": film_png(image)}
        files |= {name: heat_png(values, mask) for name, values in maps.named().items()}
        made |= {f"explained_{kind}_{name}.png": content for name, content in files.items()}
        cases.append(
            {
                "kind": kind,
                "name": str(films.names[row]),
                "patient": str(films.patient[row]),
                "label": films.classes[int(films.label[row])],
                "probability": float(judged.probability[row]),
                "acted": bool(judged.acted[row]),
                "where": {name: _place(values) for name, values in maps.named().items()},
                "lesion": None if mask is None else _place(mask.astype(np.float64)),
                "doubts": _doubts(maps),
            }
        )
    return cases, made


def _rows(judged: Judged) -> dict[str, int]:
    """The row of each kind that there is: the surest of each, and of the others the one nearest to the cut."""
    p, ill, acted = judged.probability, judged.films.label == 1, judged.acted
    kinds = {"found": (ill & acted, p), "missed": (ill & ~acted, -p), "alarm": (~ill & acted, p)}
    rows = {
        kind: int(np.argmax(np.where(there, height, -np.inf))) for kind, (there, height) in kinds.items() if there.any()
    }
    above, below = p[acted].min(initial=np.inf), p[~acted].max(initial=-np.inf)
    if np.isfinite([above, below]).all():
        distance = np.abs(p - (above + below) / 2)
        distance[list(rows.values())] = np.inf
        if np.isfinite(distance).any():
            rows["doubt"] = int(np.argmin(distance))
    return rows


def _place(values: NDArray[np.float64]) -> str:
    """Where the greatest value lies, in words; of a mask, where its middle lies."""
    side = len(values)
    peak = np.argwhere(values == values.max()).mean(axis=0)
    row, column = (min(2, int(3 * at / side)) for at in peak)
    return _THIRDS[row][column]


def _doubts(maps: Maps) -> list[str]:
    """Reasons not to trust the maps of this image, in words."""
    found = []
    if maps.missed > ADDS_UP:
        found.append(f"the SHAP values miss the score by {100 * maps.missed:.0f} % of the difference that they explain")
    if maps.r2 < GOOD_LINE:
        found.append(f"LIME's line explains only {100 * maps.r2:.0f} % of the score nearby")
    if maps.overlap < STEADY:
        found.append(f"half of LIME's samples would name {100 * (1 - maps.overlap):.0f} % other squares")
    if top_overlap(maps.gradcam, maps.shap) < TOGETHER:
        found.append("Grad-CAM and SHAP name different places")
    return found
