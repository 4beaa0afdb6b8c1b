"""Maps of a model's images: of what is served, the same each time, and told with what they failed."""

from __future__ import annotations

import copy
import io
import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.testing import assert_allclose

pytest.importorskip("torch")

import torch

from casestudies.explain.images.seen import scores
from casestudies.imaging import synthetic
from casestudies.imaging.asked.questioning import Explaining
from casestudies.imaging.config import ImagingSettings
from casestudies.imaging.decision import Decision
from casestudies.imaging.explained import Judged, explanations_told, maps_of
from casestudies.imaging.heads.head import fit_head
from casestudies.imaging.maps import Seen, maps_of_image, seen_by, shuffled
from casestudies.imaging.model import ImageModel, Member
from casestudies.imaging.network import NetworkSpec, SmallNet
from casestudies.imaging.sections.explained import cases_blocks, explanations_blocks, quality_blocks, worst_blocks
from casestudies.imaging.trained import Trained
from casestudies.report import Gallery, Note, Report, Section, Table, Text, to_html


def network(seed: int) -> Trained:
    """Untrained: what a map is does not depend on it."""
    torch.manual_seed(seed)
    spec = NetworkSpec(side=32, widths=(4, 6, 8), stem_stride=1)
    return Trained(SmallNet(spec).eval(), spec)


@pytest.fixture(scope="module")
def work():
    films = synthetic.films(40, 32, seed=0)
    settings = ImagingSettings(explaining=Explaining(images=5, samples=60, steps=6))
    rows = np.arange(len(films))
    train, validation, test = rows[rows % 3 == 0], rows[rows % 3 == 1], rows[rows % 3 == 2]
    history = films.table[list(films.history)]
    members, logits = [], []
    for seed in range(2):
        trained = network(seed)
        features = trained.features(films.pixels)
        head = fit_head(features, history, films.label, films.patient, train, validation, settings.head, 0)
        members.append(Member(trained, head))
        logits.append(head.logits(features, films.table))
    mean = np.mean(logits, axis=0)
    decision = Decision.learnt(mean[validation], films.label[validation], films.patient[validation], settings.decide)
    return SimpleNamespace(
        films=films,
        parts=SimpleNamespace(train=train, validation=validation, test=test),
        model=ImageModel(None, tuple(members), decision, None, films.classes, films.history),
        fitted=SimpleNamespace(champion="both"),
        logits={"both": mean},
        settings=settings,
        step=lambda share, message: None,
    )


@pytest.fixture(scope="module")
def answer(work):
    return explanations_told(work)


def test_the_networks_are_explained_as_they_are_served_history_and_all(work):
    """Cut in two, with each patient's own history, they give the logits that are decided on."""
    for row in (0, 7):
        found = scores(seen_by(work.model, work.films, row), work.films.pixels[row : row + 1])
        assert_allclose(found, work.logits["both"][row : row + 1], rtol=1e-3, atol=1e-4)


def test_maps_are_looked_at_before_the_last_halving(work):
    seen = Seen(work.model.members[0])
    with torch.no_grad():
        maps = seen.maps(torch.from_numpy(work.films.pixels[:2]))
    assert maps.shape[-2:] == (16, 16)  # 32 pixels, halved once; the last block sees 8 x 8


def test_shuffled_networks_keep_their_heads_and_lose_their_knowledge(work):
    other = shuffled(work.model, 3)
    row, image = 4, work.films.pixels[4]
    assert other.members[0].head is work.model.members[0].head
    asked = work.settings.explaining
    ours, theirs = (maps_of_image(seen_by(model, work.films, row), image, asked, 0) for model in (work.model, other))
    assert np.abs(ours.shap - theirs.shap).max() > 0


def test_the_answer_is_plain_values_and_pictures_and_repeats(work, answer):
    assert json.loads(json.dumps(answer.told, allow_nan=False)) == answer.told
    again = explanations_told(work)
    assert again.told == answer.told
    assert again.made == answer.made
    from PIL import Image

    for content in answer.made.values():
        with Image.open(io.BytesIO(content)) as image:
            assert image.size == (128, 128)


def test_there_is_a_case_of_each_kind_with_its_decision(work, answer):
    for case in answer.told["cases"]:
        row = list(work.films.names).index(case["name"])
        assert work.parts.test[np.isin(work.parts.test, row)].size == 1
        ill = work.films.label[row] == 1
        wanted = {"found": (True, True), "missed": (True, False), "alarm": (False, True)}.get(case["kind"])
        assert wanted in (None, (ill, case["acted"]))
        probability = work.model.decision.probability(work.logits["both"][[row]])[0]
        assert case["probability"] == pytest.approx(probability)
        assert f"explained_{case['kind']}_film.png" in answer.made
    kinds = [case["kind"] for case in answer.told["cases"]]
    assert len(set(kinds)) == len(kinds) >= 3


def test_the_pages_ask_for_the_maps_of_one_new_image(work):
    predictor = SimpleNamespace(model=work.model, settings=work.settings)
    found = maps_of(predictor, work.films.take(np.array([3])))
    assert [one.shape for one in found] == [(32, 32)] * 3
    assert found[0].min() >= 0
    assert min(found[1].min(), found[2].min()) < 0


def test_embeddings_have_nothing_to_point_at(work):
    blind = tuple(replace(member, trained=None) for member in work.model.members)
    other = SimpleNamespace(**{**vars(work), "model": replace(work.model, members=blind)})
    assert explanations_told(other) is None


def test_films_without_known_lesions_are_tested_without_pointing(work):
    films = replace(work.films, masks=None)
    told = explanations_told(SimpleNamespace(**{**vars(work), "films": films})).told
    assert told["chance"] is None
    assert all(one["pointing"] is None for one in told["methods"].values())
    assert all(case["lesion"] is None for case in told["cases"])
    heads = next(block for block in explanations_blocks(findings(told, {})) if isinstance(block, Table)).head
    assert "Points at the lesion" not in heads


def findings(told, made):
    return SimpleNamespace(analysis={"explanations": told}, picture=made.__getitem__)


def test_the_sections_are_drawn_with_each_map_over_its_image(answer):
    f = findings(answer.told, answer.made)
    gallery = next(block for block in cases_blocks(f) if isinstance(block, Gallery))
    assert len(gallery.pictures) == 4 * len(answer.told["cases"])
    assert [picture.overlay is None for picture in gallery.pictures[:4]] == [True, False, False, False]
    sections = (
        Section("a", "A", explanations_blocks(f)),
        Section("b", "B", cases_blocks(f)),
        Section("c", "C", quality_blocks(f)),
    )
    html = to_html(Report("T", "s", "id", "me", "1", sections, synthetic=True))
    assert html.count("SYNTHETIC, no patient</div>") == len(gallery.pictures)


def test_what_was_not_asked_has_no_section():
    f = SimpleNamespace(analysis={})
    assert explanations_blocks(f) == cases_blocks(f) == quality_blocks(f) == ()


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda t: t["methods"]["lime"].update(faithful=False), "LIME is not faithful"),
        (lambda t: t["methods"]["gradcam"].update(points=False), "Grad-CAM does not point at the lesion"),
        (lambda t: t["methods"]["shap"].update(sound=False, shuffled=0.8), "SHAP hardly changes"),
        (lambda t: t["additivity"].update(holds=False, mean=0.3), "The SHAP values do not add up: they miss 30 %"),
        (lambda t: t["line"].update(r2=0.1), "LIME’s straight line explains only 10 %"),
    ],
)
def test_a_map_that_fails_says_so(answer, spoil, said):
    told = copy.deepcopy(answer.told)
    for one in told["methods"].values():
        one.update(
            faithful=True, points=True, sound=True, pointing={"value": 0.9, "low": 0.8, "high": 1.0, "images": 5}
        )
    told["chance"], told["additivity"]["holds"], told["line"]["r2"] = 0.1, True, 0.9
    told["contrast"]["pointing"] = {"value": 0.2, "low": 0.1, "high": 0.3, "images": 5}
    fine = explanations_blocks(findings(told, {}))
    assert not any(isinstance(block, Note) for block in fine)
    assert any(isinstance(block, Text) and block.text.startswith("No map failed a test") for block in fine)
    spoil(told)
    notes = [block.text for block in explanations_blocks(findings(told, {})) if isinstance(block, Note)]
    assert len(notes) == 1
    assert notes[0].startswith(said)


def test_where_contrast_alone_points_as_well_that_is_said(answer):
    told = copy.deepcopy(answer.told)
    told["chance"] = 0.1
    for one in (*told["methods"].values(), told["contrast"]):
        one["pointing"] = {"value": 0.9, "low": 0.8, "high": 1.0, "images": 5}
    notes = [block.text for block in explanations_blocks(findings(told, {})) if isinstance(block, Note)]
    assert any(note.startswith("Contrast alone, without any network, points at the lesion in 90 %") for note in notes)


def test_the_worst_errors_are_the_surest_of_their_kind_with_pictures(work, answer):
    judged = Judged.of(work)
    p, ill, acted = judged.probability, judged.films.label == 1, judged.acted
    for kind, wrong, sure in (("missed", ill & ~acted, p), ("alarm", ~ill & acted, -p)):
        found = [one for one in answer.told["worst"] if one["kind"] == kind]
        expected = sorted(np.flatnonzero(wrong), key=lambda row: sure[row])[:4]
        assert [one["name"] for one in found] == [str(judged.films.names[row]) for row in expected]
        for one in found:
            assert one["of"] == wrong.sum()
            assert {f"{one['picture']}_film.png", f"{one['picture']}_gradcam.png"} <= set(answer.made)
    assert answer.told["worst"]
    blocks = worst_blocks(SimpleNamespace(analysis={"explanations": answer.told}, picture=answer.made.__getitem__))
    pictures = [picture for block in blocks if isinstance(block, Gallery) for picture in block.pictures]
    assert len(pictures) == len(answer.told["worst"])
    assert worst_blocks(SimpleNamespace(analysis={})) == ()
