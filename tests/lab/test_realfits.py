"""The steps and words of a run's own folder, and nothing but them."""

from __future__ import annotations

import inspect
import json
import shutil

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("torch")

from casestudies.errors import RunError
from casestudies.lab.realfits import SHOWN, real_fits, shown_by
from casestudies.lab.sections.realfits import fits_blocks, fits_told
from casestudies.optim.diagnosis import fit, layers, optimum, stability
from casestudies.pages.links import TITLES
from casestudies.report import Note, Text
from casestudies.runs import RunFolder


def test_steps_are_those_of_the_folder(small_run):
    table = pd.read_parquet(small_run.path / "trace.parquet")
    fits = {fit.name: fit for fit in real_fits(small_run.folder)}
    long = [name for name, part in table.groupby("fit", sort=False) if part["step"].nunique() > 1]
    assert list(fits) == long != []
    for name, one in fits.items():
        part = table[table["fit"] == name]
        assert one.step[-1] == part["step"].max()
        assert set(one.value) <= set(part["value"])
        assert (np.diff(one.step) > 0).all()
    told = fits_told(list(fits.values()))
    assert all(name in told for name in fits)


def test_words_of_the_diagnosis_are_the_runs_own(small_run, tmp_path):
    path = tmp_path / "credit" / small_run.id
    shutil.copytree(small_run.path, path)
    first = real_fits(RunFolder(path))[0]
    words = json.loads((path / "diagnosis.json").read_text())
    words[first.name]["findings"] = ["The value exploded instead of falling.: step 3"]
    (path / "diagnosis.json").write_text(json.dumps(words))
    told = real_fits(RunFolder(path))[0]
    blocks = fits_blocks([told])
    assert [block.text for block in blocks if isinstance(block, Note)] == [f"{told.name}. {told.findings[0]}"]
    assert shown_by(told.findings[0]) == "lab-landscapes"
    assert not any("none of the troubles" in block.text for block in blocks if isinstance(block, Text))


def test_every_trouble_that_the_lab_shows_is_worded_as_the_diagnosis_words_it():
    """The links stand on the core's own sentences."""
    sources = " ".join(inspect.getsource(module) for module in (fit, layers, optimum, stability))
    for page, words in SHOWN.items():
        assert page in TITLES
        assert all(word in sources for word in words), words


def test_a_run_without_steps_is_one_line(tmp_path):
    folder = tmp_path / "credit" / "20200101T000000-000000"
    folder.mkdir(parents=True)
    with pytest.raises(RunError, match="keeps no steps"):
        real_fits(RunFolder(folder))
