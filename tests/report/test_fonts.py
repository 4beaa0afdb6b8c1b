"""Fonts of the analyst's own: what the print font lacks is printed, and a folder without fonts is refused."""

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import matplotlib
import pytest

from casestudies.errors import ConfigError
from casestudies.report import Report, Section, Text, to_pdf
from casestudies.report.fonts import Fonts

LACKED = "\u1d81"  # a Latin letter with a hook, which STIX has and DejaVu Sans lacks
REPORT = Report(f"Branch {LACKED}", "", "r1", "", "1", (Section("a", "First", (Text(f"Town of {LACKED}alle."),)),))


def printed(data: bytes, folder: Path) -> str:
    (folder / "report.pdf").write_bytes(data)
    return subprocess.run(["pdftotext", folder / "report.pdf", "-"], capture_output=True, text=True, check=True).stdout


@pytest.fixture
def stix(tmp_path):
    folder = tmp_path / "fonts"
    folder.mkdir()
    shutil.copy(Path(matplotlib.get_data_path(), "fonts", "ttf", "STIXGeneral.ttf"), folder)
    return Fonts.of(folder, where="report.fonts")


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler-utils is not installed")
def test_a_script_that_the_print_font_lacks_is_printed_with_a_font_that_has_it(stix, tmp_path):
    assert "[U+1D81]alle" in printed(to_pdf(REPORT), tmp_path)
    own = to_pdf(replace(REPORT, fonts=stix))
    assert f"{LACKED}alle" in printed(own, tmp_path)
    assert own == to_pdf(replace(REPORT, fonts=stix))


def test_families_and_glyphs_are_those_of_the_files(stix):
    assert stix.families == ("STIXGeneral",)
    assert ord(LACKED) in stix.glyphs
    assert ord("中") not in stix.glyphs


@pytest.mark.parametrize(
    ("files", "words"), [(None, "there is no folder"), ({}, "holds no font"), ({"a.ttf": b"GIF89a"}, "is no font")]
)
def test_a_folder_without_fonts_is_refused_in_one_line(tmp_path, files, words):
    folder = tmp_path / "own"
    if files is not None:
        folder.mkdir()
        for name, content in files.items():
            (folder / name).write_bytes(content)
    with pytest.raises(ConfigError, match=words) as error:
        Fonts.of(folder, where="report.fonts")
    assert str(error.value).startswith("report.fonts: ")
    assert "\n" not in str(error.value)
