import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from casestudies.errors import ConfigError
from casestudies.imaging.config import ImagingSettings
from casestudies.imaging.demo import DEFAULTS, demo, demo_films, demo_images, example
from casestudies.imaging.reading import opened, read_films
from casestudies.imaging.study import STUDY
from casestudies.imaging.synthetic.exporting import dicom
from casestudies.workflow.load import demo_csv

SHIPPED = Path(__file__).parents[2] / "data" / "imaging_demo"


def test_the_table_of_labels_says_of_each_film_what_the_generator_made():
    frame, films = demo(90, 1).frame, demo_films(90, 1)
    assert list(frame["file"]) == list(films.names)
    assert list(frame["patient"]) == list(films.patient)
    assert list(frame["label"] == "cancer") == list(films.label == 1)
    assert list(frame["mask"] != "") == list(films.masks.any((1, 2)))
    for column in ("age", "family_history", "prior_biopsy"):
        told = pd.to_numeric(frame[column])
        assert told.equals(films.table[column].astype(told.dtype))


def test_the_whole_demo_is_six_hundred_patients_with_gaps_in_their_history():
    frame = demo(None, 0).frame
    assert frame["patient"].nunique() == 600
    assert 0.2 < (frame["label"] == "cancer").mean() < 0.34
    assert 0 < (frame["age"] == "").mean() < 0.08
    assert 0 < (frame["prior_biopsy"] == "").mean() < 0.1


def demo_read(**reading):
    settings = ImagingSettings.model_validate({**DEFAULTS, "demo": {"rows": 300}, "reading": reading})
    with opened(STUDY, settings, None, {}) as loaded:
        return loaded.read


def test_the_demo_keeps_the_view_that_is_wanted_and_says_what_it_left_out():
    whole, some = demo_read(), demo_read(view="mlo")
    wanted = whole.films.table["view"] == "MLO"
    assert list(some.films.names) == list(whole.films.names[wanted])
    assert f"{(~wanted).sum()} images are left out: their view is not mlo" in some.notes
    assert some.preparation.view == "mlo"
    with pytest.raises(
        ConfigError, match="reading.view: no film of the demo is of the view LAT; there are CC, LM, ML, MLO"
    ):
        demo_read(view="LAT")
    assert any("reading.modalities" in note for note in demo_read(modalities=["CR"]).notes)
    assert not any("reading.modalities" in note for note in whole.notes)


def test_images_are_counted_though_nothing_says_which_class_is_the_disease():
    read = read_films(SHIPPED, None, ImagingSettings())
    assert "nothing says which is the disease" in str(read.problems.errors[0])
    assert (read.source.rows, len(read.films)) == (40, 0)
    assert read_films(SHIPPED, None, ImagingSettings.model_validate({"data": {"positive": "cancer"}})).source.rows == 40


def test_fewer_rows_are_the_first_ones():
    whole = demo(None, 0).frame
    pd.testing.assert_frame_equal(demo(33, 0).frame, whole.head(33))


def test_the_config_names_columns_that_there_are():
    frame, data = demo(5, 0).frame, DEFAULTS["data"]
    named = [data[role] for role in ("file", "label", "patient", "mask")] + data["history"] + data["groups"]
    assert set(named) <= set(frame)


def test_the_shipped_folder_is_what_the_generator_makes():
    """Pixels, not bytes: a PNG of the same pixels differs with the version of zlib."""
    images = demo_images(40, 0)
    assert (SHIPPED / "labels.csv").read_bytes() == demo_csv(demo(40, 0).frame)
    shipped = {path.relative_to(SHIPPED).as_posix() for path in SHIPPED.rglob("*.png")}
    assert shipped == set(images)
    for name, content in images.items():
        there, made = (Image.open(source) for source in (SHIPPED / name, io.BytesIO(content)))
        assert there.text["Comment"] == "SYNTHETIC, no patient"
        assert (np.asarray(there) == np.asarray(made)).all()
    assert sum(path.stat().st_size for path in SHIPPED.rglob("*.*")) < 300_000


def test_a_template_gets_a_folder_that_the_study_can_be_pointed_at():
    path, files = example().path, example().files
    assert f"{path}/labels.csv" in files
    listed = pd.read_csv(io.BytesIO(files[f"{path}/labels.csv"]), dtype=str, keep_default_na=False)
    assert all(f"{path}/{name}" in files for name in listed["file"])
    assert all(f"{path}/{name}" in files for name in listed["mask"] if name)


def settings(**data) -> ImagingSettings:
    return ImagingSettings.model_validate({**DEFAULTS, "data": {**DEFAULTS["data"], **data}})


def test_read_from_its_folder_the_demo_is_what_it_is_without_files():
    read, films = read_films(SHIPPED, None, settings()), demo_films(40, 0)
    assert read.synthetic
    order = np.array([list(read.films.names).index(name) for name in films.names])
    there = read.films.take(order)
    assert np.abs(there.pixels - films.pixels).max() < 1e-6
    assert list(there.label) == list(films.label)
    assert list(there.patient) == list(films.patient)
    assert (there.masks == films.masks).all()
    for name in ("site", "density"):
        assert list(there.table[name]) == list(films.table[name])
    for name in films.history:
        assert there.table[name].to_numpy(float) == pytest.approx(films.table[name].to_numpy(float), nan_ok=True)


def test_as_dicom_inverted_or_not_the_reader_sees_the_same_films(tmp_path):
    films, frame = demo_films(12, 0), demo(12, 0).frame
    for row in range(12):
        (tmp_path / f"{row:02d}.dcm").write_bytes(dicom(films, row, inverted=row % 2 == 1))
    frame.assign(file=[f"{row:02d}.dcm" for row in range(12)]).to_csv(tmp_path / "labels.csv", index=False)
    read = read_films(tmp_path, None, settings(mask=None))
    assert read.synthetic
    assert np.abs(read.films.take(np.argsort(read.films.names)).pixels - films.pixels).max() < 0.002
