"""PNG pictures from outside: small, whole and nothing else, or refused."""

from __future__ import annotations

import io
import struct
import warnings

from casestudies.errors import ConfigError

SIGNATURE = b"\x89PNG\r\n\x1a\n"
BYTES, SIDE = 500_000, 4_000


def check_png(data: bytes, where: str) -> None:
    """Pass when `data` is a PNG of at most 500 kB and 4,000 x 4,000 pixels that decodes to its last row.

    The size is read from the header before anything is decoded, so a picture that unpacks to gigabytes costs nothing.

    Raises ConfigError, which names `where` and the limit.
    """
    if len(data) > BYTES:
        raise ConfigError(f"the picture has {len(data):,} bytes", where=where, advice=f"bring at most {BYTES:,}")
    if not data.startswith(SIGNATURE) or len(data) < 33 or data[12:16] != b"IHDR":
        raise ConfigError("the picture is not a PNG", where=where, advice="save it as PNG")
    width, height = struct.unpack(">II", data[16:24])
    if not (0 < width <= SIDE and 0 < height <= SIDE):
        raise ConfigError(
            f"the picture has {width:,} x {height:,} pixels", where=where, advice=f"bring at most {SIDE:,} each way"
        )
    from PIL import Image

    try:
        with warnings.catch_warnings(), Image.open(io.BytesIO(data), formats=["PNG"]) as image:
            warnings.simplefilter("error")
            image.load()
    except (OSError, SyntaxError, ValueError, Warning, struct.error, EOFError) as error:
        raise ConfigError("the picture is a damaged PNG", where=where, advice="save it again") from error
