"""The head's part of the report says what was measured, and nothing else."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("torch", reason="Adam is torch's")

from casestudies.imaging.asked.heading import Heading
from casestudies.imaging.films import Films
from casestudies.imaging.heads.head import fit_head
from casestudies.imaging.heads.told import head_told
from casestudies.imaging.sections.head import head_blocks
from casestudies.report import Figure, Report, Section, Table, Text, to_html

ROWS, FEATURES = 260, 6
TRAIN, VALIDATION, TEST = np.arange(140), np.arange(140, 190), np.arange(190, ROWS)
ENTRY = {"value": 0.8, "low": 0.7, "high": 0.9, "unit": ""}


def work(heads=2, hidden=0, history=True):
    """What a run has once heads are fitted; two networks."""
    rng = np.random.default_rng(0)
    cached = tuple(rng.normal(size=(ROWS, FEATURES)) for _ in range(heads))
    table = pd.DataFrame({"age": rng.normal(size=ROWS), "site": rng.choice(["A", "B"], ROWS)})
    z = sum(features[:, 0] for features in cached) + table["age"].to_numpy()
    films = Films(
        pixels=np.zeros((ROWS, 1, 2, 2), np.float32),
        names=np.array([f"{n}.png" for n in range(ROWS)]),
        label=(z + rng.logistic(size=ROWS) > 0).astype(np.int8),
        patient=np.array([f"p{n // 2}" for n in range(ROWS)]),
        patients_known=True,
        part=np.full(ROWS, ""),
        table=table,
        facts=pd.DataFrame(index=range(ROWS)),
    )
    asked = Heading(ridges=[0.01, 0.1, 1.0], hidden=hidden)
    beside = table[["age"]] if history else None
    parts = (films.label, films.patient, TRAIN, VALIDATION)
    members = [SimpleNamespace(head=fit_head(features, beside, *parts, asked, 0)) for features in cached]
    return SimpleNamespace(
        films=films,
        parts=SimpleNamespace(train=TRAIN, validation=VALIDATION, test=TEST),
        model=SimpleNamespace(members=members),
        fitted=SimpleNamespace(features=cached),
        settings=SimpleNamespace(seed=0),
        step=lambda fraction, message: None,
    )


def findings(told, models=("both", "image", "history", "network"), paired=()):
    figures = {model: {"auc": ENTRY, "log_loss": ENTRY, "cost": ENTRY} for model in models}
    return SimpleNamespace(
        analysis={} if told is None else {"head": told},
        settings=SimpleNamespace(interval=SimpleNamespace(level=0.95)),
        metrics={"models": figures},
        evaluation={"paired": list(paired)},
        champion=models[0],
        unit="EUR",
        figure=lambda model, metric: figures[model][metric],
    )


def words(blocks):
    return " ".join(block.text for block in blocks if isinstance(block, Text))


def test_nothing_was_asked_and_nothing_is_said():
    assert head_blocks(findings(None)) == ()


def test_the_spread_is_judged_as_a_finder_of_errors_by_the_mean_over_heads():
    from sklearn.metrics import roc_auc_score

    it = work()
    told = head_told(it)
    pairs = [
        (member.head, features[TEST]) for member, features in zip(it.model.members, it.fitted.features, strict=True)
    ]
    z = np.mean([head.logits(X, it.films.table.iloc[TEST]) for head, X in pairs], axis=0)
    spread = np.mean([head.spread(X, it.films.table.iloc[TEST]) for head, X in pairs], axis=0)
    wrong = (z > 0) != (it.films.label[TEST] == 1)
    assert told["spread"]["errors"] == wrong.sum()
    assert told["spread"]["median"] == pytest.approx(np.median(spread))
    assert told["spread"]["spread"] == pytest.approx(roc_auc_score(wrong, spread))
    assert told["spread"]["margin"] == pytest.approx(roc_auc_score(wrong, -np.abs(z)))


def test_image_history_and_both_are_always_beside_each_other():
    told = head_told(work())
    table = next(block for block in head_blocks(findings(told)) if isinstance(block, Table))
    assert [row[0] for row in table.rows] == [
        "Image and history",
        "Image alone",
        "History alone",
        "The networks’ own last layers",
    ]
    assert table.rows[0][1] == "0.800 (0.700 to 0.900)"
    assert table.head[-1] == "Cost an image, EUR"


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (0.01, 0.05, "above image alone (+0.030, +0.010 to +0.050)"),
        (-0.01, 0.05, "not to be told apart from image alone"),
        (-0.05, -0.01, "below image alone"),
        (None, None, "no comparison with image alone"),
    ],
)
def test_what_the_history_adds_is_said_with_its_interval(low, high, said):
    pair = {"metric": "auc", "model": "both", "rival": "image", "difference": 0.03, "low": low, "high": high, "p": 0.1}
    assert said in words(head_blocks(findings(head_told(work()), paired=[pair])))


@pytest.mark.parametrize("hidden", [0, 2])
def test_the_verdict_gives_the_figures_of_the_comparison(hidden):
    told = head_told(work(heads=1, hidden=hidden))
    methods = told["methods"]["methods"]
    said = words(head_blocks(findings(told)))
    assert f"at the optimum after {methods['lm']['passes']:.0f} passes" in said
    assert f"passes with {'less' if methods['lbfgs']['work'] < methods['lm']['work'] else 'more'} work" in said
    assert f"Adam ends {methods['adam']['distance']:.1e} above the optimum" in said
    assert f"{methods['lm']['auc'] - methods['adam']['auc']:+.4f} against Adam" in said
    assert ("tanh units" in said) == bool(hidden)


def test_the_kept_ridge_is_marked_and_one_at_the_end_of_the_list_is_owned_up_to():
    told = head_told(work())
    kept = told["heads"][0]["ridge"]
    tables = [block for block in head_blocks(findings(told)) if isinstance(block, Table)]
    assert [row[0] for row in tables[1].rows if "kept" in row[0]] == [f"{kept:g} (kept)"]
    for head in told["heads"]:
        head["ridge"] = 0.1
    assert "end of the list" not in words(head_blocks(findings(told)))
    told["heads"][1]["ridge"] = 1.0
    assert "end of the list" in words(head_blocks(findings(told)))


def test_a_head_that_was_stopped_is_not_called_optimal():
    told = head_told(work(heads=1))
    told["heads"][0]["fit"]["converged"] = False
    assert "not all of them to the optimum" in words(head_blocks(findings(told)))


def test_an_image_head_speaks_of_no_history():
    said = words(head_blocks(findings(head_told(work(history=False)), models=("image", "network"))))
    assert "history" not in said
    assert "standard deviation of a column" not in said


def test_the_section_becomes_a_page():
    blocks = head_blocks(findings(head_told(work())))
    assert sum(isinstance(block, Figure) for block in blocks) == 1
    report = Report("Head", "", "id", "me", "0", (Section("head", "The last layer", blocks),), synthetic=True)
    assert "Levenberg–Marquardt" in to_html(report)
