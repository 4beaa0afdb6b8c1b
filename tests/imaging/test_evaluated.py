"""A frozen network on new labelled films: the external validation."""

import shutil

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

import casestudies
from casestudies.errors import CaseError
from casestudies.imaging.demo import demo, demo_images
from casestudies.workflow.load import demo_csv

QUIET = ["report.formats=[]"]


@pytest.fixture(scope="module")
def seen(tmp_path_factory, film_folder, lean):
    """A finished run that reads the image alone."""
    return casestudies.run("imaging", film_folder, lean(), runs=tmp_path_factory.mktemp("seen"), variables={})


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory):
    """A folder of other patients' films, with their labels."""
    folder = tmp_path_factory.mktemp("elsewhere")
    (folder / "masks").mkdir()
    for name, content in {"labels.csv": demo_csv(demo(160, 3).frame), **demo_images(160, 3)}.items():
        (folder / name).write_bytes(content)
    return folder


def test_figures_of_patients_are_those_of_the_saved_model(seen, elsewhere):
    found = seen.evaluate(elsewhere, overrides=QUIET, variables={})
    rows = seen.predict(elsewhere).rows
    label = pd.read_csv(elsewhere / "labels.csv", dtype=str).set_index("file")["label"]
    rows["y"] = (label.loc[rows["file"]] == "cancer").to_numpy()
    people = rows.groupby("patient").agg(
        y=("y", "max"), p=("patient_probability", "first"), act=("patient_decision", "first")
    )
    told = found.metrics["models"][seen.metrics["champion"]]
    assert told["patient_auc"]["value"] == pytest.approx(roc_auc_score(people["y"], people["p"]))
    assert told["auc"]["value"] == pytest.approx(roc_auc_score(rows["y"], rows["probability"]))
    evaluation = found.folder.read_json("evaluation.json")
    assert evaluation["rows"] == len(people)
    assert evaluation["events"] == int(people["y"].sum())
    called, prices = (people["act"] == "call back").to_numpy(), seen.config.decide
    missed, alarmed = (people["y"] & ~called).sum(), (~people["y"] & called).sum()
    cost = (prices.miss * missed + prices.alarm * alarmed) / len(people)
    assert evaluation["money"]["delivered"]["value"] == pytest.approx(cost)
    assert found.verdict in ("keep", "recalibrate", "refit", "too few to say")
    assert found.summary()[0].startswith("SYNTHETIC DATA. ")
    assert found.folder.verify() == []


def test_few_patients_are_too_few_to_say(seen, elsewhere, tmp_path):
    some = tmp_path / "some"
    some.mkdir()
    labels = pd.read_csv(elsewhere / "labels.csv", dtype=str)
    labels = labels[labels["patient"].isin(labels["patient"].unique()[:15])]
    for name in labels["file"]:
        shutil.copy(elsewhere / name, some)
    labels.drop(columns="mask").to_csv(some / "labels.csv", index=False)
    if labels["label"].nunique() == 2:
        assert seen.evaluate(some, overrides=QUIET, variables={}).verdict == "too few to say"


def test_what_cannot_be_judged_is_one_line(seen, elsewhere, tmp_path):
    bare = tmp_path / "bare"
    bare.mkdir()
    for file in sorted(elsewhere.glob("*.png"))[:6]:
        shutil.copy(file, bare)
    healthy = tmp_path / "healthy.csv"
    labels = pd.read_csv(elsewhere / "labels.csv", dtype=str).drop(columns="mask")
    labels[labels["label"] != "cancer"].to_csv(healthy, index=False)
    tried = [
        (bare, {}, [], "images of both are needed"),
        (bare, {"labels": healthy}, [], "images of both are needed"),
        (tmp_path / "nowhere", {}, [], "there is no folder or file"),
        (elsewhere, {"items": healthy}, [], "there is no further table"),
        (elsewhere, {}, ["decide.miss=3"], "frozen with the model"),
        (elsewhere, {}, ["gates.patient_auk.min=0.5"], "there is no figure"),
    ]
    for path, files, overrides, words in tried:
        with pytest.raises(CaseError, match=words) as caught:
            seen.evaluate(path, files=files, overrides=overrides, variables={})
        assert len(str(caught.value).splitlines()) == 1


def test_gates_and_the_same_bytes_again(seen, elsewhere):
    asked = ["gates.patient_auc.min=0.999"]
    one, two = (seen.evaluate(elsewhere, overrides=[*QUIET, *asked], variables={}) for _ in range(2))
    with pytest.raises(CaseError, match=r"gates\.patient_auc"):
        one.check_gates()
    assert one.folder.manifest()["files"] == two.folder.manifest()["files"]
    p = pd.read_parquet(one.path / "predictions.parquet")["probability"].to_numpy()
    assert np.isfinite(p).all()
