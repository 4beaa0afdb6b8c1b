"""The settings of every study: read before anything is done, so nothing heavy is loaded for them."""

import subprocess
import sys

import pytest

from casestudies.runs import studies
from casestudies.workflow.studies import get_study, terms_of

HEAVY = ("numpy", "pandas", "scipy", "sklearn", "lightgbm", "pyarrow", "altair", "torch")


@pytest.mark.parametrize("study", studies())
def test_the_settings_of_a_study_load_nothing_heavy(study):
    code = (
        "import importlib, sys\n"
        f"importlib.import_module('casestudies.{study}.config')\n"
        f"print(sorted(set({HEAVY}) & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("name", studies())
def test_the_terms_of_a_study_are_had_without_its_models(name):
    """The same two values as the study's own; a process that reads them has no table, no model and no report."""
    study = get_study(name)
    assert terms_of(name) == (study.settings, study.contract)
    code = (
        f"import sys; from casestudies.api import describe; describe({name!r});"
        "print([one for one in ('pandas', 'sklearn', 'scipy', 'torch', 'altair') if one in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "[]"
