"""Images and tables that a real person could bring: one line that says what, where and what to do; nothing is learnt from."""

from __future__ import annotations

import io

import numpy as np
import pytest

from casestudies.errors import CaseError, ConfigError, DataError

GREY = np.add.outer(np.arange(40) * 3, np.arange(32) * 2).astype(np.uint8)
ROWS = 24


def colour(png) -> bytes:
    return png(np.stack([GREY, GREY // 2, 255 - GREY], axis=2))


def all_of(content: bytes) -> dict[str, bytes]:
    return {f"f{number:02d}.png": content for number in range(ROWS)}


def arrays(**values) -> bytes:
    file = io.BytesIO()
    np.savez(file, **values)
    return file.getvalue()


# name: ({file: content} beside the good ones, columns of the table, settings, error, words that its line must hold)
STOPS = {
    "no disease named": ({}, {}, {"data": {}}, DataError, ("'well' (16)", "'ill' (8)", "nothing says which is the disease", "data.positive")),
    "a disease that no label names": ({}, {}, {"data": {"positive": "il"}}, DataError, ("data.positive names 'il'", "did you mean 'ill'")),
    "numbers as classes": ({}, {"label": [n % 2 for n in range(ROWS)]}, {"data": {}}, DataError, ("'0' (12)", "'1' (12)", "data.positive")),
    "a class that is not the disease, misspelt": (
        {}, {}, {"data": {"positive": "ill", "negative": ["healthy"]}}, DataError, ("data.negative names 'healthy'", "'well' (16)")),
    "one class": ({}, {"label": ["ill"] * ROWS}, {}, DataError, ("all 24 labels are 'ill': a classifier needs both", "saved model")),
    "no label": ({}, {"label": [""] * ROWS}, {}, DataError, ("no one of the images has a label",)),
    "no column of labels": ({}, {"label": None}, {}, DataError, ("no column could be told to hold the label", "data.label")),
    "no column of files": ({}, {"file": None}, {}, DataError, ("labels.csv", "hold the images' file names among `label`, `patient`", "data.file")),
    "a label column that is not there": ({}, {}, {"data": {"positive": "ill", "label": "lable"}}, ConfigError, ("data.label", "'lable'", "'label'")),
    "a patient column that is not there": ({}, {}, {"data": {"positive": "ill", "patient": "mrn"}}, ConfigError, ("data.patient", "'mrn'", "'patient'")),
    "a history that is not there": ({}, {}, {"data": {"positive": "ill", "history": ["age"]}}, ConfigError, ("data.history", "'age'")),
    "the label as history": ({}, {}, {"data": {"positive": "ill", "history": ["label"]}}, ConfigError, ("'label' is the label and is named as history",)),
    "dates as history": (
        {}, {"seen": [f"2024-01-{n + 1:02d}" for n in range(ROWS)]}, {"data": {"positive": "ill", "history": ["seen"]}}, DataError,
        ("`seen`", "data.history", "dates")),
    "one column for two things": (
        {}, {}, {"data": {"positive": "ill", "label": "label", "patient": "label"}}, ConfigError, ("'label' is named by data.label already", "data.patient")),
    "a score that is not there": ({}, {}, {"model": {"incumbent": "reader"}}, ConfigError, ("model.incumbent", "'reader'")),
    "an image in two rows that differ": (
        {}, {"file": ["f00.png", "f00.png", *(f"f{n:02d}.png" for n in range(2, ROWS))]}, {}, DataError,
        ("`file`", "several rows that say different things", "row 2 (line 3)", "f00.png, as row 1")),
    "no file of the table": ({}, {"file": [f"g{n}.jpg" for n in range(ROWS)]}, {}, DataError, ("names 24 of 24 images that are not there", "row 1 (line 2)", "'g0.jpg'")),
    "a part that is none": ({}, {"split": ["train"] * 23 + ["dev"]}, {"data": {"positive": "ill", "split": "split"}}, DataError, ("`split` says 'dev'", "train, validation or test")),
    "images that are text": (all_of(b"hello"), {}, {}, DataError, ("24 of 24 images cannot be read", "f00.png: this is no image that is read")),
    "films that are all black": ({f"f{n:02d}.png": "black" for n in range(2)}, {}, {}, DataError, ("2 of 24 images cannot be read", "f00.png: all pixels are 0", "audit.unread")),
    "colour photographs": ({f"f{n:02d}.png": "colour" for n in range(2)}, {}, {}, DataError, ("f00.png: a colour image", "model.channels: 3")),
    "films of a few pixels": ({f"f{n:02d}.png": "tiny" for n in range(2)}, {}, {}, DataError, ("8 x 8 pixels; at least 16",)),
    "a strip": ({f"f{n:02d}.png": "strip" for n in range(2)}, {}, {}, DataError, ("200 x 20 pixels; one side is more than 4 times the other",)),
    "films larger than allowed": ({"f00.png": "large", "f01.png": "large"}, {}, {"reading": {"most_pixels": 1000}}, DataError, ("f00.png: the header declares 32 x 40 pixels, more than reading.most_pixels (1,000)",)),
    "a table that is an image": ({"labels.csv": "image"}, {}, {}, DataError, ("labels.csv", "this is an image")),
    "all that is left is one class": (
        {f"f{n:02d}.png": b"" for n in range(0, ROWS, 3)}, {}, {"audit": {"unread": 0.5}}, DataError, ("all 16 images that can be read are 'well'", "needs both")),
}  # fmt: skip


@pytest.mark.parametrize("name", STOPS)
def test_it_stops_with_one_line(name, shelf, read, png):
    also, columns, settings, kind, words = STOPS[name]
    made = {
        "black": png(np.zeros((40, 40), np.uint8)),
        "colour": colour(png),
        "tiny": png(GREY[:8, :8]),
        "strip": png(np.tile(GREY[:20, :20], 10)),
        "image": png(),
        "large": png(),
    }

    def checked(folder, **settings):
        found = read(folder, **settings)
        found.problems.raise_if_errors(found.source.name)

    folder = shelf({file: made[what] if isinstance(what, str) else what for file, what in also.items()}, **columns)
    with pytest.raises(CaseError) as stopped:
        checked(folder, **settings)
    line = str(stopped.value)
    assert isinstance(stopped.value, kind)
    assert "\n" not in line
    for word in words:
        assert word in line, line


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("gone", "data.path: there is no 'gone'"),
        ("empty", "empty: there is no image"),
        ("plain", "plain: nothing says what an image shows: there is no labels.csv; write data.files"),
        ("notes.txt", "there is no image"),
        ("table.csv", "table.csv: this is a table, and images are wanted; write data.path"),
        ("bad.npz", "bad.npz: the .npz file is damaged or cut short; download it again"),
        ("object.npz", "object.npz: labels holds Python objects, which can run code when loaded"),
    ],
)
def test_a_path_that_holds_no_images(path, words, tmp_path, read, png):
    (tmp_path / "empty").mkdir()
    (tmp_path / "plain").mkdir()
    (tmp_path / "plain" / "1.png").write_bytes(png())
    (tmp_path / "notes.txt").write_text("read me")
    (tmp_path / "table.csv").write_text("file,label\na.png,ill\n")
    (tmp_path / "bad.npz").write_bytes(b"PK\x03\x04junk")
    (tmp_path / "object.npz").write_bytes(
        arrays(images=np.stack([GREY] * 3), labels=np.array([None, 1, 2], dtype=object))
    )
    with pytest.raises(DataError) as stopped:
        read(tmp_path / path)
    assert words in str(stopped.value)


def test_labels_without_images(shelf, settings):
    from casestudies.imaging.reading import opened

    with (
        pytest.raises(ConfigError, match="data.path: labels are given, and no images"),
        opened(None, settings(), None, {"labels": shelf() / "labels.csv"}),
    ):
        pass


def test_each_is_told_without_patients_and_of_no_patient_it_is_said(shelf, read):
    found = read(shelf(patient=None))
    assert not found.films.patients_known
    said = [str(problem) for problem in found.problems]
    assert said == [
        "no column says which images are of one patient: each is taken as a patient, and the figures may be flattered; write data.patient: <your column>"
    ]
    some = read(shelf(patient=["a"] * 20 + [""] * 4))
    assert "4 images name no patient, and each is taken as a patient of its own" in str(next(iter(some.problems)))
    assert len(set(some.films.patient)) == 5
