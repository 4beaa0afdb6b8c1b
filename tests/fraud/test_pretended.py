"""What SMOTE before the split pretends."""

import pytest
from sklearn.metrics import average_precision_score

from casestudies.fraud.pretended import pretended_told
from casestudies.fraud.sections.pretended import pretended_blocks


@pytest.fixture(scope="module")
def told(work):
    return pretended_told(work)


def test_smote_before_the_split_looks_far_better_than_it_is(told):
    assert told["before"]["f1"] > told["inside"]["f1"] + 0.2
    assert told["before"]["ap"] > told["plain"]["ap"] + 0.2
    assert told["rows"] == told["of"] == 3000


def test_both_are_said(work, bench, told):
    text = bench.printed(pretended_blocks(bench.findings(work, pretended=told)))
    assert "Resampled before the split they show an F1 of" in text
    assert "SMOTE, then the split (pretended)" in text
    assert pretended_blocks(bench.findings(work)) == ()


def test_too_few_frauds_are_said(bench, work):
    skipped = {"rows": 40, "of": 40, "events": 3, "folds": 3, "skipped": "too few events"}
    assert "The demonstration was not made: too few events" in bench.printed(
        pretended_blocks(bench.findings(work, pretended=skipped))
    )


def test_the_plain_line_is_an_ordinary_cross_validation(work, told):
    """Any model of these rows has about this AP out of fold; the pretended one has not."""
    champion = work.comparison.judged[work.comparison.choice.champion]
    held = work.sample.take(work.comparison.rows)
    assert told["plain"]["ap"] == pytest.approx(average_precision_score(held.y, champion.p), abs=0.12)
