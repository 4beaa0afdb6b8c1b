"""Which grey values of a DICOM film are black and white: its table, its window or its depth (PS3.3 C.11.1 and C.11.2)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from casestudies.imaging.reading.film import Refused
from casestudies.imaging.reading.tags import number_of, text_of

if TYPE_CHECKING:
    from pydicom.dataset import Dataset


def windowed(data: Dataset, pixels: NDArray[Any], ends: list[float]) -> tuple[NDArray[Any], list[float]]:
    """The film's own window: its table, else the first centre and width; else black and white as they were."""
    if data.get("VOILUTSequence"):
        return by_table(data, pixels, "VOILUTSequence")
    centre, width = number_of(data, "WindowCenter", math.nan), number_of(data, "WindowWidth", math.nan)
    kind = text_of(data, "VOILUTFunction") or "LINEAR"
    if not (math.isfinite(centre) and math.isfinite(width)):
        return pixels, ends
    if kind == "SIGMOID" and width > 0:
        steep = np.clip(-4.0 * (pixels.astype(np.float32) - centre) / width, -80, 80)
        return 1.0 / (1.0 + np.exp(steep)), [0.0, 1.0]
    if kind == "LINEAR_EXACT" and width > 0:
        return pixels, [centre - width / 2, centre + width / 2]
    if width > 1:
        return pixels, [centre - 0.5 - (width - 1) / 2, centre - 0.5 + (width - 1) / 2]
    return pixels, ends


def by_table(data: Dataset, pixels: NDArray[Any], name: str) -> tuple[NDArray[Any], list[float]]:
    """The pixels after a lookup table of the header, and black and white in it. Raises Refused: it is damaged."""
    from pydicom.pixels import apply_modality_lut, apply_voi

    try:
        table = data[name].value[0]
        apply = apply_modality_lut if name == "ModalityLUTSequence" else apply_voi
        whole = pixels if pixels.dtype.kind in "iu" else np.rint(pixels).astype(np.int64)
        return np.asarray(apply(whole, data)), [0.0, 2.0 ** int(table.LUTDescriptor[2]) - 1]
    except Exception:  # a table of a stranger, applied by pydicom
        raise Refused("its lookup table of grey values is damaged", advice="write reading.window: range") from None
