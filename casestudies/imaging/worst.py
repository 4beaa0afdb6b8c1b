"""The worst errors on the judged images: the surest misses and the surest false alarms, each with where the model looked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from casestudies.explain.images.cam import grad_cam
from casestudies.imaging.maps import seen_by
from casestudies.report import film_png, heat_png

if TYPE_CHECKING:
    from casestudies.imaging.conduct import Work
    from casestudies.imaging.explained import Judged

EACH = 4  # images of a kind


def worst_of(work: Work, judged: Judged) -> tuple[list[dict[str, Any]], dict[str, bytes]]:
    """Up to four missed and four false alarms as plain values, the surest first, and their pictures by file name."""
    p, ill, acted, films = judged.probability, judged.films.label == 1, judged.acted, judged.films
    told, made = [], dict[str, bytes]()
    for kind, there, height in (("missed", ill & ~acted, -p), ("alarm", ~ill & acted, p)):
        rows = np.flatnonzero(there)
        for place, row in enumerate(rows[np.argsort(-height[rows], kind="stable")][:EACH]):
            mask = None if films.masks is None or not films.masks[row].any() else films.masks[row]
            name = f"worst_{kind}_{place + 1}"
            found = grad_cam(seen_by(work.model, films, int(row)), films.pixels[row])
            made |= {f"{name}_film.png": film_png(films.pixels[row]), f"{name}_gradcam.png": heat_png(found, mask)}
            told.append(
                {
                    "kind": kind,
                    "picture": name,
                    "name": str(films.names[row]),
                    "patient": str(films.patient[row]),
                    "label": films.classes[int(films.label[row])],
                    "probability": float(p[row]),
                    "lesion": mask is not None,
                    "of": len(rows),
                }
            )
    return told, made
