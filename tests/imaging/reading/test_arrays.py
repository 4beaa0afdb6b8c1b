""".npz files: MedMNIST's keys and plain ones, sizes checked before memory is taken, and nothing unpickled."""

from __future__ import annotations

import struct
import zipfile

import numpy as np
import pytest

from casestudies.errors import DataError

RANDOM = np.random.default_rng(0)
IMAGES = RANDOM.integers(0, 256, (30, 28, 28)).astype(np.uint8)
LABELS = (np.arange(30) % 3 == 0).astype(np.uint8)


@pytest.fixture
def npz(tmp_path):
    """An .npz file of some arrays."""

    def made(**arrays):
        path = tmp_path / "films.npz"
        np.savez_compressed(path, **arrays)
        return path

    return made


def medmnist(**more) -> dict[str, np.ndarray]:
    parts = {"train": slice(0, 15), "val": slice(15, 20), "test": slice(20, 30)}
    arrays = {f"{part}_images": IMAGES[rows] for part, rows in parts.items()}
    return arrays | {f"{part}_labels": LABELS[rows][:, None] for part, rows in parts.items()} | more


def test_medmnist_keeps_its_parts_and_its_pixels(npz, read):
    films = read(npz(**medmnist()), data={"positive": 1}).films
    np.testing.assert_allclose(films.pixels[:, 0], IMAGES / 255, atol=1e-6)  # 28 pixels a side, as in the file
    assert list(films.part) == ["train"] * 15 + ["validation"] * 5 + ["test"] * 10
    assert list(films.names[[0, 15, 29]]) == ["train[0]", "val[0]", "test[9]"]
    np.testing.assert_array_equal(films.label, LABELS)
    assert films.classes == ("0", "1")
    assert not films.patients_known
    assert len(set(films.patient)) == 30


def test_label_zero_may_be_the_disease(npz, read):
    """As in BreastMNIST, where 0 is malignant."""
    np.testing.assert_array_equal(read(npz(**medmnist()), data={"positive": "0"}).films.label, 1 - LABELS)


def test_plain_keys_with_masks_names_classes_and_patients(npz, read):
    masks = IMAGES > 250
    path = npz(
        images=IMAGES,
        labels=LABELS,
        masks=masks,
        class_names=np.array(["well", "ill"]),
        filenames=np.array([f"a/{n}.png" for n in range(30)]),
        patient=np.arange(30) // 2,
    )
    films = read(path).films
    np.testing.assert_array_equal(films.masks, masks)
    assert films.classes == ("well", "ill")
    assert films.names[3] == "a/3.png"
    assert films.patients_known
    np.testing.assert_array_equal(films.patient[::2], films.patient[1::2])


def test_a_side_that_is_asked_for_is_kept(npz, read):
    assert read(npz(**medmnist()), data={"positive": 1}, reading={"side": 32}).films.side == 32
    assert (
        read(
            npz(images=RANDOM.integers(0, 256, (30, 100, 80)).astype(np.uint8), labels=LABELS), data={"positive": 1}
        ).films.side
        == 64
    )


def test_sixteen_bits_are_read_as_the_twelve_that_they_hold(npz, read):
    deep = IMAGES.astype(np.uint16) * 16
    found = read(npz(images=deep, labels=LABELS), data={"positive": 1})
    np.testing.assert_allclose(found.films.pixels[:, 0], deep / 4095, atol=1e-6)
    assert found.preparation.bits == 12
    assert "16-bit images are read as 12 bits" in " ".join(found.notes)


def test_floats_from_zero_to_one_and_colours(npz, read):
    films = read(npz(images=IMAGES / 255.0, labels=LABELS), data={"positive": 1}).films
    np.testing.assert_allclose(films.pixels[:, 0], IMAGES / 255, atol=1e-6)
    colours = np.stack([IMAGES, IMAGES // 2, IMAGES // 4], axis=3)
    films = read(npz(images=colours, labels=LABELS), data={"positive": 1}, model={"channels": 3}).films
    np.testing.assert_allclose(films.pixels, np.moveaxis(colours, 3, 1) / 255, atol=1e-6)


def test_a_table_may_stand_beside_it(npz, read, tmp_path):
    table = tmp_path / "who.csv"
    table.write_text(
        "file,label,patient\n"
        + "".join(f"images[{n}],{'ill' if n % 2 else 'well'},{n // 3}\n" for n in range(29, 9, -1))
    )
    films = read(npz(images=IMAGES, labels=LABELS), table).films
    assert len(films) == 20
    assert list(films.label) == [n % 2 for n in range(10, 30)]
    assert films.names[0] == "images[10]"


def header_only(shape: tuple[int, ...]) -> bytes:
    """An .npy of a few bytes that declares an array of this shape."""
    text = f"{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode() + bytes(100)


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({"a": IMAGES}, "it holds no images, but 'a'; name the images `images`"),
        ({"images": IMAGES, "labels": LABELS[:20]}, "20 labels for 30 images"),
        ({"images": IMAGES, "labels": np.stack([LABELS] * 14, 1)}, "labels has 14 columns: several diseases"),
        ({"images": IMAGES.reshape(30, -1), "labels": LABELS}, "images has shape 30 x 784"),
        (
            {"images": IMAGES, "labels": LABELS + 4, "class_names": np.array(["a", "b"])},
            "labels go beyond the 2 class_names",
        ),
        ({"images": IMAGES, "labels": LABELS, "masks": IMAGES[:, :9]}, "masks are not of the images' size"),
        (
            {"images": IMAGES, "labels": LABELS, "filenames": np.array(["a"] * 30)},
            "filenames names 1 files for 30 images",
        ),
        ({"train_images": IMAGES, "test_images": IMAGES, "test_labels": LABELS}, "only 1 of 2 parts have labels"),
        ({"images": IMAGES}, "nothing says what an image shows"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(arrays, words, npz, read):
    with pytest.raises(DataError, match=words):
        read(npz(**arrays), data={"positive": 1}).problems.raise_if_errors("films.npz")


def test_python_objects_are_never_loaded(npz, read):
    with pytest.raises(DataError, match="labels holds Python objects, which can run code"):
        read(npz(images=IMAGES, labels=np.array([{"a": 1}] * 30)))


def test_a_header_that_declares_more_than_there_is(tmp_path, read):
    path = tmp_path / "films.npz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("images.npy", header_only((10**6, 10**4, 10**4)))
    with pytest.raises(DataError, match="images declares more values than it holds"):
        read(path)


@pytest.mark.parametrize("share", [0.3, 0.9])
def test_a_file_cut_short(npz, read, share):
    path = npz(**medmnist())
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(DataError, match="the .npz file is damaged or cut short"):
        read(path)


def test_arrays_are_known_by_what_they_are_whatever_the_file_is_called(npz, read):
    path = npz(**medmnist())
    path = path.rename(path.with_suffix(".zip"))
    assert len(read(path, data={"positive": 1}).films) == 30


def test_nan_is_refused_and_counted(npz, read):
    images = IMAGES / 255.0
    images[4, 0, :3] = np.nan
    found = read(npz(images=images, labels=LABELS), data={"positive": 1})
    assert len(found.films) == 29
    assert "images[4]: 3 pixels are no finite numbers; skipped, 1 of 30" in str(found.problems.of("warning")[0])


def test_medmnist_as_published(real_data, read):
    """Counts of the data set's own table."""
    films = read(real_data / "pneumoniamnist" / "pneumoniamnist.npz", data={"positive": 1}).films
    counts = {part: np.bincount(films.label[films.part == part]).tolist() for part in ("train", "validation", "test")}
    assert counts == {"train": [1214, 3494], "validation": [135, 389], "test": [234, 390]}


def test_breast_ultrasound(real_data, read):
    found = read(real_data / "busi" / "busi_gray128.npz", data={"positive": "malignant", "negative": ["benign"]})
    assert np.bincount(found.films.label).tolist() == [437, 210]
    assert found.films.masks.any(axis=(1, 2)).all()
    assert "133 images are of classes named neither" in str(found.problems.of("warning")[0])
