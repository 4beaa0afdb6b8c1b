"""Parts of images: patients and twins on one side, classes and sites in even shares, leaks refused."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from casestudies.errors import DataError
from casestudies.imaging import synthetic
from casestudies.imaging.asked.auditing import Auditing, Splitting
from casestudies.imaging.audit import audit, doubts
from casestudies.imaging.films import Films
from casestudies.imaging.splits import Parts, divided


@pytest.fixture(scope="module")
def films() -> Films:
    return synthetic.films(patients=200, side=20, seed=1)


def joined(films: Films, *more: Films) -> Films:
    """Films with further ones behind them."""
    table = {name: [getattr(f, name) for f in (films, *more)] for name in vars(films)}
    some = {name: np.concatenate(parts) for name, parts in table.items() if isinstance(parts[0], np.ndarray)}
    frames = {
        name: pd.concat(parts, ignore_index=True) for name, parts in table.items() if isinstance(parts[0], pd.DataFrame)
    }
    return replace(films, **some, **frames)


def with_part(films: Films, patients_of_test: int = 60, validation: bool = True) -> Films:
    """The file's own parts, by patient."""
    number = pd.factorize(films.patient)[0]
    part = np.where(number < patients_of_test, "test", "train")
    if validation:
        part = np.where((number >= patients_of_test) & (number < patients_of_test + 30), "validation", part)
    return replace(films, part=part)


def parted(films: Films, seed: int = 0, **changes: object) -> Parts:
    splitting = Splitting(**{key: value for key, value in changes.items() if key in Splitting.model_fields})
    auditing = Auditing(**{key: value for key, value in changes.items() if key in Auditing.model_fields})
    return divided(films, audit(films, auditing), splitting, auditing, seed)


def rows_of(parts: Parts) -> list[int]:
    return sorted(np.concatenate([parts.train, parts.validation, parts.test]).tolist())


def test_patients_and_twins_are_never_parted(films: Films) -> None:
    copies = replace(films.take(np.arange(12)), patient=np.array([f"q{i}" for i in range(12)]))
    copies = replace(copies, names=np.array([f"copy{i}.png" for i in range(12)]))
    both = joined(films, copies)
    found = audit(both, Auditing())
    for seed in range(20):
        parts = divided(both, found, Splitting(), Auditing(), seed)
        assert rows_of(parts) == list(range(len(both)))
        side = np.zeros(len(both), dtype=int)
        side[parts.validation], side[parts.test] = 1, 2
        assert (side[:12] == side[-12:]).all()
        assert (pd.Series(side).groupby(found.groups).nunique() == 1).all()
        assert (pd.Series(side).groupby(both.patient).nunique() == 1).all()


def test_classes_sites_and_shares_are_even(films: Films) -> None:
    parts = parted(films)
    patient = pd.DataFrame(
        {"patient": films.patient, "sick": films.label == 1, "site": films.table["site"], "row": range(len(films))}
    )
    first = patient.groupby("patient").agg(sick=("sick", "max"), site=("site", "first"))
    judged = first.index.isin(films.patient[parts.test])
    for (_, _), rows in first.groupby(["sick", "site"]):
        assert abs(judged[first.index.isin(rows.index)].sum() - 0.3 * len(rows)) <= 1
    assert abs(judged.sum() - 0.3 * len(first)) <= 1
    learnt = first[~judged]
    chosen = learnt.index.isin(films.patient[parts.validation])
    assert abs(chosen.sum() - 0.25 * len(learnt)) <= 1
    assert len(parts.test) == pytest.approx(0.3 * len(films), rel=0.05)


def test_the_seed_decides_and_nothing_else(films: Films) -> None:
    a, b, c = parted(films, 0), parted(films, 0), parted(films, 1)
    assert a.test.tolist() == b.test.tolist()
    assert a.test.tolist() != c.test.tolist()


def test_images_without_a_label_are_in_no_part(films: Films) -> None:
    label = films.label.copy()
    label[:40] = -1
    assert rows_of(parted(replace(films, label=label))) == list(range(40, len(films)))


def test_the_files_own_parts_stand(films: Films) -> None:
    own = with_part(films)
    parts = parted(own)
    assert parts.kind == "given"
    for name, rows in (("train", parts.train), ("validation", parts.validation), ("test", parts.test)):
        assert set(own.part[rows]) == {name}
    assert not parts.leak
    assert parted(own, kind="patients").kind == "patients"


def test_without_a_validation_part_it_is_drawn_from_training_by_patient(films: Films) -> None:
    own = with_part(films, validation=False)
    parts = parted(own)
    assert set(own.part[parts.validation]) == {"train"}
    assert not set(own.patient[parts.validation]) & set(own.patient[parts.train])
    assert "drawn from the training part" in parts.sentence


def test_a_patient_in_test_and_training_is_refused_by_name(films: Films) -> None:
    own = with_part(films)
    inside = np.flatnonzero(own.part == "train")
    part = own.part.copy()
    part[inside[0]] = "test"
    while (own.patient == own.patient[inside[0]]).sum() < 2:  # needs a patient of two images
        part[inside[0]], inside = "train", inside[1:]
        part[inside[0]] = "test"
    own = replace(own, part=part)
    patient = own.patient[inside[0]]
    with pytest.raises(DataError, match=f"data.split: the test part shares 1 patient with .*: {patient}: ") as caught:
        parted(own)
    assert own.names[inside[0]] in str(caught.value)
    assert "audit.allow_leak: true" in str(caught.value)
    allowed = parted(own, allow_leak=True)
    assert allowed.leak
    assert allowed.warnings[0].startswith("LEAK: the test part shares 1 patient")


def test_a_twin_in_test_and_training_is_refused_by_name(films: Films) -> None:
    own = with_part(films)
    hits = np.flatnonzero(own.part == "train")[:7]
    copies = own.take(hits)
    copies = replace(
        copies,
        names=np.array([f"copy{i}.png" for i in range(7)]),
        patient=np.array([f"q{i}" for i in range(7)]),
        part=np.full(7, "test"),
    )
    both = joined(own, copies)
    with pytest.raises(DataError, match="the test part shares 7 pairs of twins") as caught:
        parted(both)
    assert f"copy0.png and {own.names[hits[0]]} (correlation 1.000)" in str(caught.value)
    assert "and 2 more" in str(caught.value)
    allowed = parted(both, allow_leak=True)
    assert allowed.leak
    assert "7 of the judged images" in allowed.warnings[0]
    assert not parted(both, kind="patients").leak


def test_twins_of_validation_are_taken_out_of_training(films: Films) -> None:
    own = with_part(films)
    hits = np.flatnonzero(own.part == "validation")[:3]
    copies = replace(
        own.take(hits), names=np.array(["a", "b", "c"]), patient=np.array(["q", "r", "s"]), part=np.full(3, "train")
    )
    parts = parted(joined(own, copies))
    assert not set(range(len(own), len(own) + 3)) & set(parts.train)
    assert "3 training images whose patient or twin is in the validation part were left out" in parts.sentence


def test_contradicting_twins_do_not_teach_and_still_judge(films: Films) -> None:
    copies = films.take(np.arange(30))
    copies = replace(
        copies,
        names=np.array([f"c{i}" for i in range(30)]),
        patient=np.array([f"q{i}" for i in range(30)]),
        label=(1 - copies.label).astype(np.int8),
    )
    both = joined(films, copies)
    found = audit(both, Auditing())
    assert found.told["twins"]["conflicts"] == 30
    assert found.left_out.sum() == 60
    parts = divided(both, found, Splitting(), Auditing(), 0)
    assert not found.left_out[parts.train].any()
    assert not found.left_out[parts.validation].any()
    doubtful = int(found.left_out[parts.test].sum())
    assert doubtful
    assert any(f"{doubtful} judged images have a twin with the other label" in said for said in parts.warnings)
    number = pd.factorize(both.patient)[0]
    own = replace(both, part=np.where(number % 3 == 0, "test", np.where(number % 3 == 1, "train", "validation")))
    given = divided(own, found, Splitting(), Auditing(allow_leak=True), 0)
    assert not found.left_out[given.train].any()
    assert not found.left_out[given.validation].any()
    assert found.left_out[given.test].any()
    kept = audit(both, Auditing(conflicts="keep"))
    assert not kept.left_out.any()
    assert [p.code for p in doubts(both, found)] == ["duplicate_rows", "same_row_other_label"]


def test_one_class_is_no_classification(films: Films) -> None:
    with pytest.raises(DataError, match=r"data.label: all \d+ labels are 'no cancer'; a classifier needs both"):
        parted(replace(films, label=np.zeros(len(films), dtype=np.int8)))
    with pytest.raises(DataError, match="no image has a label"):
        parted(replace(films, label=np.full(len(films), -1, dtype=np.int8)))


def test_a_part_without_a_class_is_refused(films: Films) -> None:
    own = with_part(films)
    keep = ~((own.part == "test") & (own.label == 1))
    with pytest.raises(DataError, match="split.kind: given: no image of class 'cancer' is left for the test part"):
        parted(own.take(keep))


def test_given_parts_must_be_given_for_all(films: Films) -> None:
    with pytest.raises(DataError, match="split.kind: given: the images do not say"):
        parted(films, kind="given")
    part = with_part(films).part.copy()
    part[5:8] = ""
    with pytest.raises(DataError, match=f"data.split: 3 images are in no part, first '{films.names[5]}'"):
        parted(replace(films, part=part))


@pytest.mark.parametrize("part", ["test", "validation"])
def test_parts_none_of_which_trains_are_refused(films: Films, part: str) -> None:
    own = replace(films, part=np.full(len(films), part))
    with pytest.raises(
        DataError, match=f"data.split: every image that says its part is for {part}, and none is to train"
    ):
        parted(own)
    assert parted(own, kind="patients").kind == "patients"


def test_parts_none_of_which_judges_are_set_aside_and_it_is_said(films: Films) -> None:
    parts = parted(replace(films, part=np.full(len(films), "train")))
    assert parts.kind == "patients"
    assert parts.test.tolist() == parted(films).test.tolist()
    assert "none of which is to judge" in parts.warnings[0]
    assert not any("of their own" in said for said in parted(films).warnings)


def test_few_diseased_in_the_test_part_end_every_ranking(films: Films) -> None:
    small = films.take(np.isin(films.patient, np.unique(films.patient)[:80]))
    parts = parted(small)
    assert (small.label[parts.test] == 1).sum() < 20
    assert parts.few
    assert any("no model is said to be better than another" in said for said in parts.warnings)
    assert not parted(films, test=0.6).few


def test_without_patients_it_is_said_first(films: Films) -> None:
    alone = replace(films, patients_known=False, patient=np.array([f"p{i:04d}" for i in range(len(films))]))
    parts = parted(alone)
    assert parts.warnings[0].startswith("It is not known which images are of one patient")
    assert parts.told(alone)[0]["patients"] is None


def test_pneumonia_keeps_its_official_parts(real_data) -> None:
    held = np.load(real_data / "pneumoniamnist" / "pneumoniamnist.npz")
    names = ("train", "val", "test")
    pixels = (np.concatenate([held[f"{n}_images"] for n in names])[:, None] / np.float32(255)).astype(np.float32)
    label = np.concatenate([held[f"{n}_labels"].ravel() for n in names]).astype(np.int8)
    rows = len(label)
    part = np.repeat(["train", "validation", "test"], [4708, 524, 624])
    own = Films(
        pixels,
        np.array([f"{p}[{i}]" for i, p in enumerate(part)]),
        label,
        np.array([f"p{i:04d}" for i in range(rows)]),
        False,
        part,
        pd.DataFrame(index=range(rows)),
        pd.DataFrame(index=range(rows)),
    )
    parts = parted(own)
    assert (len(parts.train), len(parts.validation), len(parts.test)) == (4698, 524, 624)
    assert not parts.leak
    assert any("look alike, but no more than films of one body part may: 1." in said for said in parts.warnings)
