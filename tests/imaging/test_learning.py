"""The learning curve of the last layer: on features whose right head is known."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from casestudies.imaging.config import ImagingSettings
from casestudies.imaging.decision import Decision
from casestudies.imaging.evaluation import evaluate
from casestudies.imaging.films import Films
from casestudies.imaging.heads.head import fit_head
from casestudies.imaging.learning import learning_told
from casestudies.imaging.splits import Parts
from casestudies.runs.disk import to_json
from casestudies.workflow.shares import SHARES


def work(patients=600, columns=40, seed=0):
    """Features of which a few tell the disease, the others nothing: a head on few patients takes them for something."""
    random = np.random.default_rng(seed)
    rows = np.repeat(np.arange(patients), random.integers(1, 4, patients))
    n, sick = len(rows), random.random(patients) < 0.4
    y = sick[rows].astype(np.int8)
    features = random.normal(size=(n, columns))
    features[:, :3] += 0.9 * y[:, None]
    films = Films(
        np.zeros((n, 1, 2, 2), np.float32),
        np.array([f"f{i}.png" for i in range(n)], dtype=object),
        y,
        np.array([f"p{i:04d}" for i in rows], dtype=object),
        True,
        np.full(n, "", dtype=object),
        pd.DataFrame(index=range(n)),
        pd.DataFrame({"height": np.full(n, 2)}),
        classes=("no cancer", "cancer"),
    )
    order = random.permutation(patients)
    parts = [np.flatnonzero(np.isin(rows, part)) for part in np.split(order, [patients // 2, 3 * patients // 4])]
    held = Parts(*parts, "patients", "")
    asked = ImagingSettings.model_validate({"interval": {"rounds": 200}})
    head = fit_head(features, None, y, films.patient, held.train, held.validation, asked.head, 0)
    judged = evaluate({"image": head.logits(features)}, films, held, asked.decide, asked.interval, 0)
    return SimpleNamespace(
        films=films,
        parts=held,
        judged=judged,
        settings=asked,
        fitted=SimpleNamespace(champion="image", features=(features,)),
        step=lambda fraction, message: None,
    )


@pytest.fixture(scope="module")
def asked():
    return work()


@pytest.fixture(scope="module")
def told(asked):
    return learning_told(asked)


def test_the_last_point_is_the_runs_own_figure(asked, told):
    last = {name: figure["points"][-1]["value"] for name, figure in told["figures"].items()}
    for name in ("log_loss", "cost"):
        assert last[name] == pytest.approx(asked.judged.metrics["image"][name]["value"])
    assert told["points"][-1]["auc"] == pytest.approx(asked.judged.metrics["image"]["auc"]["value"])


def test_shares_are_of_patients_and_the_head_is_better_with_all_of_them(asked, told):
    patients = len(np.unique(asked.films.patient[asked.parts.train]))
    assert [point["patients"] for point in told["points"]] == pytest.approx([s * patients for s in SHARES], abs=1.1)
    assert told["figures"]["log_loss"]["behind"][0]["low"] > 0


def test_a_cut_is_chosen_anew_with_every_share(asked, told):
    """With all patients: the decision of the validation part, as the run itself takes it."""
    decision = asked.judged.decisions["image"]
    assert isinstance(decision, Decision)
    assert told["figures"]["cost"]["points"][-1]["value"] == pytest.approx(
        asked.judged.metrics["image"]["cost"]["value"]
    )


def test_few_patients_give_no_curve():
    assert learning_told(work(patients=120))["none"].startswith("too few to say")


def test_the_same_seed_gives_the_same_bytes(asked, told):
    assert to_json(learning_told(asked)) == to_json(told)
