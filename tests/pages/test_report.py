import hashlib
import html
import io
import json
import re
import zipfile

import pytest

from casestudies.pages import reading, report


@pytest.fixture
def downloads(monkeypatch):
    """What the download buttons would give, by label; nothing is made before it is asked for."""
    told = {}
    monkeypatch.setattr(
        "streamlit.download_button", lambda label, data, name, *rest, **more: told.update({label: (name, data)})
    )
    return told


def frame_of(app):
    (shell,) = [element.proto.srcdoc for element in app.get("iframe")]
    return shell


def test_the_preview_is_the_report_in_a_frame_without_an_origin(visitor, run):
    shell = frame_of(visitor.open("report"))
    inner = re.search(r'<iframe sandbox="([^"]*)" title="Report" srcdoc="([^"]*)">', shell)
    assert inner[1] == "allow-scripts"
    assert html.unescape(inner[2]) == (run.path / "report.html").read_text()


def test_a_report_cannot_break_out_of_its_frame(monkeypatch):
    told = []
    monkeypatch.setattr("streamlit.iframe", lambda shell, **_: told.append(shell))
    report.preview('"></iframe><script>parent.x=1</script>')
    assert "<script" not in told[0]
    assert told[0].count("</iframe>") == 1


def test_the_downloads_are_the_files_of_the_folder(visitor, run, downloads):
    visitor.open("report")
    name, data = downloads["Download HTML"]
    assert name == f"credit-{run.id}.html"
    assert data() == (run.path / "report.html").read_bytes()
    assert downloads["Download PDF"][1]() == (run.path / "report.pdf").read_bytes()


def test_everything_is_a_zip_that_its_manifest_describes(visitor, run, downloads):
    visitor.open("report")
    packed = downloads["Download everything"][1]()
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        manifest = json.loads(archive.read(f"{run.id}/manifest.json"))
        names = {name.removeprefix(f"{run.id}/") for name in archive.namelist()}
        assert names == {*manifest["files"], "manifest.json"}
        for name, entry in manifest["files"].items():
            assert hashlib.sha256(archive.read(f"{run.id}/{name}")).hexdigest() == entry["sha256"]
    assert packed == report.packed(run)


def test_a_report_that_the_run_did_not_write_is_made_when_it_is_asked_for(visitor, run, downloads):
    (run.path / "report.html").unlink()
    assert "will this applicant repay?" in html.unescape(html.unescape(frame_of(visitor.open("report"))))
    assert downloads["Download HTML"][1]().startswith(b"<!doctype html>")


def test_a_cut_of_the_reader_is_said_with_what_was_recommended(visitor, run, downloads):
    before = {path: path.read_bytes() for path in run.path.rglob("*") if path.is_file()}
    app = visitor.open("report", run=run.id, chosen="0.3")
    assert "With your cut of 0.3" in visitor.words(app)
    text = html.unescape(html.unescape(frame_of(app)))
    assert "The reader chose the cut 0.3. Recommended was:" in text
    name, data = downloads["Download PDF"]
    assert name == f"credit-{run.id}-cut-0.3.pdf"
    assert data().startswith(b"%PDF")
    assert {path: path.read_bytes() for path in run.path.rglob("*") if path.is_file()} == before


def test_two_cuts_are_two_reports(run):
    assert reading.report_file(run, "html", 0.3) != reading.report_file(run, "html", 0.1)
    assert reading.report_file(run, "html", None) == (run.path / "report.html").read_bytes()


@pytest.mark.parametrize("cut", ["2", "-1", "x", "nan", ""])
def test_a_cut_that_is_none_is_not_taken(visitor, run, cut):
    assert "With your cut" not in visitor.words(visitor.open("report", run=run.id, chosen=cut))
