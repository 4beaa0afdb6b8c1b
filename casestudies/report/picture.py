"""PNG pictures: those from outside small, whole and nothing else, or refused; those of ours from arrays."""

from __future__ import annotations

import io
import struct
import warnings
from typing import TYPE_CHECKING

from casestudies.errors import ConfigError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SIGNATURE = b"\x89PNG\r\n\x1a\n"
BYTES, SIDE = 500_000, 2_000


def clean_png(data: bytes, where: str) -> bytes:
    """`data` decoded and written again as a plain RGBA PNG: no metadata, nothing that one decoder takes and another not.

    The size is read from the header before anything is decoded, so a picture that unpacks to gigabytes costs nothing.
    A clean picture comes back as it is.

    Raises ConfigError, which names `where` and the limit: not a PNG, damaged, over 500 kB or over 2,000 pixels a side.
    """
    if not data.startswith(SIGNATURE) or len(data) < 33 or data[12:16] != b"IHDR":
        raise ConfigError("the picture is not a PNG", where=where, advice="save it as PNG")
    width, height = png_size(data)
    if not (0 < width <= SIDE and 0 < height <= SIDE):
        raise ConfigError(
            f"the picture has {width:,} x {height:,} pixels", where=where, advice=f"bring at most {SIDE:,} each way"
        )
    clean = io.BytesIO()
    if len(data) <= BYTES:
        _rewrite(data, clean, where)
    size = max(len(data), len(clean.getvalue()))
    if size > BYTES:
        raise ConfigError(f"the picture has {size:,} bytes", where=where, advice=f"bring at most {BYTES:,}")
    return clean.getvalue()


def png_size(data: bytes) -> tuple[int, int]:
    """Width and height as the header of a PNG says them."""
    width, height = struct.unpack(">II", data[16:24])
    return width, height


def png_of(pixels: NDArray[np.uint8]) -> bytes:
    """A PNG of (height, width) grey values, or (height, width, 3 or 4) colours with or without opacity."""
    from PIL import Image

    written = io.BytesIO()
    Image.fromarray(pixels).save(written, "PNG")
    return written.getvalue()


def blended(png: bytes, overlay: bytes | None, opacity: float) -> bytes:
    """`overlay` laid over `png` of the same size, at `opacity` (0 to 1) of its own; without an alpha channel if it may be."""
    from PIL import Image

    with Image.open(io.BytesIO(png)) as below:
        whole = below.convert("RGBA")
    if overlay is not None:
        with Image.open(io.BytesIO(overlay)) as above:
            layer = above.convert("RGBA")
        layer.putalpha(layer.getchannel("A").point(lambda alpha: round(opacity * alpha)))
        whole = Image.alpha_composite(whole, layer)
    if whole.getchannel("A").getextrema() == (255, 255):
        whole = whole.convert("RGB")
    written = io.BytesIO()
    whole.save(written, "PNG")
    return written.getvalue()


def _rewrite(data: bytes, clean: io.BytesIO, where: str) -> None:
    from PIL import Image

    try:
        with warnings.catch_warnings(), Image.open(io.BytesIO(data), formats=["PNG"]) as image:
            warnings.simplefilter("error")
            image.convert("RGBA").save(clean, "PNG")
    except (OSError, SyntaxError, ValueError, Warning, struct.error) as error:
        raise ConfigError("the picture is a damaged PNG", where=where, advice="save it again") from error
