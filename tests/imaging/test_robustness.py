from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from scipy import ndimage
from scipy.special import expit
from sklearn.metrics import roc_auc_score

from casestudies.imaging import synthetic
from casestudies.imaging.audit import QualityReference
from casestudies.imaging.config import ImagingSettings
from casestudies.imaging.corruptions import CORRUPTIONS, corrupted
from casestudies.imaging.robustness import robustness_told
from casestudies.imaging.sections.robustness import robustness_blocks
from casestudies.report import Figure, Table, Text

FILMS = synthetic.films(90, seed=6, contrast=3.0)
PARTS = SimpleNamespace(
    train=np.flatnonzero(FILMS.patient < "p0046"), test=np.flatnonzero(FILMS.patient >= "p0046")
)  # fmt: skip
CUT = 0.4


def seen(pixels) -> np.ndarray:
    """How much the brightest spot stands out, in spreads of the film: a model that noise, blur and marks disturb."""
    smooth = ndimage.uniform_filter(pixels[:, 0], (0, 3, 3))
    return (smooth.max((1, 2)) - smooth.mean((1, 2))) / smooth.std((1, 2)).clip(1e-3)


def work(films=FILMS, quality=True, sees=True, **settings) -> SimpleNamespace:
    model = SimpleNamespace(
        sees=sees,
        drafted=lambda films: seen(films.pixels) - 4,
        quality=QualityReference.of(films.take(PARTS.train)) if quality else None,
        decision=SimpleNamespace(probability=expit, act=lambda p: p > CUT),
    )
    asked = {"interval": {"rounds": 100}, **settings}
    return SimpleNamespace(
        films=films,
        parts=PARTS,
        model=model,
        settings=ImagingSettings.model_validate(asked),
        step=lambda share, text: None,
    )


@pytest.fixture(scope="module")
def told() -> dict:
    return robustness_told(work())


def test_every_corruption_and_severity_is_there_with_figures_in_range(told):
    assert [one["name"] for one in told["corruptions"]] == list(CORRUPTIONS)
    for one in told["corruptions"]:
        assert len(one["severities"]) == 5
        for each in one["severities"]:
            assert 0 <= each["auc"] <= 1
            assert 0 <= each["flagged"] <= 1
            assert each["drop"]["low"] <= each["drop"]["value"] <= each["drop"]["high"]


def test_the_figures_are_those_of_the_corrupted_films(told):
    """By scikit-learn, and by counting."""
    films = FILMS.take(PARTS.test)
    assert told["images"] == len(films)
    clean = roc_auc_score(films.label, seen(films.pixels))
    assert told["clean"]["auc"]["value"] == pytest.approx(clean)
    z = seen(corrupted(films.pixels, "blur", 4, 0)) - 4
    mine = told["corruptions"][list(CORRUPTIONS).index("blur")]["severities"][3]
    auc = roc_auc_score(films.label, z)
    assert mine["auc"] == pytest.approx(auc)
    assert mine["drop"]["value"] == pytest.approx(clean - auc)
    assert mine["lost"] == pytest.approx((clean - auc) / (clean - 0.5))
    act = expit(z) > CUT
    cost = 10 * (films.label[~act] == 1).sum() + (films.label[act] == 0).sum()
    assert mine["cost"] == pytest.approx(cost / len(films))


def test_means_over_kinds_are_means(told):
    at_three = [(one["trained"], one["severities"][2]["auc"]) for one in told["corruptions"]]
    middle = told["severities"][2]
    assert middle["all"]["auc"] == pytest.approx(np.mean([auc for _, auc in at_three]))
    assert middle["trained"]["auc"] == pytest.approx(np.mean([auc for trained, auc in at_three if trained]))
    assert middle["kept_back"]["auc"] == pytest.approx(np.mean([auc for trained, auc in at_three if not trained]))
    assert middle["all"]["drop"]["value"] == pytest.approx(told["clean"]["auc"]["value"] - middle["all"]["auc"])


def test_the_quality_check_sees_heavy_noise_and_not_clean_films(told):
    noisy = next(one for one in told["corruptions"] if one["name"] == "detector noise")
    assert told["clean"]["flagged"] < 0.2
    assert noisy["severities"][4]["flagged"] > 0.9


def test_of_many_films_whole_patients_are_drawn_and_the_same_ones_again():
    first, again = (robustness_told(work(robustness={"images": 40}, seed=3)) for _ in range(2))
    assert first == again
    assert 40 <= first["images"] < 44
    films = FILMS.take(PARTS.test)
    assert first["patients"] < len(set(films.patient))


def test_there_is_no_answer_without_pixels_or_with_one_class():
    assert robustness_told(work(sees=False)) is None
    healthy = np.zeros_like(FILMS.label)
    assert robustness_told(work(replace(FILMS, label=healthy))) is None


def findings(told, **settings) -> SimpleNamespace:
    return SimpleNamespace(
        analysis={} if told is None else {"robustness": told},
        settings=ImagingSettings.model_validate(settings),
        unit="cost units",
    )


def test_the_report_says_what_it_costs_and_names_what_is_worst(told):
    blocks = robustness_blocks(findings(told))
    words = " ".join(block.text for block in blocks if isinstance(block, Text))
    worst = min(told["corruptions"], key=lambda one: one["severities"][2]["auc"])
    assert f"Most is lost to ‘{worst['name']}’" in words
    assert f"{told['clean']['auc']['value']:.3f}" in words
    table = next(block for block in blocks if isinstance(block, Table))
    assert len(table.rows) == 14
    assert table.rows[0][0] == worst["name"]
    assert sum(isinstance(block, Figure) for block in blocks) == 1
    assert robustness_blocks(findings(None)) == ()


def test_without_corrupted_training_images_nothing_is_called_trained_on(told):
    blocks = robustness_blocks(findings({**told, "augmented": False}))
    words = " ".join(block.text for block in blocks if isinstance(block, Text))
    assert "without any of these faults" in words
    assert "that were trained on" not in words


def test_a_model_without_a_quality_reference_is_told_without_flags():
    told = robustness_told(work(quality=False, robustness={"images": 30}))
    assert told["clean"]["flagged"] is None
    blocks = robustness_blocks(findings(told))
    table = next(block for block in blocks if isinstance(block, Table))
    assert {row[-1] for row in table.rows} == {"n/a"}
    assert "flags" not in " ".join(block.text for block in blocks if isinstance(block, Text))
