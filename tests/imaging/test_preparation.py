"""Grey values to the pixels that the network sees: windows, sizes, padding, and the way back from JSON."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from casestudies.errors import DataError
from casestudies.imaging.preparation import Facts, Preparation

EIGHT = Facts("PNG", 8, black=0.0, white=255.0)
RANDOM = np.random.default_rng(0)


def test_a_film_of_the_side_is_only_scaled():
    film = RANDOM.integers(0, 256, (64, 64)).astype(np.uint8)
    np.testing.assert_allclose(Preparation().prepare(film, EIGHT)[0], film / 255, atol=1e-6)


def test_halving_averages_and_keeps_the_mean():
    film = RANDOM.integers(0, 256, (128, 128)).astype(np.uint8)
    small = Preparation().prepare(film, EIGHT)
    assert small.shape == (1, 64, 64)
    assert small.mean() == pytest.approx(film.mean() / 255, abs=2e-3)
    assert small.std() < 0.6 * film.std() / 255  # nothing finer than a pixel is kept


@given(st.integers(16, 90), st.integers(16, 90))
def test_the_aspect_is_kept_and_black_is_padded_on_both_sides(height, width):
    film = np.full((height, width), 200, dtype=np.uint8)
    film[0, 0] = 0
    if max(height, width) > 4 * min(height, width):
        return
    found = Preparation(side=32).prepare(film, EIGHT)[0] > 0
    rows, columns = found.any(axis=1), found.any(axis=0)
    scale = 32 / max(height, width)
    assert abs(rows.sum() - height * scale) <= 1
    assert abs(columns.sum() - width * scale) <= 1
    for filled in (rows, columns):
        before, behind = filled.argmax(), filled[::-1].argmax()
        assert abs(before - behind) <= 1


def test_pixels_that_are_not_square_are_made_so():
    film = RANDOM.integers(1, 256, (40, 40)).astype(np.uint8)
    tall = replace(EIGHT, spacing=(0.2, 0.1))
    found = Preparation(side=32).prepare(film, tall)[0] > 0
    assert (found.any(axis=1).sum(), found.any(axis=0).sum()) == (32, 16)


def test_spacing_of_the_prepared_pixels():
    prepared = Preparation(side=64)
    assert prepared.spacing(640, 320, replace(EIGHT, spacing=(0.1, 0.1))) == pytest.approx(1.0)
    assert np.isnan(prepared.spacing(640, 320, EIGHT))


class TestWindows:
    film = np.array([[0, 10], [20, 100]], dtype=np.uint8).repeat(16, 0).repeat(16, 1)

    def test_file(self):
        values = np.unique(Preparation(side=32).prepare(self.film, replace(EIGHT, black=10, white=20)))
        np.testing.assert_allclose(values, [0, 1])

    def test_range(self):
        values = np.unique(Preparation(side=32, window="range").prepare(self.film, EIGHT))
        np.testing.assert_allclose(values, [0, 0.1, 0.2, 1], atol=1e-6)

    def test_percentile_leaves_single_pixels_out(self):
        film = RANDOM.integers(50, 100, (100, 100)).astype(np.uint8)
        film[0, 0] = 255
        low, high = np.percentile(film, (0.5, 99.5))
        found = Preparation(side=100, window="percentile").prepare(film, EIGHT)[0]
        np.testing.assert_allclose(found, np.clip((film - low) / (high - low), 0, 1), atol=1e-5)

    def test_inverted(self):
        plain = Preparation(side=32).prepare(self.film, EIGHT)
        np.testing.assert_allclose(
            Preparation(side=32).prepare(self.film, replace(EIGHT, inverted=True)), 1 - plain, atol=1e-6
        )

    def test_black_is_padded_to_an_inverted_film_too(self):
        film = RANDOM.integers(0, 100, (16, 32)).astype(np.uint8)
        found = Preparation(side=32).prepare(film, replace(EIGHT, inverted=True))[0]
        assert (found[:8] == 0).all()
        assert (found[8:24] > 0.5).all()

    def test_assumed_bits(self):
        film = (self.film.astype(np.uint16)) * 40
        assumed = Facts("PNG", 16, assumed=True)
        prepared = Preparation(side=32).with_bits_of([4000.0, 900.0])
        assert prepared.bits == 12
        np.testing.assert_allclose(
            np.unique(prepared.prepare(film, assumed)), [0, 400 / 4095, 800 / 4095, 4000 / 4095], atol=1e-6
        )

    @pytest.mark.parametrize(
        ("greatest", "bits"), [(255, 8), (3, 8), (256, 9), (1023, 10), (4095, 12), (4096, 13), (65535, 16)]
    )
    def test_the_fewest_bits_that_hold_all(self, greatest, bits):
        assert Preparation().with_bits_of([1.0, greatest]).bits == bits


class TestRefused:
    @pytest.mark.parametrize(
        ("film", "words"),
        [
            (np.zeros((40, 40), np.uint8), "all pixels are 0"),
            (np.full((40, 40), 255, np.uint8), "all pixels are 255"),
            (np.where(np.eye(40), np.nan, 1.0), "40 pixels are no finite numbers"),
            (RANDOM.integers(0, 9, (15, 40)), "40 x 15 pixels; at least 16 each way"),
            (RANDOM.integers(0, 9, (20, 90)), "90 x 20 pixels; one side is more than 4 times the other"),
        ],
    )
    def test_with_the_reason(self, film, words):
        with pytest.raises(DataError, match=words):
            Preparation().prepare(film, EIGHT)


def test_grey_is_repeated_in_three_channels_and_colours_are_kept():
    grey = RANDOM.integers(0, 256, (32, 32)).astype(np.uint8)
    three = Preparation(side=32, channels=3)
    np.testing.assert_allclose(three.prepare(grey, EIGHT), np.stack([grey / 255] * 3), atol=1e-6)
    colours = RANDOM.integers(0, 256, (32, 32, 3)).astype(np.uint8)
    np.testing.assert_allclose(three.prepare(colours, EIGHT), np.moveaxis(colours / 255, 2, 0), atol=1e-6)


def test_a_mask_goes_where_its_film_goes():
    film = RANDOM.integers(0, 50, (100, 200)).astype(np.uint8)
    film[20:60, 100:160] = 255
    prepared = Preparation(side=50)
    lesion = prepared.prepare_mask(film == 255, EIGHT)
    assert lesion.sum() == pytest.approx(40 * 60 / 16, rel=0.1)
    assert prepared.prepare(film, EIGHT)[0][lesion].min() > 0.5


def test_a_lesion_smaller_than_a_pixel_is_not_lost():
    mask = np.zeros((640, 640))
    mask[300:303, 300:303] = 1
    assert Preparation().prepare_mask(mask, EIGHT).sum() >= 1
    assert not Preparation().prepare_mask(np.zeros((640, 640)), EIGHT).any()


def test_it_comes_back_from_json():
    made = Preparation(48, 3, "percentile", 12, "CC", ("MG", "DX"), 10_000, (("age", "number"), ("site", "category")))
    assert Preparation.from_dict(json.loads(json.dumps(made.to_dict()))) == made
