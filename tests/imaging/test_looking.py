"""Images at a glance: some of each class, what is known of each, and whether the data themselves say what is what."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch")

from PIL import Image

from casestudies.imaging.config import ImagingSettings
from casestudies.imaging.looking import look


def captions(seen) -> list[str]:
    (gallery,) = seen.blocks
    return [picture.caption for picture in gallery.pictures]


def test_a_folder_with_a_table_shows_the_first_of_each_class(film_folder):
    seen = look(ImagingSettings(), film_folder, {})
    assert not seen.fixed
    assert {"file", "label", "patient", "age"} <= set(seen.table.frame)
    shown = captions(seen)
    assert sorted(caption.split(" · ")[0] for caption in shown) == ["cancer"] * 4 + ["no cancer"] * 4
    label = dict(zip(seen.table.frame["file"], seen.table.frame["label"], strict=True))
    assert all(label[name] == word for word, name in (caption.split(" · ") for caption in shown))
    assert all(picture.synthetic for picture in seen.blocks[0].pictures)  # the files say so of themselves


def test_arrays_and_folders_named_after_classes_leave_nothing_to_choose(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 255, (12, 28, 28), dtype=np.uint8)
    np.savez(tmp_path / "films.npz", images=pixels, labels=np.arange(12) % 2)
    for number, film in enumerate(pixels):
        place = tmp_path / "films" / "ab"[number % 2] / f"{number}.png"
        place.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(film).save(place)
    for path, words in (("films.npz", {"0", "1"}), ("films", {"a", "b"})):
        seen = look(ImagingSettings(), tmp_path / path, {})
        assert seen.fixed
        assert set(seen.table.frame["label"]) == words
        assert len(seen.blocks[0].pictures) == 8
        assert not any(picture.synthetic for picture in seen.blocks[0].pictures)


def test_the_demo_says_that_it_is_drawn():
    settings = ImagingSettings.model_validate({"demo": {"rows": 300}})
    seen = look(settings, None, {})
    assert all(picture.synthetic for picture in seen.blocks[0].pictures)
    assert all("labelled" in picture.alt for picture in seen.blocks[0].pictures)
