"""What a notebook shows of a run."""

import os
import re
from html.parser import HTMLParser
from urllib.parse import unquote

import pytest

import casestudies
from casestudies.runs import RunFolder
from casestudies.workflow.display import run_as_html

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "javascript:alert(1)",
    "a' onmouseover='alert(1)",
    "&lt;b&gt;",
    "%3Cscript%3E",
    "\udcff\n\x00tail".replace("\x00", ""),
]


class Elements(HTMLParser):
    def __init__(self, html):
        super().__init__()
        self.found, self.links, self.text = set(), [], ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.found.add(tag)
        names = {name for name, _ in attributes}
        assert names <= {"href", "target"}
        self.links += [value for name, value in attributes if name == "href"]

    def handle_data(self, data):
        self.text += data


ALLOWED = {"div", "p", "ul", "li", "a", "strong", "code"}


def test_a_finished_run_shows_its_result_and_leads_to_its_files(small_run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shown = Elements(small_run._repr_html_())
    assert shown.found <= ALLOWED
    for line in small_run.summary():
        assert line in shown.text
    assert {os.path.realpath(unquote(link)) for link in shown.links} == {
        str(small_run.path.resolve() / name) for name in ("report.html", "report.pdf", "metrics.json")
    }


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_becomes_markup(text, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    place = tmp_path / text.replace("/", "∕")
    place.mkdir()
    (place / "report.html").write_text("")
    (place / "request.json").write_text('{"study": "credit"}')
    html = run_as_html(RunFolder(place), [text])
    shown = Elements(html)
    assert shown.found <= ALLOWED
    assert re.sub("[\udc00-\udfff]", "?", text).split("\n")[0] in shown.text
    assert len(shown.links) == 1
    assert shown.links[0].startswith("./")
    assert os.fsencode(unquote(shown.links[0], errors="surrogateescape")) == os.fsencode(f"./{place.name}/report.html")
    html.encode("utf-8")


def test_an_unfinished_run_shows_its_state(tmp_path):
    (tmp_path / "request.json").write_text('{"study": "credit"}')
    shown = casestudies.Run(RunFolder(tmp_path))._repr_html_()
    assert "state: " in Elements(shown).text
