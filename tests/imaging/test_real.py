"""Public data sets through the study: each run is short, and says what it stands on."""

from __future__ import annotations

import gzip
import re

import numpy as np
import pandas as pd
import pytest

from casestudies.api import check_data
from casestudies.errors import DataError
from casestudies.imaging.reading import read_new

TWINS = 222  # pairs of BUSI at 128 pixels


def test_the_disease_of_numbered_classes_is_asked_for(real_data):
    path = real_data / "pneumoniamnist" / "pneumoniamnist.npz"
    checked = check_data("imaging", path, variables={})
    assert checked.failed
    said = "\n".join(checked.lines())
    assert "'1' (4,273)" in said
    assert "'0' (1,583)" in said
    assert "data.positive" in said
    checked = check_data("imaging", path, overrides=["data.positive=1"], variables={})
    assert not checked.failed
    assert checked.table.rows == 5856


def test_the_healthy_class_may_be_one_and_parts_that_share_twins_are_refused(real_data, run_films):
    """The file of BreastMNIST's form was divided at random, and the films of BUSI have twins."""
    path, asked = real_data / "busi" / "breastmnist_style_28.npz", {"data": {"positive": 0}, "reading": {"side": None}}
    with pytest.raises(
        DataError, match=r"the test part shares 63 pairs of twins with what is learnt from: test\[\d+\] and"
    ):
        run_films(path, **asked)
    run = run_films(path, **asked, split={"kind": "patients"})
    profile = run.folder.read_json("data/profile.json")
    assert profile["audit"]["diseased"] == 210
    assert profile["side"] == 28
    assert not profile["synthetic"]


def test_twins_of_breast_ultrasound_are_never_parted(real_data, run_films):
    asked = {"positive": "malignant", "negative": ["benign", "normal"]}
    run = run_films(real_data / "busi" / "busi_gray128.npz", data=asked, model={"batch": 64}, reading={"side": 64})
    profile = run.folder.read_json("data/profile.json")
    assert profile["audit"]["twins"]["pairs"] == pytest.approx(TWINS, abs=1)
    assert profile["patients_known"] is False


def test_dicom_samples_are_read_or_refused_with_the_reason(real_data, lean_run):
    preparation = lean_run.study.open(lean_run.folder).model.preparation
    read = read_new(real_data / "dicom_samples", preparation, lean_run.config)
    refused = {one.name: one.reason for one in read.skipped}
    assert set(read.films.names) == {
        "CT_small.dcm", "MG_Explicit_Little.dcm", "MR_small.dcm", "MR_small_RLE.dcm", "RG1_J2KI.dcm", "RG3_J2KI.dcm", "chest_pa_rsna_jpeg.dcm"
    }  # fmt: skip
    assert set(refused) == {"MR_truncated.dcm", "SC_rgb_jpeg_gdcm.dcm", "no_meta.dcm"}
    assert "no preamble" in refused["no_meta.dcm"]
    assert "JPEG Lossless" in refused["SC_rgb_jpeg_gdcm.dcm"]
    assert re.search("cut short|truncated|damaged", refused["MR_truncated.dcm"])


def mias(info: str) -> pd.DataFrame:
    """One row a film: whether any of its findings is malignant, and the patient: films come in pairs."""
    found: dict[str, bool] = {}
    for line in info.splitlines():
        match = re.match(r"(mdb\d{3}) [FGD] (\w+)(?: (\w))?", line)
        if match:
            found[match[1]] = found.get(match[1], False) or match[3] == "M"
    table = pd.DataFrame({"file": list(found), "label": ["malignant" if ill else "other" for ill in found.values()]})
    return table.assign(patient=[f"pair {(int(name[3:]) + 1) // 2}" for name in table["file"]])


def test_mammograms_are_split_by_pair(real_data, run_films, tmp_path):
    table = mias((real_data / "mini_mias" / "Info.txt").read_text(encoding="latin-1"))
    assert len(table) == 322
    table.to_csv(tmp_path / "labels.csv", index=False)
    asked = {"positive": "malignant", "files": {"labels": str(tmp_path / "labels.csv")}}
    run = run_films(real_data / "mini_mias" / "png256", data=asked, model={"batch": 64})
    profile = run.folder.read_json("data/profile.json")
    assert profile["images"] == 322
    assert profile["patients_known"]
    judged = pd.read_parquet(run.path / "predictions.parquet")
    assert judged.groupby("patient")["part"].nunique().max() == 1
    assert any("Only" in line and "have the disease" in line for line in run.summary())


def test_a_mammogram_as_pgm_is_its_png(real_data, tmp_path, lean_run):
    settings, preparation = lean_run.config, lean_run.study.open(lean_run.folder).model.preparation
    packed = real_data / "mini_mias" / "original_pgm" / "mdb003.pgm.gz"
    with pytest.raises(DataError, match="packed as gzip; unpack it"):
        read_new(packed, preparation, settings)
    (tmp_path / "mdb003.pgm").write_bytes(gzip.decompress(packed.read_bytes()))
    whole = read_new(tmp_path / "mdb003.pgm", preparation, settings).films
    small = read_new(real_data / "mini_mias" / "png256" / "mdb003.png", preparation, settings).films
    assert np.abs(whole.pixels - small.pixels).max() < 0.02
