"""Input quality: what is flagged, what is not, and when a whole set of films has shifted."""

import json

import numpy as np
import pandas as pd
import pytest
from scipy import ndimage

from casestudies.errors import DataError
from casestudies.imaging import synthetic
from casestudies.imaging.audit import FLAGS, QualityReference, shift_told
from casestudies.imaging.audit.figures import NAMES, figures
from casestudies.imaging.audit.quality import _distance, _left_out
from casestudies.imaging.films import Films

SIDE = 48


@pytest.fixture(scope="module")
def films() -> Films:
    return synthetic.films(patients=240, side=SIDE, seed=5)


@pytest.fixture(scope="module")
def train(films: Films) -> Films:
    return films.take(np.arange(0, len(films), 2))


@pytest.fixture(scope="module")
def new(films: Films) -> Films:
    return films.take(np.arange(1, len(films), 2))


@pytest.fixture(scope="module")
def reference(train: Films) -> QualityReference:
    return QualityReference.of(train)


def changed(films: Films, change) -> Films:
    return films.with_pixels(np.clip(change(films.pixels), 0, 1).astype(np.float32))


def noise(size: float):
    return lambda x: x + size * np.random.default_rng(0).standard_normal(x.shape)


def test_of_films_of_one_kind_few_are_flagged(reference: QualityReference, new: Films) -> None:
    flags = reference.flags(new)
    assert list(flags.columns) == [*FLAGS, "words"]
    assert ((flags["words"] != "") == flags[list(FLAGS)].any(axis=1)).all()
    assert (flags["words"] != "").mean() < 0.05


@pytest.mark.parametrize(
    ("flag", "change", "word"),
    [
        ("noisy", noise(0.08), "times training's 95th percentile"),
        ("blurred", lambda x: ndimage.gaussian_filter(x, (0, 0, 1.2, 1.2)), "of training's 5th percentile"),
        ("clipped", lambda x: np.where(np.arange(SIDE) < 5, 1.0, x), "pixels white"),
        ("blank", lambda x: 0.4 + 0.01 * x, "blank: contrast"),
        ("unlike", lambda x: x + 0.3, "times as far out as one in 200"),
        ("unlike", lambda x: x**0.5, "unlike most films"),
    ],
)
def test_what_spoils_a_film_is_named(reference: QualityReference, new: Films, flag: str, change, word: str) -> None:
    flags = reference.flags(changed(new, change))
    assert flags[flag].mean() > 0.9
    assert flags.loc[flags[flag], "words"].str.contains(word, regex=False).all()


def test_a_change_of_the_window_is_neither_noise_nor_blur(reference: QualityReference, new: Films) -> None:
    flags = reference.flags(changed(new, lambda x: 0.2 + 0.5 * x))
    assert flags[["noisy", "blurred"]].mean().max() < 0.03


def test_bars_of_padding_are_not_clipped_pixels(reference: QualityReference, new: Films) -> None:
    padded = new.pixels.copy()
    padded[:, :, :12] = 0
    assert figures(padded)[:, NAMES.index("black")].max() < 0.01
    padded[:, :, 12:24, 10:30] = 0  # a black hole in the film is another thing
    assert figures(padded)[:, NAMES.index("black")].min() > 0.05


def test_grain_is_the_noise_that_was_added() -> None:
    rng = np.random.default_rng(0)
    ramp = np.broadcast_to(np.linspace(0.3, 0.7, 64), (40, 1, 64, 64))
    held = figures((ramp + 0.05 * rng.standard_normal(ramp.shape)).astype(np.float32))
    noise_of = np.exp(held[:, NAMES.index("grain")]) * held[:, NAMES.index("contrast")]
    assert noise_of == pytest.approx(0.05, rel=0.08)
    assert held[:, NAMES.index("contrast")] == pytest.approx(0.8 * 0.4, rel=0.1)


def test_a_wave_lies_in_its_band() -> None:
    across = np.arange(64) / 64
    for cycles, band in ((6, "band 0.06"), (16, "band 0.2"), (28, "band 0.4")):
        wave = np.broadcast_to(0.5 + 0.3 * np.sin(2 * np.pi * cycles * across), (1, 1, 64, 64)).astype(np.float32)
        bands = dict(zip(NAMES, figures(wave)[0], strict=True))
        assert max((name for name in NAMES if name.startswith("band")), key=bands.__getitem__) == band


def test_the_edges_of_a_film_are_no_fine_detail() -> None:
    ramp = np.broadcast_to(np.linspace(0, 1, 64), (1, 1, 64, 64))
    noise_of = 0.02 * np.random.default_rng(0).standard_normal(ramp.shape)
    smooth, rough = (figures(x.astype(np.float32))[0, NAMES.index("band 0.4")] for x in (ramp, ramp + noise_of))
    assert smooth < rough - np.log(100)


def test_colours_are_measured_as_grey(films: Films) -> None:
    grey = films.pixels[:10]
    assert np.allclose(figures(np.repeat(grey, 3, axis=1)), figures(grey), atol=1e-4)


def test_left_out_distances_are_those_of_fits_without_the_film() -> None:
    rows = np.random.default_rng(0).normal(size=(25, 4))

    def away(point: np.ndarray, others: np.ndarray) -> float:
        gap = point - others.mean(axis=0)
        return float(np.sqrt(gap @ np.linalg.inv(np.cov(others, rowvar=False)) @ gap))

    inside = _distance(rows, rows.mean(axis=0), np.linalg.inv(np.cov(rows, rowvar=False)))
    brute = [away(rows[i], np.delete(rows, i, axis=0)) for i in range(len(rows))]
    assert np.allclose(_left_out(inside, len(rows)), brute)


def test_a_reference_of_few_films_does_not_flag_everything(films: Films) -> None:
    few = QualityReference.of(films.take(np.arange(40)))
    assert few.flags(films.take(np.arange(40, len(films))))["unlike"].mean() < 0.05


def test_a_saved_reference_flags_alike(reference: QualityReference, new: Films) -> None:
    again = QualityReference.from_dict(json.loads(json.dumps(reference.to_dict())))
    pd.testing.assert_frame_equal(again.flags(new), reference.flags(new))
    assert again.size == reference.size == (SIDE, SIDE)
    with pytest.raises(DataError, match=r"model.json, quality: .* other figures than this version measures"):
        QualityReference.from_dict({**reference.to_dict(), "figures": ["level"]})


def test_embeddings_have_no_quality(reference: QualityReference, new: Films) -> None:
    bare = new.with_pixels(np.zeros((len(new), 0, 0, 0), dtype=np.float32))
    assert not reference.flags(bare)[list(FLAGS)].to_numpy().any()
    assert not shift_told(reference, bare)["shifted"]
    with pytest.raises(DataError, match="no pixels"):
        QualityReference.of(bare)


def test_films_of_the_same_kind_have_not_shifted(films: Films) -> None:
    """Halves by patient, ten seeds."""
    patients = np.unique(films.patient.astype(str))
    shifted = 0
    for seed in range(10):
        half = np.random.default_rng(seed).permutation(patients)[: len(patients) // 2]
        inside = np.isin(films.patient.astype(str), half)
        shifted += shift_told(QualityReference.of(films.take(inside)), films.take(~inside))["shifted"]
    assert shifted == 0


def test_a_reference_of_a_dozen_films_does_not_cry_wolf(films: Films) -> None:
    """Its extremes lie too near, so that a fifth of films of the same kind are flagged."""
    shifted = 0
    for seed in range(20):
        order = np.random.default_rng(seed).permutation(len(films))
        shifted += shift_told(QualityReference.of(films.take(order[:12])), films.take(order[12:52]))["shifted"]
    assert shifted <= 1


def test_noise_in_new_films_is_a_shift_and_the_cut_not_valid(reference: QualityReference, new: Films) -> None:
    told = shift_told(reference, changed(new, noise(0.08)))
    assert told["shifted"]
    assert told["sentence"].startswith("Quality shift: noise ")
    assert "times training's 95th percentile in the median film" in told["sentence"]
    assert "not valid here" in told["sentence"]
    grain = np.median(figures(changed(new, noise(0.08)).pixels)[:, NAMES.index("grain")])
    times = np.exp(grain - reference.quantiles[3, NAMES.index("grain")])
    assert f"noise {times:.1f} times" in told["sentence"]
    json.dumps(told)


def test_other_brightness_and_other_sizes_are_shifts(reference: QualityReference, new: Films) -> None:
    brighter = shift_told(reference, changed(new, lambda x: x + 0.25))
    assert "the median film is brighter than 19 in 20 of training" in brighter["sentence"]
    facts = new.facts.assign(height=12, width=20)
    small = shift_told(reference, Films(**{**vars(new), "facts": facts}))
    assert small["shifted"]
    assert "12 pixels on its shorter side, training's 48 to 48" in small["sentence"]


def test_one_odd_film_is_flagged_and_no_shift(reference: QualityReference, new: Films) -> None:
    one = changed(new.take(np.array([0])), noise(0.1))
    told = shift_told(reference, one)
    assert told["flagged"] == 1
    assert not told["shifted"]
    three = shift_told(reference, changed(new.take(np.arange(3)), noise(0.1)))
    assert three["shifted"]
    assert str(new.names[0]) in three["sentence"]
