"""PNG pictures from outside: small, whole and nothing else, or refused."""

from __future__ import annotations

import io
import struct
import warnings

from casestudies.errors import ConfigError

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
    width, height = struct.unpack(">II", data[16:24])
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


def _rewrite(data: bytes, clean: io.BytesIO, where: str) -> None:
    from PIL import Image

    try:
        with warnings.catch_warnings(), Image.open(io.BytesIO(data), formats=["PNG"]) as image:
            warnings.simplefilter("error")
            image.convert("RGBA").save(clean, "PNG")
    except (OSError, SyntaxError, ValueError, Warning, struct.error) as error:
        raise ConfigError("the picture is a damaged PNG", where=where, advice="save it again") from error
