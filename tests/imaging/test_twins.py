"""Twins: the same picture twice, frames of one scan; and what only looks alike."""

import numpy as np
import pytest
from scipy import ndimage

from casestudies.errors import DataError
from casestudies.imaging import synthetic
from casestudies.imaging.audit import twins
from casestudies.imaging.audit.thumbnails import SIDE, shapes, thumbnails
from casestudies.imaging.audit.twins import families_of


@pytest.fixture(scope="module")
def pixels() -> np.ndarray:
    return synthetic.films(patients=120, side=32, seed=3).pixels


@pytest.fixture(scope="module")
def busi(real_data) -> tuple[np.ndarray, np.ndarray]:
    held = np.load(real_data / "busi" / "busi_gray128.npz")
    images = held["images"].reshape(-1, 64, 2, 64, 2).mean((2, 4))[:, None] / np.float32(255)
    return images.astype(np.float32), held["labels"]


def pairs(found) -> set[tuple[int, int]]:
    return set(zip(found.first.tolist(), found.second.tolist(), strict=True))


def test_thumbnails_are_means_of_areas_whatever_the_size() -> None:
    rng = np.random.default_rng(0)
    small = rng.random((3, 1, 16, 16), dtype=np.float32)
    assert np.allclose(thumbnails(small), small)
    large = np.kron(small, np.ones((1, 1, 4, 4), dtype=np.float32))
    assert np.allclose(thumbnails(large), small, atol=1e-6)
    odd = rng.random((2, 1, 28, 28), dtype=np.float32)
    brute = np.kron(odd, np.ones((1, 1, 16, 16), dtype=np.float32)).reshape(2, 1, 16, 28, 16, 28).mean((3, 5))
    assert np.allclose(thumbnails(odd), brute, atol=1e-5)
    assert thumbnails(odd).shape == (2, 1, SIDE, SIDE)


def test_every_pair_beyond_the_cut_is_found_as_numpy_finds_it(pixels: np.ndarray) -> None:
    few = pixels[:90]  # too few to know the anatomy: the correlation alone decides
    rows = shapes(few)
    expected = np.corrcoef(thumbnails(few).reshape(len(few), -1))
    assert np.allclose(rows @ rows.T, expected, atol=1e-6)
    wanted = {(i, j) for i, j in np.argwhere(np.triu(expected >= 0.5, 1)).tolist()}
    assert wanted
    assert pairs(twins(few, 0.5)) == wanted


@pytest.mark.parametrize(
    "change",
    [
        lambda x: x,
        lambda x: np.clip(0.6 * x + 0.2, 0, 1),
        lambda x: ndimage.gaussian_filter(x, (0, 0, 0.8, 0.8)),
        lambda x: np.clip(x + np.random.default_rng(1).normal(0, 0.01, x.shape), 0, 1).astype(np.float32),
    ],
    ids=["copy", "window", "blur", "noise"],
)
def test_a_changed_copy_is_a_twin_and_strangers_are_not(pixels: np.ndarray, change) -> None:
    both = np.concatenate([pixels, change(pixels[:5])]).astype(np.float32)
    found = twins(both, 0.97)
    assert pairs(found) == {(i, len(pixels) + i) for i in range(5)}
    assert found.sure.all()
    assert (found.likeness >= 0.97).all()


def test_blank_images_are_nobodys_twins() -> None:
    assert len(twins(np.full((4, 1, 20, 20), 0.3, dtype=np.float32), 0.97)) == 0
    assert len(twins(np.zeros((4, 0, 0, 0), dtype=np.float32), 0.97)) == 0


def test_a_cut_of_one_finds_exact_copies_only(pixels: np.ndarray) -> None:
    both = np.concatenate([pixels, pixels[3:4], 0.9 * pixels[4:5] + 0.002 * np.eye(32, dtype=np.float32)])
    assert pairs(twins(both, 1.0)) == {(3, len(pixels))}


def test_films_of_one_body_part_are_not_twins_because_they_are_of_one(pixels: np.ndarray) -> None:
    place = np.linspace(-1, 1, 32)
    body = (np.hypot(place[:, None], place[None, :]) < 0.8).astype(np.float32)
    alike = (0.7 * body + (pixels - pixels.mean((2, 3), keepdims=True))).astype(np.float32)
    bare = shapes(alike)
    close = int(np.triu(bare @ bare.T >= 0.97, 1).sum())
    assert close > 1000  # by the thumbnails alone
    both = np.concatenate([alike, alike[:3]])
    found = twins(both, 0.97)
    assert {(i, len(alike) + i) for i in range(3)} <= pairs(found.take(found.sure))
    assert len(found) < 0.01 * close
    assert found.sure.sum() <= 6


def test_many_copies_of_one_image_are_twins_all_the_same(pixels: np.ndarray) -> None:
    rng = np.random.default_rng(0)
    copies = pixels[7:8] + rng.normal(0, 0.01, (60, 1, 32, 32)).astype(np.float32)
    found = twins(np.concatenate([pixels, copies]), 0.97)
    assert len(found) == 61 * 60 // 2
    assert found.sure.all()


def test_thumbnails_that_tell_nothing_apart_are_refused() -> None:
    ramp = np.linspace(0, 1, 16, dtype=np.float32)
    same = np.broadcast_to(ramp, (500, 1, 16, 16)).copy()
    with pytest.raises(DataError, match="audit.twins: each image has more than 200 twins on average"):
        twins(same, 0.9)


def test_families_follow_chains() -> None:
    assert families_of(5, np.array([0, 1]), np.array([1, 4])).tolist() == [0, 0, 1, 2, 0]


def test_the_twins_of_busi(busi) -> None:
    images, labels = busi
    found = twins(images, 0.97)
    assert len(found) == 222  # counted by hand too: 10 of them of two classes
    assert (labels[found.first] != labels[found.second]).sum() == 10
    assert 195 <= found.sure.sum() <= 210
    unlike = labels[found.first] != labels[found.second]
    assert found.sure[unlike].all()


def test_a_random_split_of_busi_has_twins_of_training_in_its_test_part(real_data) -> None:
    held = np.load(real_data / "busi" / "breastmnist_style_28.npz")
    images = np.concatenate([held[f"{part}_images"] for part in ("train", "test")])[:, None] / np.float32(255)
    found = twins(images.astype(np.float32), 0.97)
    train = len(held["train_images"])
    assert len(np.unique(found.second[(found.first < train) & (found.second >= train)])) == 49  # of 156


def test_chest_films_of_two_persons_are_no_certain_twins(real_data) -> None:
    held = np.load(real_data / "pneumoniamnist" / "pneumoniamnist.npz")
    images = np.concatenate([held[f"{part}_images"] for part in ("train", "val", "test")])[:, None] / np.float32(255)
    part = np.repeat([0, 1, 2], [4708, 524, 624])
    found = twins(images.astype(np.float32), 0.97)
    sure = found.take(found.sure)
    one, other = part[sure.first], part[sure.second]
    exact = (images[sure.first] == images[sure.second]).all(axis=(1, 2, 3))
    assert exact.sum() == len(sure) == 31
    assert not ((one == 0) & (other == 2)).any()
    assert ((one == 0) & (other == 1)).sum() == 10
