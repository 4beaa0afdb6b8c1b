"""The examples of the how-to guides run as they are printed, and their configs are valid."""

import doctest
import re
from pathlib import Path

import pytest
import yaml

from casestudies.workflow.resolve import resolve
from casestudies.workflow.studies import get_study

ROOT = Path(__file__).resolve().parents[2]
GUIDES = sorted((ROOT / "docs" / "how-to").glob("*.md"))


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.stem)
def test_examples_in_python_run(guide):
    text = guide.read_text(encoding="utf-8").replace("```", "")
    examples = doctest.DocTestParser().get_doctest(text, {}, guide.name, str(guide), 0)
    runner = doctest.DocTestRunner()
    runner.run(examples)
    assert runner.summarize(verbose=False).failed == 0


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.stem)
def test_configs_are_valid(guide):
    for block in re.findall(r"```yaml\n(.*?)```", guide.read_text(encoding="utf-8"), re.S):
        values = yaml.safe_load(block)
        if isinstance(values, dict) and "study" in values:
            resolve(get_study(values["study"]).settings, values=values)
