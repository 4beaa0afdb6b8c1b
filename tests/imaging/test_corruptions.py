import io
import itertools

import numpy as np
import pytest
import torch
from PIL import Image
from scipy import ndimage

from casestudies.imaging import synthetic
from casestudies.imaging.corruptions import CORRUPTIONS, SEVERITIES, corrupted

NOTHING = {"low dose": 1e9, "detector noise": 0.0, "speckle": 0.0, "dead pixels": 0.0, "blur": 1e-3, "motion": 1,
           "coarse pixels": 1.0, "less contrast": 1.0, "brighter": 0.0, "darker": 0.0, "gamma": 1.0, "rotation": 0.0}  # fmt: skip


@pytest.fixture(scope="module")
def films() -> np.ndarray:
    return synthetic.films(12, seed=8).pixels


def at(films, name, level, seed=0) -> np.ndarray:
    generator = torch.Generator().manual_seed(seed)
    return CORRUPTIONS[name].of(torch.from_numpy(films), level, generator).numpy()


def flat(value, side=200, channels=1) -> np.ndarray:
    return np.full((4, channels, side, side), value, np.float32)


def test_there_are_fourteen_with_five_levels_each():
    assert len(CORRUPTIONS) == 14
    assert all(len(one.levels) == len(SEVERITIES) == 5 for one in CORRUPTIONS.values())


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_a_corruption_keeps_shape_range_and_what_it_was_given(films, name):
    before = films.copy()
    for pixels in (films, np.repeat(films[:3], 3, axis=1), films[:3, :, ::2, ::2]):
        worse = corrupted(pixels, name, 5, 0)
        assert worse.shape == pixels.shape
        assert worse.dtype == np.float32
        assert worse.min() >= 0
        assert worse.max() <= 1
    assert (films == before).all()


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_a_worse_severity_is_farther_from_the_film(films, name):
    away = [float(np.abs(corrupted(films, name, severity, 1) - films).mean()) for severity in (1, 3, 5)]
    assert 0 < away[0] < away[1] < away[2]


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_the_same_seed_is_the_same_film_and_only_chance_differs_with_another(films, name):
    first = corrupted(films, name, 3, 5)
    assert (first == corrupted(films, name, 3, 5)).all()
    drawn = name in {"low dose", "detector noise", "speckle", "dead pixels", "rotation", "burnt-in label"}
    assert (first == corrupted(films, name, 3, 6)).all() != drawn


@pytest.mark.parametrize("name", NOTHING)
def test_at_the_level_of_nothing_a_film_stays_as_it_is(films, name):
    assert at(films, name, NOTHING[name]) == pytest.approx(films, abs=2e-4)


def test_unknown_names_and_severities_are_refused(films):
    with pytest.raises(KeyError):
        corrupted(films, "rain", 1, 0)
    with pytest.raises(ValueError, match="not in tuple"):
        corrupted(films, "blur", 6, 0)


def test_levels_between_severities_lie_on_straight_lines():
    one = CORRUPTIONS["blur"]
    assert [one.between(place) for place in range(5)] == pytest.approx(one.levels)
    assert one.between(0.5) == pytest.approx((one.levels[0] + one.levels[1]) / 2)


def test_photons_come_with_their_own_variance():
    seen = at(flat(0.4), "low dose", 50.0)
    assert seen.mean() == pytest.approx(0.4, rel=0.01)
    assert seen.var() == pytest.approx(0.4 / 50, rel=0.03)


@pytest.mark.parametrize(("name", "spread"), [("detector noise", 0.05), ("speckle", 0.02)])
def test_noise_has_its_spread(name, spread):
    assert at(flat(0.4), name, 0.05).std() == pytest.approx(spread, rel=0.02)


def test_dead_pixels_are_as_many_as_said_and_black_as_often_as_white():
    seen = at(flat(0.4, channels=3), "dead pixels", 0.04)
    black, white = (seen == 0).mean(), (seen == 1).mean()
    assert black == pytest.approx(0.02, rel=0.08)
    assert white == pytest.approx(0.02, rel=0.08)
    assert ((seen == 0.0).all(axis=1) == (seen == 0.0).any(axis=1)).all()  # in all channels alike


def test_blur_is_the_gaussian_of_scipy(films):
    assert at(films, "blur", 1.8) == pytest.approx(
        ndimage.gaussian_filter(films, (0, 0, 1.8, 1.8), mode="nearest"), abs=1e-5
    )
    half = films[:, :, ::2, ::2]  # 32 pixels: the same blur is half as wide in pixels
    assert at(half, "blur", 1.8) == pytest.approx(
        ndimage.gaussian_filter(half, (0, 0, 0.9, 0.9), mode="nearest"), abs=1e-5
    )


def test_motion_is_a_running_mean_along_the_rows(films):
    assert at(films, "motion", 7) == pytest.approx(ndimage.uniform_filter1d(films, 7, axis=3, mode="nearest"), abs=1e-5)
    spike = np.zeros((1, 1, 64, 64), np.float32)
    spike[0, 0, 32, 32] = 1
    assert at(spike, "motion", 4)[0, 0, 32, 30:35] == pytest.approx([0.125, 0.25, 0.25, 0.25, 0.125])


def test_half_the_resolution_is_the_mean_of_four(films):
    four = films.reshape(-1, 1, 32, 2, 32, 2).mean((3, 5))
    assert at(films, "coarse pixels", 0.5) == pytest.approx(four.repeat(2, 2).repeat(2, 3), abs=1e-6)


def test_jpeg_is_what_pillow_writes(films):
    grey = np.round(films[0, 0] * 255).astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(grey).save(file, "JPEG", quality=25)
    assert at(films[:1], "JPEG", 25.0)[0, 0] == pytest.approx(np.asarray(Image.open(file)) / 255, abs=1e-6)


def test_contrast_and_tone_follow_their_formulas(films):
    mean = films.mean((2, 3), keepdims=True)
    assert at(films, "less contrast", 0.4) == pytest.approx(mean + 0.4 * (films - mean), abs=1e-5)
    assert at(films, "brighter", 0.3) == pytest.approx(np.minimum(films + 0.3, 1), abs=1e-6)
    assert at(films, "darker", 0.3) == pytest.approx(np.maximum(films - 0.3, 0), abs=1e-6)
    assert at(films, "gamma", 0.5) == pytest.approx(np.sqrt(films), abs=1e-5)


def test_a_quarter_turn_goes_to_either_side(films):
    turned = at(films, "rotation", 90.0)
    ways = [
        [np.allclose(film, np.rot90(was, turn), atol=1e-3) for turn in (1, 3)]
        for film, was in zip(turned[:, 0], films[:, 0], strict=True)
    ]
    assert all(sum(way) == 1 for way in ways)
    assert {way.index(True) for way in ways} == {0, 1}


def test_a_label_is_white_in_one_corner_and_leaves_the_rest(films):
    marked = at(np.concatenate([films] * 4), "burnt-in label", 0.25)
    edge, corners = 16, set()
    for film, was in zip(marked[:, 0], np.concatenate([films] * 4)[:, 0], strict=True):
        places = itertools.product((1, 64 - 1 - edge), (1, 64 - 1 - edge))
        here = [(y, x) for y, x in places if (film[y : y + edge, x : x + edge] == 1).all()]
        assert len(here) == 1
        expected = was.copy()
        (y, x) = here[0]
        expected[y : y + edge, x : x + edge] = 1
        assert (film == expected).all()
        corners.add(here[0])
    assert len(corners) == 4
