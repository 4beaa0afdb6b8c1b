"""PNG, JPEG, TIFF and PGM: grey values at their depth, colours for what they are, sizes checked before decoding."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
import tifffile
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from casestudies.errors import DataError
from casestudies.imaging.preparation import Preparation
from casestudies.imaging.reading.formats import decode

GREY = np.add.outer(np.arange(40) * 3, np.arange(32) * 2).astype(np.uint8)
DEEP = GREY.astype(np.uint16) * 256 + 7


def film_of(content: bytes, **preparation):
    return decode(content, "a", Preparation(**preparation))


@pytest.mark.parametrize("form", ["PNG", "TIFF", "PPM"])
@pytest.mark.parametrize("pixels", [GREY, DEEP], ids=["8 bit", "16 bit"])
def test_grey_values_are_kept_as_they_are(form, pixels, png):
    film = film_of(png(pixels, form))
    np.testing.assert_array_equal(film.pixels, pixels)
    assert film.facts.bits == 8 * pixels.itemsize
    assert film.facts.assumed == (pixels.itemsize == 2)


def test_jpeg(png):
    film = film_of(png(GREY, "JPEG", quality=95))
    assert film.facts.format == "JPEG"
    assert np.abs(film.pixels.astype(int) - GREY).max() <= 4


def test_the_format_is_found_by_content_and_not_by_name(png):
    assert decode(png(GREY, "TIFF"), "film.dcm.png", Preparation()).facts.format == "TIFF"


def test_two_tone_images(png):
    film = film_of(png(GREY > 60))
    np.testing.assert_array_equal(film.pixels, (GREY > 60) * 255)


@pytest.mark.parametrize("pixels", [GREY, DEEP], ids=["8 bit", "16 bit"])
def test_a_tiff_whose_zero_is_white_is_turned_round(pixels):
    preparation, shown = Preparation(side=40), []
    for values, kind in ((pixels, "minisblack"), (np.iinfo(pixels.dtype).max - pixels, "miniswhite")):
        file = io.BytesIO()
        tifffile.imwrite(file, values, photometric=kind)
        film = film_of(file.getvalue())
        shown.append(preparation.prepare(film.pixels, film.facts))
    np.testing.assert_allclose(shown[1], shown[0], atol=1e-4)


class TestColour:
    def test_a_grey_image_stored_as_colour_is_grey(self, png):
        film = film_of(png(np.stack([GREY] * 3, axis=2)))
        np.testing.assert_array_equal(film.pixels, GREY)
        assert not film.facts.coloured

    def test_marks_in_colour_are_turned_to_grey_and_told(self, png):
        rgb = np.stack([GREY] * 3, axis=2)
        rgb[:2, :3] = [255, 255, 0]
        film = film_of(png(rgb))
        assert film.facts.coloured
        np.testing.assert_allclose(film.pixels[0, 0], 0.886 * 255, atol=0.1)  # luma of yellow
        np.testing.assert_allclose(film.pixels[2:], GREY[2:], atol=1e-3)

    def test_a_colour_image_is_refused_where_grey_is_wanted(self, png):
        rgb = np.stack([GREY, GREY // 2, 255 - GREY], axis=2)
        with pytest.raises(DataError, match=r"a colour image .*; write model.channels: 3"):
            film_of(png(rgb))
        np.testing.assert_array_equal(film_of(png(rgb), channels=3).pixels, rgb)

    def test_what_is_transparent_is_black(self, png):
        rgba = np.stack([GREY, GREY, GREY, np.where(GREY > 60, 255, 0).astype(np.uint8)], axis=2)
        np.testing.assert_array_equal(film_of(png(rgba)).pixels, np.where(GREY > 60, GREY, 0))

    def test_a_palette_of_greys_is_grey(self):
        image, file = Image.fromarray(GREY).convert("P"), io.BytesIO()
        image.save(file, "PNG")
        np.testing.assert_array_equal(film_of(file.getvalue()).pixels, GREY)


def test_a_photo_taken_sideways_is_set_upright(png):
    exif = Image.Exif()
    exif[0x0112] = 6  # turn a quarter to the right
    film = film_of(png(GREY, "JPEG", quality=95, exif=exif))
    assert np.abs(film.pixels.astype(int) - np.rot90(GREY, -1)).max() <= 4


def test_a_png_that_says_it_is_synthetic(png):
    text = PngInfo()
    text.add_text("Comment", "SYNTHETIC, no patient")
    assert film_of(png(GREY, pnginfo=text)).facts.synthetic
    assert not film_of(png(GREY)).facts.synthetic


def bomb(side: int) -> bytes:
    """A PNG of a hundred bytes whose header declares side x side pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(100))) + chunk(b"IEND", b"")
    )


class TestRefused:
    @pytest.mark.parametrize("side", [12_000, 60_000, 2**31 - 1])
    def test_more_pixels_than_allowed_by_the_header(self, side):
        with pytest.raises(DataError, match="the header declares"):
            film_of(bomb(side))

    @pytest.mark.parametrize("form", ["PNG", "JPEG", "TIFF", "PPM"])
    def test_a_file_cut_short(self, form, png):
        content = png(np.random.default_rng(0).integers(0, 255, (80, 80)).astype(np.uint8), form)
        with pytest.raises(DataError, match="damaged or cut short"):
            film_of(content[: len(content) // 2])

    def test_several_pages(self):
        file = io.BytesIO()
        Image.fromarray(GREY).save(file, "TIFF", save_all=True, append_images=[Image.fromarray(GREY)])
        with pytest.raises(DataError, match="2 pages; one image is wanted"):
            film_of(file.getvalue())

    @pytest.mark.parametrize(
        ("content", "words"),
        [
            (b"", "the file is empty"),
            (b"GIF89a....", "a GIF image; save it as PNG"),
            (b"\x1f\x8b\x08....", "packed as gzip"),
            (b"PK\x03\x04....", "a .zip archive"),
            (b"BM" + bytes(60), "a BMP image"),
            (b"version https://git-lfs.github.com", "Git LFS pointer"),
            (b"hello world, this is text", "no image that is read: DICOM, PNG, JPEG, TIFF or PGM"),
            (bytes([8, 0, 5, 0]) + b"CS", "not readable as DICOM .no preamble; 6 bytes."),
        ],
    )
    def test_what_is_no_image(self, content, words):
        with pytest.raises(DataError, match=words):
            film_of(content)

    def test_floats_have_no_black_and_white(self, png):
        film = film_of(png(GREY.astype(np.float32) * 10, "TIFF"))
        with pytest.raises(DataError, match="nothing says which grey value is black.*; write reading.window"):
            Preparation().prepare(film.pixels, film.facts)
        assert Preparation(window="range").prepare(film.pixels, film.facts).max() > 0.9
