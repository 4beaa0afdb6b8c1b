"""New images by a run's saved model: from a folder, an archive, arrays or one file, with tables and embeddings beside them."""

from __future__ import annotations

import shutil
import zipfile

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from casestudies.errors import ConfigError, DataError, UsageError
from casestudies.imaging.demo import demo_films
from casestudies.imaging.model import ImageModel
from casestudies.imaging.synthetic.exporting import dicom

COLUMNS = [
    "file", "patient", "probability", "decision", "possible", "patient_probability", "patient_decision", "patient_possible", "quality", "model",
]  # fmt: skip
SOME = 12


@pytest.fixture(scope="module")
def seen_run(tmp_path_factory, film_folder, lean):
    """A finished run that reads the image alone."""
    import casestudies

    return casestudies.run("imaging", film_folder, lean(), runs=tmp_path_factory.mktemp("seen"), variables={})


@pytest.fixture
def some(tmp_path, film_folder):
    """A folder of the first films, without labels."""
    folder = tmp_path / "some"
    folder.mkdir()
    for path in sorted(film_folder.glob("*.png"))[:SOME]:
        shutil.copy(path, folder)
    return folder


@pytest.fixture
def embedded(tmp_path, film_folder):
    """{names: features} of all films, with the disease in their first feature; and their file."""
    labels = pd.read_csv(film_folder / "labels.csv", dtype=str, keep_default_na=False)
    random = np.random.default_rng(0)
    features = random.normal(size=(len(labels), 6))
    features[:, 0] += 2.5 * (labels["label"] == "cancer")
    return labels, features


def test_a_folder_gets_score_decision_set_and_flags(seen_run, some):
    told = seen_run.predict(some)
    rows, classes = told.rows, ("no cancer", "cancer")
    assert list(rows) == COLUMNS
    assert rows["file"].tolist() == sorted(path.name for path in some.iterdir())
    assert rows["probability"].between(0, 1).all()
    decision = ImageModel.open(seen_run.path / "model").decision
    assert ((rows["decision"] == "flagged") == (rows["probability"] > decision.cut)).all()
    assert set(rows["possible"]) <= {*classes, "neither", "no cancer or cancer"}
    assert rows["model"].str.contains("SYNTHETIC").all()
    assert any("12 PNG images" in note for note in told.notes)


def test_saved_scores_are_those_that_the_run_was_judged_by(seen_run, film_folder):
    known = pd.read_parquet(seen_run.path / "predictions.parquet").set_index("name")["probability"]
    rows = seen_run.predict(film_folder).rows.set_index("file")
    assert rows.loc[known.index, "probability"].to_numpy() == pytest.approx(known.to_numpy(), rel=1e-9)
    assert not any(name.startswith("masks/") for name in rows.index)


def test_folder_archive_arrays_and_single_files_get_the_same_score(seen_run, some, tmp_path):
    wanted = seen_run.predict(some).rows.set_index("file")["probability"]
    with zipfile.ZipFile(tmp_path / "some.zip", "w") as archive:
        for path in some.iterdir():
            archive.write(path, path.name)
    assert seen_run.predict(tmp_path / "some.zip").rows.set_index("file")["probability"].equals(wanted)
    np.savez(tmp_path / "some.npz", images=np.stack([np.array(Image.open(some / name)) for name in wanted.index]))
    assert seen_run.predict(tmp_path / "some.npz").rows["probability"].to_numpy() == pytest.approx(wanted.to_numpy())
    for name in wanted.index[:2]:
        one = seen_run.predict(some / name).rows
        assert one["file"].tolist() == [name]
        assert one["probability"].item() == pytest.approx(wanted[name])


@pytest.mark.parametrize("inverted", [False, True])
def test_one_dicom_file_is_read_as_its_film(inverted, seen_run, film_folder, tmp_path):
    films = demo_films(3, 0)
    (tmp_path / "IM00001").write_bytes(dicom(films, 2, inverted=inverted))
    as_png = seen_run.predict(film_folder / str(films.names[2])).rows["probability"].item()
    told = seen_run.predict(tmp_path / "IM00001")
    assert told.rows["probability"].item() == pytest.approx(as_png, abs=1e-3)
    assert ("MONOCHROME1" in " ".join(told.notes)) == inverted


def test_images_of_one_patient_are_decided_together(seen_run, some, tmp_path):
    names = sorted(path.name for path in some.iterdir())
    pd.DataFrame({"file": names, "patient": ["x", "y"] * (SOME // 2)}).to_csv(tmp_path / "who.csv", index=False)
    apart = seen_run.predict(some).rows
    assert apart["patient"].nunique() == SOME
    rows = seen_run.predict(some, files={"labels": tmp_path / "who.csv"}).rows
    assert rows["patient"].nunique() == 2
    assert (rows.groupby("patient")[["patient_probability", "patient_decision"]].nunique() == 1).all(axis=None)
    assert rows["probability"].equals(apart["probability"])


def test_a_model_that_reads_the_history_asks_for_it_by_name(lean_run, some, film_folder):
    with pytest.raises(DataError, match=r"reads the history 'age'; give a table with age by --files labels=FILE"):
        lean_run.predict(some)
    table = {"labels": film_folder / "labels.csv"}
    young = lean_run.predict(some, files=table).rows
    frame = pd.read_csv(film_folder / "labels.csv", dtype=str, keep_default_na=False)
    frame.assign(age="").to_csv(some / "labels.csv", index=False)
    unknown = lean_run.predict(some).rows
    assert young["file"].tolist() == unknown["file"].tolist()
    assert not young["probability"].equals(unknown["probability"])


@pytest.mark.parametrize("form", ["npz", "parquet"])
def test_embeddings_take_the_place_of_pixels(form, embedded, film_folder, run_films, tmp_path):
    labels, features = embedded
    file = tmp_path / f"features.{form}"
    if form == "npz":
        np.savez(file, names=labels["file"].to_numpy(dtype=str), features=features)
    else:
        pd.DataFrame(features, columns=[f"f{n}" for n in range(6)]).assign(file=labels["file"]).to_parquet(file)
    told = {"files": {"features": str(file)}}
    run = run_films(film_folder / "labels.csv", data=told, analyse=["second_reader", "robustness", "explanations"])
    assert run.metrics["models"]["image"]["auc"]["value"] > 0.85
    assert not list((run.path / "model").glob("*.safetensors"))
    assert (run.path / "analysis" / "second_reader.json").exists()
    rows = run.predict(film_folder / "labels.csv", files={"features": file}).rows
    assert len(rows) == len(labels)
    with pytest.raises(DataError, match="the model reads embeddings, and none were given"):
        run.predict(film_folder)


def test_weights_of_an_earlier_run_make_the_features(seen_run, film_folder, run_films):
    weights = seen_run.path / "model" / "network0.safetensors"
    run = run_films(film_folder, data={"files": {"features": str(weights)}})
    assert (run.path / "model" / "network0.safetensors").read_bytes() == weights.read_bytes()
    with pytest.raises(ConfigError, match=r"trained on films of 32 pixels a side, these have 64.*reading\.side: 32"):
        run_films(film_folder, data={"files": {"features": str(weights)}}, reading={"side": 64})


def test_what_cannot_be_read_is_told_and_the_rest_is_scored(seen_run, some):
    (some / "bad.png").write_bytes(b"\x89PNG\r\n\x1a\n junk")
    (some / "empty.dcm").write_bytes(b"")
    told = seen_run.predict(some)
    assert len(told.rows) == SOME
    assert any("bad.png" in note for note in told.notes)
    assert any("empty.dcm" in note and "empty" in note for note in told.notes)


def test_images_unlike_those_of_training_are_flagged(seen_run, some):
    random = np.random.default_rng(0)
    names = sorted(path.name for path in some.iterdir())
    for name in names[:6]:
        pixels = np.array(Image.open(some / name)) + random.normal(0, 60, (64, 64))
        Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(some / name)
    told = seen_run.predict(some)
    assert (told.rows["quality"][:6] != "").all()
    assert (told.rows["quality"][6:] == "").sum() >= 4
    assert any("training" in note for note in told.notes)


def test_other_tables_and_settings_are_refused(seen_run, some, tmp_path):
    with pytest.raises(UsageError, match="--files: there is no further table .transactions."):
        seen_run.predict(some, files={"transactions": some})
    with pytest.raises(UsageError, match=r"--set decide: new images come with"):
        seen_run.predict(some, overrides=["decide.cut=0.5"])
    with pytest.raises(ConfigError, match="--engine"):
        seen_run.predict_file(some, tmp_path / "out.csv", engine="dask", scheduler="tcp://127.0.0.1:1")
    with pytest.raises(DataError, match="there is no folder or file"):
        seen_run.predict(tmp_path / "gone")
