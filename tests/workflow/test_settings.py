"""The settings of every study: read before anything is done, so nothing heavy is loaded for them."""

import subprocess
import sys

import pytest

from casestudies.runs import studies

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
