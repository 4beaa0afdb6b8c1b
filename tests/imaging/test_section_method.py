"""What the report says of training: from the trace and the diagnosis alone, and true in each case."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from casestudies.imaging.config import ImagingSettings
from casestudies.imaging.sections.method import method_blocks
from casestudies.report import Figure, Note, Report, Section, Table, Text, to_html

NOTES = ["213,425 parameters, trained in bfloat16", "kept epoch 4 of 5, with validation log loss 0.400"]


def findings(diagnosis, trace, **settings):
    return SimpleNamespace(
        settings=ImagingSettings.model_validate(settings),
        profile={"side": 64},
        evaluation={"choice": {"sentence": "The head reads the image alone."}},
        diagnosis=diagnosis,
        trace=trace,
    )


def steps(fit, held_out, **more):
    learnt = np.linspace(0.7, 0.3, len(held_out))
    return pd.DataFrame(
        {"fit": fit, "step": np.arange(len(held_out)) * 1.0, "value": learnt, "held_out_loss": held_out, **more}
    )


@pytest.fixture
def two():
    """Network 1 is best in epoch 4 of 5; network 2 stopped after epoch 3 and is best in epoch 2."""
    trace = pd.concat(
        [steps("network 1", [0.69, 0.6, 0.5, 0.45, 0.4, 0.42]), steps("network 2", [0.7, 0.6, 0.44, 0.5])]
    )
    told = {"findings": ["It swings. Evidence. Advice."], "notes": [*NOTES, "ended before epoch 5: enough"]}
    return findings(
        {"network 1": {"findings": [], "notes": NOTES}, "network 2": told, "head 1": {"findings": ["x"]}}, trace
    )


def words(blocks):
    return " ".join(block.text for block in blocks if isinstance(block, Text))


def test_each_network_stands_in_the_table_with_the_epoch_that_is_kept(two):
    (table,) = [block for block in method_blocks(two) if isinstance(block, Table)]
    assert [row[2:] for row in table.rows] == [("4 of 5", "0.380", "0.400"), ("2 of 3", "0.433", "0.440")]
    assert table.rows[0][1] == NOTES[0]


def test_the_picture_is_the_mean_with_the_ends_and_the_mean_epoch_kept(two):
    (figure,) = [block for block in method_blocks(two) if isinstance(block, Figure)]
    assert "mean of 2 networks: validation images from 0.695 to 0.400" in figure.alt
    assert "kept is epoch 3" in figure.alt
    assert figure.table.rows[3][1:] == ("0.475", "0.380")  # epoch 3: of 0.45 and 0.5, of 0.46 and 0.3


def test_a_finding_is_told_with_its_network_and_heads_are_left_to_their_section(two):
    notes = [block for block in method_blocks(two) if isinstance(block, Note)]
    assert [note.text for note in notes] == ["Network 2: It swings. Evidence. Advice."]
    assert "Ended before epoch 5: enough." in words(method_blocks(two))


def test_the_same_finding_of_two_networks_is_told_once(two):
    two.diagnosis["network 1"]["findings"] = two.diagnosis["network 2"]["findings"]
    notes = [block for block in method_blocks(two) if isinstance(block, Note)]
    assert [note.text for note in notes] == ["Network 1 and network 2: It swings. Evidence. Advice."]


def test_without_findings_it_says_so(two):
    two.diagnosis["network 2"]["findings"] = []
    assert "The diagnosis of the training runs found nothing" in words(method_blocks(two))


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({}, "never turned, since they are taken upright"),
        ({"augment": {"orientation": "any"}}, "turned by quarters"),
        ({"augment": {"corruptions": 0.3}}, "and 30 % of them are made worse"),
        ({"model": {"networks": 1}}, "One network"),
        ({"model": {"focal": 2, "smoothing": 0.1, "patience": 4}}, "focal loss (exponent 2), labels smoothed by 0.1"),
        ({"model": {"patience": 4}}, "or until 4 epochs brought nothing better"),
        (
            {"model": {"optimizer": "adam-sgd", "schedule": "constant"}},
            "SGD with momentum at the rate that its steps amount to",
        ),
    ],
)
def test_the_words_follow_the_settings(two, settings, said):
    two.settings = ImagingSettings.model_validate(settings)
    assert said in words(method_blocks(two))


def test_focal_losses_are_shown_as_log_losses(two):
    two.trace["held_out_metric"] = two.trace["held_out_loss"] + 0.1
    (table,) = [block for block in method_blocks(two) if isinstance(block, Table)]
    assert table.rows[0][-1] == "0.500"


def test_two_epochs_make_no_picture(two):
    two.trace = two.trace[two.trace["step"] < 2]
    assert not [block for block in method_blocks(two) if isinstance(block, Figure)]


def test_embeddings_and_borrowed_weights_are_called_what_they_are():
    nothing = pd.DataFrame({"fit": []})
    assert "embeddings that were made elsewhere" in words(method_blocks(findings({"head 1": {}}, nothing)))
    borrowed = {"network 1": {"findings": [], "notes": ["ResNet-18, trained elsewhere (a.safetensors)"]}}
    assert "No network was trained here: ResNet-18, trained elsewhere (a.safetensors)." in words(
        method_blocks(findings(borrowed, nothing))
    )


def test_it_renders(two):
    section = Section("method", "Method", method_blocks(two))
    page = to_html(Report("t", "s", "id", "a", "1", (section,)))
    assert "How the networks learnt" in page
