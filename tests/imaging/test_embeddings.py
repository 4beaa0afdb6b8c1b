"""Features made elsewhere find their images by file name, or are refused by name."""

import numpy as np
import pandas as pd
import pytest

from casestudies.errors import DataError
from casestudies.imaging.heads.embeddings import embeddings

NAMES = ["a.png", "sub/b.png", "c.png"]
FEATURES = np.arange(12, dtype=np.float32).reshape(3, 4)


def npz(folder, name="e.npz", **arrays):
    np.savez(folder / name, **arrays)
    return folder / name


def parquet(folder, frame):
    frame.to_parquet(folder / "e.parquet")
    return folder / "e.parquet"


def wide(names=NAMES, features=FEATURES):
    return pd.DataFrame({"file": names, **{f"f{n}": column for n, column in enumerate(np.asarray(features).T)}})


@pytest.mark.parametrize(
    "make",
    [
        lambda folder: npz(folder, names=np.array(NAMES), embeddings=FEATURES),
        lambda folder: npz(folder, filenames=np.array(NAMES, dtype="S"), x=FEATURES.astype(np.float16)),
        lambda folder: npz(folder, names=np.array(NAMES), site=np.array(["A", "B", "A"]), x=FEATURES.astype(int)),
        lambda folder: parquet(folder, wide()),
        lambda folder: parquet(folder, pd.DataFrame({"name": NAMES, "embedding": list(FEATURES)})),
    ],
    ids=["npz", "npz of bytes", "npz with other text", "parquet", "parquet of lists"],
)
def test_features_come_in_the_order_of_the_images(tmp_path, make):
    found = embeddings(make(tmp_path), np.array(["c.png", "a.png"], dtype=object))
    assert found.dtype == np.float64
    np.testing.assert_array_equal(found, FEATURES[[2, 0]])


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda folder: folder / "none.npz", "no such file"),
        (
            lambda folder: npz(folder, names=np.array(NAMES[:2]), x=FEATURES[:2]),
            "1 of 3 images have no features: 'c.png'",
        ),
        (
            lambda folder: npz(folder, names=np.array([*NAMES, "a.png"]), x=FEATURES[[0, 1, 2, 0]]),
            "row 4: 1 names stand",
        ),
        (lambda folder: npz(folder, names=np.array(NAMES), x=FEATURES[:2]), "3 names for features of shape (2, 4)"),
        (lambda folder: npz(folder, names=np.array(NAMES, dtype=object), x=FEATURES), "Python objects"),
        (lambda folder: npz(folder, names=np.array(NAMES)), "holds 0 tables of numbers (names)"),
        (lambda folder: npz(folder, names=np.array(NAMES), x=FEATURES, z=FEATURES), "holds 2 tables of numbers"),
        (lambda folder: npz(folder, x=FEATURES), "no file names stand in it"),
        (
            lambda folder: npz(folder, one=np.array(NAMES), two=np.array(NAMES), x=FEATURES),
            "one, two may all be file names",
        ),
        (
            lambda folder: npz(folder, names=np.array(NAMES), x=np.where(FEATURES == 6, np.nan, FEATURES)),
            "1 features are not finite, first feature 3 of 'sub/b.png'",
        ),
        (lambda folder: parquet(folder, wide().assign(f1=np.array([1.0, np.inf, 2.0]))), "feature 2 of 'sub/b.png'"),
        (lambda folder: parquet(folder, wide(names=["a.png", None, "c.png"])), "1 names are missing"),
        (lambda folder: parquet(folder, wide().assign(f1=["x", "y", "z"])), "holds no numbers"),
        (lambda folder: parquet(folder, wide()[["file"]]), "no features beside the names"),
        (
            lambda folder: parquet(folder, pd.DataFrame({"file": NAMES, "x": [[1.0], [1.0, 2.0], [3.0]]})),
            "lists of 1, 2 features",
        ),
    ],
)
def test_a_file_that_does_not_fit_is_refused_by_name(tmp_path, make, words):
    with pytest.raises(DataError) as refusal:
        embeddings(make(tmp_path), NAMES)
    assert words in str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("name", ["e.npz", "e.parquet", "e.csv"])
def test_a_file_of_another_kind_is_refused(tmp_path, name):
    (tmp_path / name).write_bytes(b"file,f1\na.png,1\n")
    with pytest.raises(DataError, match="not readable|not from"):
        embeddings(tmp_path / name, NAMES)


def test_a_file_that_grows_beyond_bounds_is_refused_before_it_is_unpacked(tmp_path, monkeypatch):
    from casestudies.imaging.heads import embeddings as module

    path = tmp_path / "bomb.npz"
    np.savez_compressed(path, names=np.array(NAMES), x=np.zeros((3, 200_000)))
    assert path.stat().st_size < 50_000
    monkeypatch.setattr(module, "_LARGEST", 1_000_000)
    with pytest.raises(DataError, match="once unpacked"):
        embeddings(path, NAMES)
    wide().to_parquet(tmp_path / "e.parquet")
    monkeypatch.setattr(module, "_LARGEST", 10)
    with pytest.raises(DataError, match="once unpacked"):
        embeddings(tmp_path / "e.parquet", NAMES)
