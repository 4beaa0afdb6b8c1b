"""Pictures on a page: each with its words, and a slider where something lies over them."""

from __future__ import annotations

import pytest

pytest.importorskip("streamlit")

from streamlit.testing.v1 import AppTest


def page():
    import numpy as np

    from casestudies.pages.blocks import show_blocks
    from casestudies.report import Gallery, Picture, Report, Section, film_png, heat_png, numbered

    film = film_png(np.eye(16))
    over = Picture(film, "a *film*", "what it shows", heat_png(np.eye(16)))
    plain = Gallery((Picture(film, "bare"),), "Without anything over it")
    blocks = (Gallery((over, over, over), "Three films", columns=2), plain, over)
    report = Report("T", "s", "id", "me", "1", (Section("a", "A", blocks),), synthetic=True)
    show_blocks(numbered(report).sections[0].blocks)


def test_pictures_have_a_slider_only_where_something_lies_over_them():
    app = AppTest.from_function(page, default_timeout=60).run()
    assert not app.exception
    assert [slider.key for slider in app.slider] == ["overlay-Figure 1", "overlay-Figure 3"]
    said = [caption.value.replace("\\", "") for caption in app.caption]
    assert said.count("SYNTHETIC, no patient") == 5
    assert "Figure 1. Three films" in said
    assert "a *film*" in said  # text, not markup
    assert [image.proto.imgs[0].alt for image in app.get("image")] == [
        "what it shows (SYNTHETIC, no patient)" if words else "bare (SYNTHETIC, no patient)"
        for words in (1, 1, 1, 0, 1)
    ]


def test_the_slider_draws_the_pictures_anew():
    app = AppTest.from_function(page, default_timeout=60).run()
    before = [image.proto.imgs[0].url for image in app.get("image")]
    app.slider[0].set_value(0).run()
    assert not app.exception
    after = [image.proto.imgs[0].url for image in app.get("image")]
    assert before[:3] != after[:3]
    assert before[3:] == after[3:]
