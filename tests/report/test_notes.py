from __future__ import annotations

import pytest

from casestudies.errors import ConfigError
from casestudies.report import Note, Report, Section, Text, parse_notes, read_notes, with_notes

REPORT = Report(
    "T", "s", "id", "me", "1", (Section("data", "The data", (Text("x"),)), Section("limits", "Limits and use", ()))
)


def test_paragraphs_go_to_the_section_named_by_key_or_title():
    text = "\ufeff".lstrip("\ufeff") + "## data\none\r\ntwo\n\nthree\n## LIMITS AND USE\n\n  four  \n## data\nfive"
    assert parse_notes(text, REPORT) == {"data": ["one two", "three", "five"], "limits": ["four"]}


def test_nothing_but_section_lines_is_markdown():
    text = "## data\n**bold** [x](http://example.org) <b>\n### deeper\n# higher"
    assert parse_notes(text, REPORT) == {"data": ["**bold** [x](http://example.org) <b> ### deeper # higher"]}


def test_notes_stand_at_the_top_of_their_section():
    sections = with_notes(REPORT, {"data": ["one", "two"]}).sections
    assert sections[0].blocks == (Note("one", "author"), Note("two", "author"), Text("x"))
    assert sections[1] == REPORT.sections[1]


def test_an_unknown_section_is_named_with_its_line_and_the_nearest():
    with pytest.raises(ConfigError) as error:
        parse_notes("## data\nx\n## limit\ny", REPORT, where="my.md")
    assert str(error.value) == "my.md, line 3: the report has no section 'limit'; did you mean 'limits'?"
    with pytest.raises(ConfigError):
        with_notes(REPORT, {"nowhere": ["x"]})


def test_text_before_the_first_section_is_refused():
    with pytest.raises(ConfigError) as error:
        parse_notes("\nhello", REPORT)
    assert str(error.value).startswith("notes.md, line 2: 'hello' stands before the first section")


@pytest.mark.parametrize(("raw", "said"), [(b"## data\n" + b"x" * 64_000, "64,000"), (b"## data\n\xff", "UTF-8")])
def test_a_file_too_large_or_not_text_is_refused(tmp_path, raw, said):
    path = tmp_path / "notes.md"
    path.write_bytes(raw)
    with pytest.raises(ConfigError) as error:
        read_notes(path, REPORT)
    assert said in str(error.value)


def test_a_missing_file_is_one_line(tmp_path):
    with pytest.raises(ConfigError) as error:
        read_notes(tmp_path / "none.md", REPORT)
    assert "cannot be read" in str(error.value)


def test_a_byte_order_mark_is_not_text(tmp_path):
    path = tmp_path / "notes.md"
    path.write_bytes(b"\xef\xbb\xbf## data\nx")
    assert read_notes(path, REPORT) == {"data": ["x"]}
