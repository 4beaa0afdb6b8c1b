"""Which format a file has, by its first bytes and not by its name."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from casestudies.imaging.preparation import Facts, Preparation
from casestudies.imaging.reading.dicom import PREAMBLE, read_dicom
from casestudies.imaging.reading.film import Film, Refused
from casestudies.imaging.reading.rasters import of_colours, of_numbers, read_raster

_RASTER = re.compile(rb"\x89PNG\r\n\x1a\n|\xff\xd8\xff|II\x2a\x00|MM\x00\x2a|P[256]\s")
_BARE = re.compile(rb"[\x02\x08]\x00[\x00-\x20]\x00")  # the first element of a DICOM file without its preamble
_WHITE = {np.dtype(np.uint8): 255.0, np.dtype(np.uint16): 65535.0, np.dtype(np.float32): 1.0, np.dtype(np.float64): 1.0}
_FOREIGN = (
    (re.compile(rb"\x1f\x8b"), "packed as gzip", "unpack it"),
    (re.compile(rb"PK\x03\x04"), "a .zip archive", "give it as data.path, or unpack it"),
    (re.compile(rb"GIF8"), "a GIF image", "save it as PNG"),
    (re.compile(rb"BM"), "a BMP image", "save it as PNG"),
    (re.compile(rb"RIFF.{4}WEBP", re.S), "a WebP image", "save it as PNG"),
    (re.compile(rb"\x00\x00\x00\x0cjP  |\xff\x4f\xff\x51"), "a bare JPEG 2000 image", "save it as PNG or within DICOM"),
    (re.compile(rb"P[1347]\s"), "a bitmap or colour map of the Netpbm family", "save it as PGM or PNG"),
    (re.compile(rb"\x5c\x01\x00\x00|\x6e\x2b[12]"), "a NIfTI volume", "export the slices as PNG or DICOM"),
    (re.compile(rb"%PDF-"), "a PDF document", "export the image as PNG"),
    (re.compile(rb"version https://git-lfs"), "a Git LFS pointer that stands for the data", "run `git lfs pull`"),
)  # fmt: skip


def decode(content: bytes, name: str, preparation: Preparation) -> Film:
    """The film in a file.

    Raises
    ------
    Refused: it is no image that is read; the reason names what it is and what to do.
    """
    if content[PREAMBLE : PREAMBLE + 4] == b"DICM":  # first: its preamble may look like a TIFF
        return read_dicom(content, preparation)
    if _RASTER.match(content):
        return read_raster(content, preparation)
    if not content:
        raise Refused("the file is empty")
    if name.lower().endswith((".dcm", ".dicom")) or _BARE.match(content):
        raise Refused(f"not readable as DICOM (no preamble; {len(content):,} bytes)")
    for pattern, what, advice in _FOREIGN:
        if pattern.match(content):
            raise Refused(f"this is {what}", advice=advice)
    raise Refused("this is no image that is read: DICOM, PNG, JPEG, TIFF or PGM")


def of_array(image: NDArray[Any], preparation: Preparation) -> Film:
    """One image of an .npz file: (height, width), or with a last axis of 1 or 3.

    Raises
    ------
    Refused: another shape, colours where grey is wanted, or numbers of another kind.
    """
    if image.ndim == 3 and image.shape[2] == 1:
        image = image[:, :, 0]
    if image.ndim not in (2, 3) or (image.ndim == 3 and image.shape[2] != 3):
        raise Refused(f"an image of shape {' x '.join(map(str, image.shape))}; height x width (x 3) is read")
    if image.dtype.kind not in "buif":
        raise Refused(f"values of type {image.dtype}; whole numbers or floats are read")
    if image.ndim == 3:
        if image.dtype not in _WHITE:
            raise Refused(f"colours of type {image.dtype}; uint8, uint16 or floats from 0 to 1 are read")
        return of_colours(image, "array", _WHITE[image.dtype], False, preparation)
    if image.dtype == np.uint8:
        return Film(image, Facts("array", 8, black=0.0, white=255.0))
    if image.dtype == np.uint16:
        return Film(image, Facts("array", 16, assumed=True))
    return of_numbers(image, "array")
