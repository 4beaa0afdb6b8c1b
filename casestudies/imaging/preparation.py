"""How a film becomes the pixels that the network sees: chosen on the training films, saved with the model, never guessed again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from casestudies.errors import DataError

SMALLEST, STRETCH = 16, 4.0  # a side in pixels; the long side by the short one
_PERCENTILES = (0.5, 99.5)
_LOOKED = 1_000_000  # pixels that a percentile is taken of: a regular grid of a larger film
_FEWEST_BITS = 8


@dataclass(frozen=True)
class Facts:
    """What a reader found of one film beside its grey values; never a text of its header but the codes that are known.

    Parameters
    ----------
    format: "DICOM", "PNG", "JPEG", "TIFF", "PNM" or "array".
    bits: of the grey values that the format can hold; `assumed`: found in no header, so that all films decide together.
    black, white: the grey values that the film itself shows as black and white; None where it does not say.
    inverted: grey values grow towards black (MONOCHROME1); the pixels are turned round.
    spacing: (row, column) mm from pixel to pixel; None = unknown.
    view, laterality, modality: DICOM codes; "" = unknown. patient: as the header says, to be replaced by a pseudonym.
    raw: made for processing, not for reading. synthetic: the file says that there is no patient.
    coloured: colour marks on a grey film were turned to grey.
    """

    format: str
    bits: int = 8
    assumed: bool = False
    black: float | None = None
    white: float | None = None
    inverted: bool = False
    spacing: tuple[float, float] | None = None
    view: str = ""
    laterality: str = ""
    modality: str = ""
    patient: str = ""
    raw: bool = False
    synthetic: bool = False
    coloured: bool = False


@dataclass(frozen=True)
class Preparation:
    """Grey values to 0..1, the whole film on a square of one size: its aspect is kept, and black is padded.

    Parameters
    ----------
    side: pixels a side. channels: 1 grey, 3 colour.
    window: which grey values become black and white, see `reading.window`.
    bits: what films of `assumed` bits are read as: of 16-bit files that hold 12-bit values all train as 12.
    view, modalities: films that are kept; None and () = all.
    most_pixels: films with more are refused by their header.
    kinds: {column: "number" or "category"} of the history and the other columns, as in training.
    """

    side: int = 64
    channels: int = 1
    window: Literal["file", "range", "percentile"] = "file"
    bits: int = 16
    view: str | None = None
    modalities: tuple[str, ...] = ()
    most_pixels: int = 100_000_000
    kinds: tuple[tuple[str, str], ...] = ()

    @classmethod
    def asked(cls, settings: Any, side: int) -> Self:
        """As the settings (`ImagingSettings`) have it. side: where they name none."""
        wanted = settings.reading
        return cls(
            side=wanted.side or side,
            channels=settings.model.channels,
            window=wanted.window,
            view=wanted.view,
            modalities=tuple(name.upper() for name in wanted.modalities),
            most_pixels=wanted.most_pixels,
        )

    def prepare(self, image: NDArray[Any], facts: Facts) -> NDArray[np.float32]:
        """(channels, side, side) in 0..1, 0 the darkest.

        Parameters
        ----------
        image: (height, width) grey values or (height, width, 3) colours.

        Raises
        ------
        DataError: all pixels are equal or some are no numbers, the film is too small or too long, or nothing says which
            of its values is black and which white.
        """
        _refuse_odd(image)
        black, white = self._ends(image, facts)
        # a uint16 film goes to float32 without loss, and half the memory of float64
        scaled = (np.asarray(image, dtype=np.float32) - np.float32(black)) * np.float32(1.0 / (white - black))
        np.clip(scaled, 0.0, 1.0, out=scaled)
        if facts.inverted:
            np.subtract(np.float32(1.0), scaled, out=scaled)
        planes = scaled[None] if scaled.ndim == 2 else np.moveaxis(scaled, 2, 0)
        planes = np.stack([self._fitted(plane, facts) for plane in planes])
        if len(planes) < self.channels:
            planes = np.repeat(planes, self.channels, axis=0)
        return np.clip(planes, 0.0, 1.0)

    def prepare_mask(self, mask: NDArray[Any], facts: Facts) -> NDArray[np.bool_]:
        """(side, side): where at least half of the pixel, or as much as any pixel of a tiny lesion, lies on it."""
        share = self._fitted((np.asarray(mask) > 0).astype(np.float32), facts)
        found: NDArray[np.bool_] = share >= max(min(0.5, float(share.max())), 1e-6)
        return found

    def spacing(self, height: int, width: int, facts: Facts) -> float:
        """mm from one of the prepared pixels to the next; nan where the film does not say."""
        if facts.spacing is None:
            return float("nan")
        return max(height * facts.spacing[0], width * facts.spacing[1]) / self.side

    def with_bits_of(self, greatest: Iterable[float]) -> Self:
        """With the fewest bits that hold the greatest value of every film whose depth is `assumed`, at least 8."""
        most = max(greatest, default=0.0)
        return replace(self, bits=16 if most <= 0 else max(_FEWEST_BITS, int(most).bit_length()))

    def to_dict(self) -> dict[str, Any]:
        return asdict(self) | {"modalities": list(self.modalities), "kinds": dict(self.kinds)}

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> Self:
        known = {field.name: told[field.name] for field in fields(cls)}
        return cls(**known | {"modalities": tuple(told["modalities"]), "kinds": tuple(sorted(told["kinds"].items()))})

    def _ends(self, image: NDArray[Any], facts: Facts) -> tuple[float, float]:
        """The grey values of black and white."""
        if self.window == "range":
            return float(image.min()), float(image.max())
        if self.window == "percentile":
            step = max(1, int(np.ceil(np.sqrt(image.size / _LOOKED))))
            low, high = np.percentile(image[::step, ::step], _PERCENTILES)
            return (float(low), float(high)) if high > low else (float(image.min()), float(image.max()))
        if facts.assumed:
            return 0.0, 2.0**self.bits - 1
        if facts.black is not None and facts.white is not None:
            return facts.black, facts.white
        raise DataError(
            f"nothing says which grey value is black and which is white (they go from {image.min():g} to {image.max():g})",
            advice="write reading.window: percentile, or range",
        )

    def _fitted(self, plane: NDArray[np.float32], facts: Facts) -> NDArray[np.float32]:
        """One plane on the square, in the middle; pixels that are not square are made so first."""
        from PIL import Image

        tall, wide = (length * mm for length, mm in zip(plane.shape, facts.spacing or (1.0, 1.0), strict=True))
        longest = max(tall, wide)
        height, width = (max(1, round(self.side * length / longest)) for length in (tall, wide))
        if (height, width) != plane.shape:
            # the triangle filter spans all pixels that fall together: nothing finer than a pixel folds back
            resized = Image.fromarray(plane).resize((width, height), Image.Resampling.BILINEAR)
            plane = np.asarray(resized, dtype=np.float32)
        if height == width:
            return plane
        square = np.zeros((self.side, self.side), dtype=np.float32)
        top, left = (self.side - height) // 2, (self.side - width) // 2
        square[top : top + height, left : left + width] = plane
        return square


def _refuse_odd(image: NDArray[Any]) -> None:
    height, width = image.shape[:2]
    if min(height, width) < SMALLEST:
        raise DataError(f"{width} x {height} pixels; at least {SMALLEST} each way are needed")
    if max(height, width) > STRETCH * min(height, width):
        raise DataError(f"{width} x {height} pixels; one side is more than {STRETCH:g} times the other")
    if image.dtype.kind == "f" and not np.isfinite(image).all():
        raise DataError(f"{int((~np.isfinite(image)).sum()):,} pixels are no finite numbers")
    if image.min() == image.max():
        raise DataError(f"all pixels are {image.min():g}")
