"""Summary, performance, decision, second reader, groups and sites as a reader finds them."""

import json
import math
import re
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from casestudies.imaging.config import ImagingSettings
from casestudies.imaging.evaluation import evaluate
from casestudies.imaging.films import Films
from casestudies.imaging.grouped import groups_told
from casestudies.imaging.second_reader import second_reader_told
from casestudies.imaging.sections.decision import decision_blocks
from casestudies.imaging.sections.groups import groups_blocks
from casestudies.imaging.sections.performance import performance_blocks
from casestudies.imaging.sections.second_reader import second_reader_blocks
from casestudies.imaging.sections.sites import sites_blocks
from casestudies.imaging.sections.summary import in_lines, summary
from casestudies.imaging.splits import Parts
from casestudies.report import Figure, Note, Report, Section, Table, to_html
from casestudies.report.blocks import Metrics


def plain(value):
    """As a run folder gives it back: no number that is not finite."""
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def findings(patients=400, known=True, most=4, strength=1.5, planted=0.0, **settings):
    """What a run folder would hold of models that are known by construction."""
    generator = np.random.default_rng(0)
    rows = np.repeat(np.arange(patients), generator.integers(1, most + 1, patients))
    sick = generator.random(patients) < 0.3
    site = np.where(generator.random(patients) < np.where(sick, 0.4 + planted / 2, 0.4 - planted / 3), "B", "A")
    y, n = sick[rows].astype(np.int8), len(rows)
    z = strength * (2.0 * y - 1.4) + 1.5 * generator.normal(size=n) + 2.0 * planted * (site[rows] == "B")
    films = Films(
        np.zeros((n, 1, 2, 2), np.float32),
        np.array([f"f{i}.png" for i in range(n)], dtype=object),
        y,
        np.array([f"p{i:04d}" for i in rows], dtype=object),
        known,
        np.full(n, "", dtype=object),
        pd.DataFrame({"site": site[rows]}),
        pd.DataFrame({"height": np.full(n, 2)}),
        groups=("site",),
        classes=("benign", "malignant"),
    )
    order = generator.permutation(patients)
    of = [np.flatnonzero(np.isin(rows, part)) for part in np.split(order, [patients // 2, 3 * patients // 4])]
    asked = ImagingSettings.model_validate({"interval": {"rounds": 100}, **settings})
    models = {"image": z, "history": generator.normal(size=n), "incumbent": y + generator.normal(size=n)}
    parts = Parts(*of, "patients", "")
    judged = evaluate(models, films, parts, asked.decide, asked.interval, 0)
    work = SimpleNamespace(
        films=films, parts=parts, judged=judged, settings=asked, fitted=SimpleNamespace(champion="image"), logits=models
    )
    analysis = {"second_reader": second_reader_told(work).told, "groups": groups_told(work)}
    metrics = json.loads(json.dumps(plain(judged.metrics)))
    empty = {"value": None, "low": None, "high": None, "unit": ""}
    return SimpleNamespace(
        settings=asked,
        metrics={"champion": "image", "models": metrics},
        evaluation=json.loads(json.dumps(plain({**judged.told, "choice": {"sentence": "One."}}))),
        profile={"leak": False, "split_warnings": []},
        analysis=json.loads(json.dumps(plain(analysis))),
        predictions=judged.predictions,
        synthetic=True,
        unit="EUR",
        champion="image",
        figure=lambda model, name: metrics.get(model, {}).get(name, empty),
    )


@pytest.fixture(scope="module")
def told():
    return findings(decide={"prevalence": 0.006})


def said(blocks):
    return " ".join(block.text for block in blocks if hasattr(block, "text"))


def everything(f):
    return {
        "performance": performance_blocks(f),
        "decision": decision_blocks(f),
        "second-reader": second_reader_blocks(f),
        "groups": groups_blocks(f),
    }


def test_every_section_can_be_written(told):
    sections = (summary(told), *(Section(key, key.capitalize(), blocks) for key, blocks in everything(told).items()))
    page = to_html(Report("Imaging", "", "0", "", "1", sections, synthetic=True))
    assert "malignant" in page
    assert not re.search(r"\b(nan|inf)\b", said(block for s in sections for block in s.blocks))
    assert all(sum(isinstance(b, Figure) for b in s.blocks) <= 2 for s in sections)


def test_the_first_page_has_the_decision_in_figures_and_in_money(told):
    blocks = summary(told).blocks
    items = next(block for block in blocks if isinstance(block, Metrics)).items
    found = told.figure("image", "patient_sensitivity")["value"]
    assert items[1].value == f"{100 * found:.1f} %"
    assert "above 9.1 %" in said(blocks)
    assert "a miss 10, a false alarm 1 EUR" in said(blocks)


def test_a_model_that_saves_nothing_is_said_to_save_nothing():
    weak = findings(strength=0.0)
    assert "the model saves nothing" in said(summary(weak).blocks) or "not sure that the model saves" in said(
        summary(weak).blocks
    )
    noise = findings(strength=0.0, decide={"miss": 1.0})
    assert "the model saves nothing: to call back nobody costs no more" in said(decision_blocks(noise))


def test_a_rare_disease_is_warned_of_on_the_first_page(told):
    notes = [block.text for block in summary(told).blocks if isinstance(block, Note)]
    assert any("Where 0.6 % have the disease, this cut saves nothing" in text for text in notes)
    assert not any(
        "have the disease, this cut" in block.text for block in summary(findings()).blocks if isinstance(block, Note)
    )


def test_without_patient_ids_the_first_paragraph_says_so():
    first = summary(findings(known=False, most=1)).blocks[0]
    assert isinstance(first, Note)
    assert "each image is taken as a patient" in first.text
    assert "flattered" in first.text


def test_few_diseased_are_put_in_no_order():
    few = findings(patients=120)
    assert few.evaluation["few"]
    assert any("no model is called better" in b.text for b in summary(few).blocks if isinstance(b, Note))
    assert "Head on the image beside" not in said(performance_blocks(few))


def test_next_to_nobody_has_no_auc():
    """One or two diseased patients are above all others, or are not: 1.000 would be no figure."""
    two = findings(patients=400)
    two.evaluation["positive_patients"] = 2
    line = next(line for line in in_lines(two) if line.startswith("AUC of patients"))
    assert line == "AUC of patients: too few to say (fewer than 3 diseased, or healthy, are judged)"
    two.evaluation["positive_patients"] = two.evaluation["patients"] - 2
    assert next(b for b in summary(two).blocks if isinstance(b, Metrics)).items[2].value == "too few to say"


def test_calling_everybody_back_is_said_with_its_reason():
    def notes(f):
        return [block.text for block in summary(f).blocks if isinstance(block, Note)]

    few = findings(patients=40, strength=0.1, decide={"miss": 500.0})
    told = next(text for text in notes(few) if text.startswith("Everybody is called back"))
    validation = few.predictions[few.predictions["part"] == "validation"]
    healthy = (validation.groupby("patient")["label"].max() == 0).sum()
    assert f"set right on {healthy} healthy validation patients only" in told
    assert "500 times as dear" in told
    many = findings(patients=400, strength=0.1, decide={"miss": 500.0})
    assert not any("healthy validation" in text for text in notes(many))
    assert any(text.startswith("Everybody is called back") for text in notes(many))
    assert not any(text.startswith("Everybody") for text in notes(findings()))


def test_costs_of_the_table_are_those_of_the_evaluation(told):
    table = next(b for b in decision_blocks(told) if isinstance(b, Table) and b.caption.startswith("Cost per patient"))
    cells = {row[0]: row[2] for row in table.rows}
    cost = {one["name"]: one["value"] for one in told.evaluation["cuts"]}
    assert cells["Call back nobody"].startswith(f"{cost['nobody']:.3f}")
    assert cells["Bayes cut: alarm / (alarm + miss)"].startswith(f"{cost['bayes']:.3f}")


def test_a_planted_shortcut_is_a_warning_and_none_is_a_sentence(told):
    def warned(f):
        return [b.text for b in groups_blocks(f) if isinstance(b, Note)]

    assert warned(told) == []
    assert "No shortcut through site" in said(groups_blocks(told))
    planted = warned(findings(patients=800, planted=0.8))
    assert len(planted) == 1
    assert planted[0].startswith("Shortcut in use")


def test_small_groups_are_too_few_to_say():
    table = next(b for b in groups_blocks(findings(patients=80)) if isinstance(b, Table))
    assert all("too few to say" in row for row in table.rows)


def test_questions_that_were_not_asked_have_no_blocks(told):
    silent = SimpleNamespace(**{**vars(told), "analysis": {}})
    assert second_reader_blocks(silent) == groups_blocks(silent) == sites_blocks(silent) == ()
    assert "second reader" not in said(summary(silent).blocks)


def test_too_few_to_promise_is_said():
    few = findings(patients=60)
    if few.analysis["second_reader"]["never_ruled_out"]["event"]:
        assert "Too few validation patients" in said(second_reader_blocks(few))
    told = {**few.analysis["second_reader"], "never_ruled_out": {"event": True, "other": False}}
    forced = SimpleNamespace(**{**vars(few), "analysis": {"second_reader": told}})
    assert "malignant is never ruled out" in said(second_reader_blocks(forced))


def test_lines_for_a_terminal_say_synthetic_first(told):
    lines = in_lines(told)
    assert lines[0].startswith("SYNTHETIC, no patient")
    assert any(line.startswith("Cost saved: ") for line in lines)


def test_sites_tell_what_the_cut_is_worth_where_it_was_not_chosen(told):
    entry = {"value": 0.8, "low": 0.7, "high": 0.9}
    figures = {key: {"auc": entry, "expected_cost": entry} for key in ("seen", "unseen")}
    gap = {
        "auc": {"value": -0.1, "low": -0.2, "high": -0.05},
        "expected_cost": {"value": 0.1, "low": -0.1, "high": 0.3},
    }
    sites = [
        {"site": "A", "images": 90, "diseased": 30, "trained_on": 200, "figures": figures, "differences": gap},
        {"site": "B", "images": 9, "diseased": 3, "trained_on": 300, "figures": None},
    ]
    analysis = {"sites": {"column": "site", "sites": sites, "few": 20}}
    blocks = sites_blocks(SimpleNamespace(**{**vars(told), "analysis": analysis}))
    assert "Ranking is worse at A when it was not seen: at a new place" in said(blocks)
    table = next(b for b in blocks if isinstance(b, Table))
    assert table.rows[1][3] == "too few to say"
