"""The study's door: the demo as values and as files, and what a check is told."""

from __future__ import annotations

import numpy as np
import pytest

from casestudies.imaging.config import ImagingSettings
from casestudies.imaging.demo import DEFAULTS, demo, demo_images
from casestudies.imaging.reading import check, opened

SETTINGS = ImagingSettings(data=DEFAULTS["data"], demo={"rows": 300}, seed=3)


@pytest.fixture(scope="module")
def drawn():
    with opened(None, SETTINGS, None, {}) as loaded:
        return loaded


@pytest.fixture(scope="module")
def as_files(tmp_path_factory):
    """The demo written as a folder of PNGs with labels.csv."""
    folder = tmp_path_factory.mktemp("demo")
    for name, content in demo_images(300, 3).items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(content)
    demo(300, 3).frame.to_csv(folder / "labels.csv", index=False)
    return folder


def test_the_demo_is_read_from_files_as_it_is_drawn(drawn, as_files):
    with opened(None, SETTINGS, as_files, {}) as loaded:
        read, made = loaded.read.films, drawn.read.films
    np.testing.assert_allclose(read.pixels, made.pixels, atol=1e-6)
    for name in ("names", "label", "masks"):
        np.testing.assert_array_equal(getattr(read, name), getattr(made, name))
    _, ours = np.unique(read.patient, return_inverse=True)
    _, theirs = np.unique(made.patient, return_inverse=True)
    np.testing.assert_array_equal(ours, theirs)
    assert (read.history, read.groups, read.classes) == (made.history, made.groups, made.classes)
    for name in made.table:
        np.testing.assert_array_equal(read.table[name].to_numpy(), made.table[name].to_numpy())
    assert loaded.synthetic  # the files say so of themselves
    assert loaded.read.preparation == drawn.read.preparation


def test_the_demo_says_what_it_is(drawn):
    assert drawn.synthetic
    assert "SYNTHETIC" in drawn.read.notes[0]
    assert drawn.read.source.rows == 300


def test_the_same_seed_has_the_same_hash(drawn):
    with opened(None, SETTINGS, None, {}) as again:
        assert again.read.source.sha256 == drawn.read.source.sha256
    with opened(None, SETTINGS.model_copy(update={"seed": 4}), None, {}) as other:
        assert other.read.source.sha256 != drawn.read.source.sha256


def test_the_demo_at_another_side(drawn):
    with opened(
        None, ImagingSettings(data=DEFAULTS["data"], demo={"rows": 300}, seed=3, reading={"side": 32}), None, {}
    ) as loaded:
        films = loaded.read.films
    assert films.pixels.shape == (300, 1, 32, 32)
    halves = drawn.read.films.pixels.reshape(300, 1, 32, 2, 32, 2).mean(axis=(3, 5))
    assert np.abs(films.pixels - halves).mean() < 0.02
    np.testing.assert_allclose(films.facts["spacing"], 2 * drawn.read.films.facts["spacing"])


def test_a_check_is_told_rows_columns_and_problems(as_files):
    told = check(None, SETTINGS, as_files, {})
    assert told.rows == 300
    assert told.reads["age"] == "history"
    assert told.reads["patient"] == "patient"
    assert not told.problems.errors
    assert told.own.read.films.side == 64


def test_a_check_counts_no_rows_where_something_has_to_be_mended(as_files):
    data = DEFAULTS["data"] | {"positive": None}
    told = check(None, ImagingSettings(data=data), as_files, {})
    assert told.rows == 0
    assert "nothing says which is the disease" in str(told.problems.errors[0])
