from __future__ import annotations

import contextlib
import io
import struct
import zlib

import numpy as np
import pytest

from casestudies.errors import ConfigError
from casestudies.report import Report, to_html, to_pdf
from casestudies.report.picture import clean_png


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def header(width: int, height: int) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))


def bomb() -> bytes:
    return header(60_000, 60_000) + chunk(b"IDAT", zlib.compress(b"\0" * 1_000_000)) + chunk(b"IEND", b"")


def jpeg() -> bytes:
    from PIL import Image

    data = io.BytesIO()
    Image.new("RGB", (4, 4)).save(data, "JPEG")
    return data.getvalue()


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda png: b"", "not a PNG"),
        (lambda png: b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "not a PNG"),
        (lambda png: jpeg(), "not a PNG"),
        (lambda png: png + b"\0" * 500_000, "bytes"),
        (lambda png: bomb(), "60,000 x 60,000 pixels"),
        (lambda png: header(0, 5), "0 x 5 pixels"),
        (lambda png: header(5, 5) + chunk(b"IDAT", b"rubbish") + chunk(b"IEND", b""), "damaged"),
        (lambda png: png[: len(png) // 2], "damaged"),
        (lambda png: png[:20] + b"\xff" + png[21:], "pixels"),
    ],
)
def test_what_is_no_small_whole_png_is_refused(png, make, said):
    with pytest.raises(ConfigError) as error:
        clean_png(make(png), "report.logo")
    assert str(error.value).startswith("report.logo: ")
    assert said in str(error.value)


def test_a_clean_picture_comes_back_as_it_is_and_loses_its_metadata(png):
    from PIL import Image, PngImagePlugin

    told = PngImagePlugin.PngInfo()
    told.add_text("Author", "someone")
    data = io.BytesIO()
    Image.open(io.BytesIO(png)).save(data, "PNG", pnginfo=told)
    clean = clean_png(data.getvalue(), "report.logo")
    assert b"someone" in data.getvalue()
    assert b"someone" not in clean
    assert clean_png(clean, "report.logo") == clean


def test_no_spoilt_picture_that_passes_stops_the_pdf(png):
    g = np.random.default_rng(0)
    passed = 0
    for _ in range(300):
        data = bytearray(png)
        data[g.integers(8, len(data))] = g.integers(256)
        with contextlib.suppress(ConfigError):
            to_pdf(Report("T", "s", "id", "me", "1", (), logo=bytes(data)))
            passed += 1
    assert passed > 10


def test_a_logo_reaches_both_renderers(png):
    with_logo = Report("T", "s", "id", "", "1", (), logo=png)  # PDF/UA wants words for it, author or not
    assert "data:image/png;base64," in to_html(with_logo)
    assert b"/Subtype/Image" in to_pdf(with_logo)
