"""Pictures in a report: one page of HTML, one PDF, one store; what lies over them; what is said of made-up ones."""

from __future__ import annotations

import copy
import io
import json
import re
import shutil
import subprocess

import numpy as np
import pytest
from numpy.testing import assert_allclose

from casestudies.errors import ConfigError, RunError
from casestudies.report import (
    Gallery,
    Picture,
    Report,
    Section,
    Text,
    blended,
    film_png,
    from_dict,
    heat_png,
    numbered,
    png_of,
    to_dict,
    to_html,
    to_pdf,
)
from casestudies.report.gallery import MADE_UP, OPACITY, said
from casestudies.report.picture import png_size

needs_poppler = pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext (poppler) is not installed")


def pixels(png: bytes) -> np.ndarray:
    from PIL import Image

    return np.asarray(Image.open(io.BytesIO(png)).convert("RGBA"), dtype=float)


def film() -> bytes:
    return film_png(np.random.default_rng(0).random((1, 32, 32)))


def picture(caption: str = "a film", **more) -> Picture:
    return Picture(film(), caption, "what it shows", heat_png(np.eye(32)), **more)


def report(*blocks, synthetic: bool = False) -> Report:
    return Report("T", "s", "3f9a1c77", "me", "1", (Section("a", "A", blocks),), synthetic=synthetic)


def test_pictures_are_numbered_with_the_figures(plain_charts):
    chart = plain_charts["importance"]
    first, second, third = numbered(report(picture(), chart, Gallery((picture(),), "g"))).sections[0].blocks
    assert (first.label, second.label, third.label) == ("Figure 1", "Figure 2", "Figure 3")


def test_a_gallery_has_each_picture_with_its_words_and_one_slider():
    html = to_html(report(Gallery((picture("left"), picture("right")), "Two films.", columns=2)))
    assert html.count('alt="what it shows"') == 2
    assert html.count('class="over"') == 2
    assert html.count('type="range"') == 1
    assert re.search(r'<div class="opacity" hidden>', html)  # shown by the script that moves it
    assert '<ul class="pictures columns-2">' in html
    assert "Figure 1. </b>Two films." in html
    assert "style=" not in html  # the policy allows no style attribute


def test_without_overlays_there_is_no_slider():
    assert 'type="range"' not in to_html(report(Gallery((Picture(film(), "a"),), "g")))


@pytest.mark.parametrize("synthetic", [False, True])
def test_every_picture_of_a_synthetic_report_says_so(synthetic):
    made = report(Gallery((picture(), picture()), "g"), picture(), synthetic=synthetic)
    html = to_html(made)
    assert html.count(f'<div class="made-up">{MADE_UP}</div>') == 3 * synthetic
    assert html.count(f'alt="what it shows ({MADE_UP})"') == 3 * synthetic


@needs_poppler
def test_the_pdf_says_so_too_and_has_captions_and_alternative_texts():
    pdf = to_pdf(
        report(Gallery((picture("left film"), picture("right film")), "Two films."), Text("end"), synthetic=True)
    )
    words = subprocess.run(["pdftotext", "-", "-"], input=pdf, capture_output=True, check=True).stdout.decode()
    assert words.count(MADE_UP) == 2
    assert "left film" in words
    assert "Figure 1. Two films." in words
    assert pdf == to_pdf(
        report(Gallery((picture("left film"), picture("right film")), "Two films."), Text("end"), synthetic=True)
    )


def test_a_picture_made_up_by_itself_says_so_in_an_honest_report():
    html = to_html(report(picture(synthetic=True)))
    assert MADE_UP in html


def test_pictures_without_words_still_have_some():
    assert said(Picture(film(), ""), "Figure 3") == "Figure 3"
    assert said(Picture(film(), "a caption")) == "a caption"
    assert to_pdf(report(Picture(film(), ""), Gallery((Picture(film(), ""),), ""))).startswith(b"%PDF-")


def test_no_caption_becomes_markup(hostile):
    for text in hostile:
        block = Gallery((Picture(film(), text, text),), text)
        html = to_html(report(block))
        assert html.count("<img") == 1, text
        assert html.count("<script") == 1, text
    everything = tuple(Picture(film(), text, text) for text in hostile)
    assert to_pdf(report(Gallery(everything, "all"))).startswith(b"%PDF-")


def test_pictures_come_back_from_json():
    made = report(picture(), Gallery((picture("one"), Picture(film(), "two")), "g", 3))
    assert from_dict(json.loads(json.dumps(to_dict(made)))) == made


@pytest.mark.parametrize(
    "spoil",
    [
        lambda block: block.update(png="not base64!"),
        lambda block: block.update(png=None),
        lambda block: block.update(overlay="aGVsbG8="),
        lambda block: block.pop("caption"),
    ],
)
def test_a_damaged_picture_of_a_store_is_one_line(spoil):
    data = copy.deepcopy(to_dict(report(picture())))
    spoil(data["sections"][0]["blocks"][0])
    with pytest.raises(RunError) as error:
        from_dict(data)
    assert "\n" not in str(error.value)


def test_what_is_no_picture_or_does_not_fit_is_refused():
    with pytest.raises(ConfigError) as error:
        Picture(b"<svg/>", "c")
    assert "not a PNG" in str(error.value)
    with pytest.raises(ValueError):
        Picture(film(), "c", overlay=heat_png(np.eye(200)))
    for columns in (0, 7):
        with pytest.raises(ValueError):
            Gallery((picture(),), "g", columns)
    with pytest.raises(ValueError):
        Gallery((), "g")


def test_laying_over_is_a_weighted_mean():
    below, above = png_of(np.full((4, 4), 100, np.uint8)), png_of(np.full((4, 4, 4), (200, 0, 50, 255), np.uint8))
    assert_allclose(pixels(blended(below, above, 0.4))[0, 0], (140, 60, 80, 255), atol=1)
    assert_allclose(pixels(blended(below, above, 0.0))[..., :3], 100)
    assert_allclose(pixels(blended(below, None, 0.5))[..., :3], 100)


def test_a_heat_map_is_clear_where_it_says_nothing_and_its_colours_have_a_side():
    values = np.zeros((128, 128))
    values[10:20, 10:20], values[60:70, 60:70] = 1.0, -1.0
    painted = pixels(heat_png(values))
    assert painted[100, 100, 3] == 0
    assert painted[15, 15, 3] == painted[65, 65, 3] == 255
    assert painted[15, 15, 0] > 2 * painted[15, 15, 2]  # for: red
    assert painted[65, 65, 2] > 2 * painted[65, 65, 0]  # against: blue
    assert pixels(heat_png(np.zeros((128, 128))))[..., 3].max() == 0


def test_the_outline_goes_round_the_place_and_leaves_it_to_be_seen():
    mask = np.zeros((128, 128), dtype=bool)
    mask[40:60, 40:60] = True
    painted = pixels(heat_png(np.zeros((128, 128)), mask))
    line = painted[..., 3] == 255
    assert not line[mask].any()
    assert line[50, 38]
    assert not line[50, 30]


@pytest.mark.parametrize(("side", "drawn"), [(28, 128), (64, 128), (200, 200), (512, 256)])
def test_films_are_drawn_neither_tiny_nor_huge(side, drawn):
    grey, colour = (film_png(np.random.default_rng(0).random((channels, side, side))) for channels in (1, 3))
    assert png_size(grey) == png_size(colour) == png_size(heat_png(np.ones((side, side)))) == (drawn, drawn)
    assert len(Picture(colour, "noise is the worst case").png) < 500_000


def test_a_film_keeps_its_grey_values():
    ramp = np.tile(np.linspace(0, 1, 128), (128, 1))
    assert_allclose(pixels(film_png(ramp))[0, :, 0], 255 * ramp[0], atol=0.5)


@pytest.mark.browser
def test_the_slider_moves_the_overlays_of_its_own_figure_and_the_policy_stays_silent(tmp_path):
    import os

    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("Chromium is not installed")
    path = tmp_path / "report.html"
    path.write_text(to_html(report(Gallery((picture(), picture()), "g"), picture())), encoding="utf-8")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page, messages = browser.new_page(), []
        page.on("console", lambda message: messages.append(message.text))
        page.goto(path.as_uri())
        look = "[...document.querySelectorAll('.over')].map(over => Number(getComputedStyle(over).opacity))"
        assert page.evaluate(look) == [OPACITY] * 3
        page.locator(".opacity input").first.fill("20")
        assert page.evaluate(look) == [0.2, 0.2, OPACITY]
        sizes = "[...document.querySelectorAll('.film')].map(f => [...f.children].map(i => i.getBoundingClientRect().height))"
        assert all(abs(film - over) < 0.5 for film, over in page.evaluate(sizes))
        page.set_viewport_size({"width": 390, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0
        assert messages == []
        browser.close()
