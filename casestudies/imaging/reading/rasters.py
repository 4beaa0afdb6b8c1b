"""PNG, JPEG, TIFF and PGM by Pillow: sizes checked from the header, grey kept at its depth, colour taken for what it is."""

from __future__ import annotations

import io
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from casestudies.imaging.preparation import Facts, Preparation
from casestudies.imaging.reading.film import Film, Refused, refuse_large

if TYPE_CHECKING:
    from PIL.Image import Image

NOTICE = "SYNTHETIC, no patient"
_NAMES = {"PNG": "PNG", "JPEG": "JPEG", "MPO": "JPEG", "TIFF": "TIFF", "PPM": "PNM"}
_OPENED = ("PNG", "JPEG", "TIFF", "PPM")  # an MPO is opened as a JPEG
_GREY_8 = frozenset({"1", "L"})
_GREY_16 = frozenset({"I;16", "I;16B", "I;16L", "I;16N"})
_FLOAT = frozenset({"F", "I"})  # I: 32-bit whole numbers, and what Pillow makes of 16-bit PGM
_COLOURED, _SHARE = (
    16,
    0.01,
)  # beyond this difference of red, green and blue, in this share of the pixels, it is a colour image
_WHITE_IS_ZERO, _PHOTOMETRIC = 0, 262  # TIFF


def read_raster(content: bytes, preparation: Preparation) -> Film:
    """One grey or colour image.

    A grey image may be stored as colour: coloured marks on less than 1 % of it are turned to grey and told.

    Raises
    ------
    Refused: damaged, cut short, several pages, more pixels than are allowed, or colours where grey is wanted.
    """
    from PIL import Image

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow warns of large images: their size is looked at here
        try:
            with Image.open(io.BytesIO(content), formats=_OPENED) as image:
                refuse_large(image.height, image.width, preparation.most_pixels)
                return _film(image, preparation)
        except Image.DecompressionBombError:
            raise Refused("the header declares more pixels than are ever read") from None
        except Refused:
            raise
        except Exception:  # a damaged file of a stranger, and Pillow's plugins raise what they please
            raise Refused("damaged or cut short; it cannot be decoded") from None


def read_mask(content: bytes, most: int) -> NDArray[np.bool_]:
    """(height, width) True where a mask is not black. Raises Refused as `read_raster`."""
    pixels = read_raster(content, Preparation(channels=3, most_pixels=most)).pixels
    return np.asarray(pixels > 0 if pixels.ndim == 2 else (pixels > 0).any(axis=2), dtype=bool)


def _film(image: Image, preparation: Preparation) -> Film:
    from PIL import ImageOps

    pages = getattr(image, "n_frames", 1)
    if pages != 1 and image.format != "MPO":  # the further pages of an MPO are small pictures of the first
        raise Refused(f"{pages:,} pages; one image is wanted", advice="save the page that is to be read")
    kind = _NAMES[str(image.format)]
    synthetic = any(NOTICE in value for value in image.info.values() if isinstance(value, str))
    reversed_ = kind == "TIFF" and image.mode in _GREY_16 and _photometric(image) == _WHITE_IS_ZERO
    image.load()
    image = ImageOps.exif_transpose(image)
    if image.mode in _GREY_8:
        grey = np.asarray(image.convert("L"))
        return Film(grey, Facts(kind, 8, black=0.0, white=255.0, synthetic=synthetic))
    if image.mode in _GREY_16 or (image.mode == "I" and kind in ("PNM", "PNG")):
        grey = np.asarray(image).astype(np.uint16)
        if reversed_:  # its whites count from the top, so its depth is that of the file
            return Film(grey, Facts(kind, 16, black=0.0, white=65535.0, inverted=True, synthetic=synthetic))
        return Film(grey, Facts(kind, 16, assumed=True, synthetic=synthetic))
    if image.mode in _FLOAT:
        return of_numbers(np.asarray(image), kind, synthetic)
    return _colour(np.asarray(_opaque(image)), kind, synthetic, preparation)


def of_numbers(grey: NDArray[Any], kind: str, synthetic: bool = False) -> Film:
    """Grey values as numbers: those from 0 to 1 are black to white, of others the window has to decide."""
    unit = grey.size > 0 and np.isfinite(grey).all() and grey.min() >= 0 and grey.max() <= 1
    ends = (0.0, 1.0) if unit else (None, None)
    return Film(grey, Facts(kind, 32, black=ends[0], white=ends[1], synthetic=synthetic))


def of_colours(rgb: NDArray[Any], kind: str, white: float, synthetic: bool, preparation: Preparation) -> Film:
    """(height, width, 3) values from 0 to `white`: kept as colours where they are wanted, as grey where they are grey.

    Raises
    ------
    Refused: colours, and one grey image is wanted.
    """
    facts = Facts(kind, 8, black=0.0, white=white, synthetic=synthetic)
    if preparation.channels == 3:
        return Film(rgb, facts)
    difference = np.maximum(rgb.max(axis=2), 0).astype(np.float32) - rgb.min(axis=2)
    share = float((difference > _COLOURED * white / 255).mean())
    if share > _SHARE:
        what = f"a colour image ({share:.0%} of its pixels are coloured); expected one grey image"
        raise Refused(what, advice="write model.channels: 3 if colours are wanted")
    if difference.any():
        weights = np.array([0.299, 0.587, 0.114], dtype=np.float32)  # luma, ITU-R BT.601
        coloured = bool((difference > _COLOURED * white / 255).any())
        return Film(rgb.astype(np.float32) @ weights, Facts(**{**facts.__dict__, "coloured": coloured}))
    return Film(rgb[:, :, 0], facts)


def _colour(rgb: NDArray[Any], kind: str, synthetic: bool, preparation: Preparation) -> Film:
    return of_colours(rgb, kind, 255.0, synthetic, preparation)


def _opaque(image: Image) -> Image:
    """Colours on black, where the image is transparent."""
    from PIL import Image as images

    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        own = image.convert("RGBA")
        return images.alpha_composite(images.new("RGBA", own.size, (0, 0, 0, 255)), own).convert("RGB")
    return image.convert("RGB")


def _photometric(image: Image) -> int | None:
    tags = getattr(image, "tag_v2", {})
    found = tags.get(_PHOTOMETRIC)
    return None if found is None else int(found)
