"""How large a lesion is on the pixels that the network sees, and whether anything may be claimed of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from casestudies.imaging.films import Films

FEWEST = 3.0  # pixels across: of less, a lesion is a spot that a speck of noise looks like


@dataclass(frozen=True)
class LesionSize:
    """mm: as asked for. pixels: across, on nine of ten films at least; nan where no film says. enough: to claim it is found."""

    mm: float
    pixels: float
    enough: bool
    sentence: str


def lesion_words(films: Films, mm: float) -> LesionSize:
    """The smallest lesion in pixels, by the spacing of the films; a refusal to claim where they are too few or unknown."""
    known = films.facts["spacing"].to_numpy(dtype=float)
    known = known[np.isfinite(known)]
    if not len(known):
        sentence = f"No image says how large its pixels are, so nothing is claimed of lesions of {mm:g} mm."
        return LesionSize(mm, float("nan"), False, sentence)
    pixels = mm / float(np.quantile(known, 0.9))
    unknown = len(films) - len(known)
    rest = f" {unknown:,} of {len(films):,} images do not say how large their pixels are." if unknown else ""
    size = f"A lesion of {mm:g} mm is {pixels:.1f} pixels across on the images as the network sees them"
    if pixels >= FEWEST:
        return LesionSize(mm, pixels, True, f"{size}.{rest}")
    side = int(np.ceil(films.side * FEWEST / pixels))
    refusal = f"{size}, and below {FEWEST:g} nothing is claimed: write reading.side: {side} or crop the films.{rest}"
    return LesionSize(mm, pixels, False, refusal)
