import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casestudies.pages.plain import plain
from casestudies.report import visible

MARKUP = r"\`*_{}[]()<>#+-.!|~$:&="


@given(st.text())
def test_nothing_is_lost_and_nothing_is_markup(text):
    told = plain(text)
    unescaped = re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", told)
    assert unescaped.replace("\u2060", "") == visible(text).replace("\u2060", "")
    assert not re.search(rf"(?<!\\)(?:\\\\)*[{re.escape(MARKUP[1:])}]", told)


@pytest.mark.parametrize("text", [":material/home:", "http://a.example", "www.a.example", "a@b.example", "    code"])
def test_what_markdown_makes_after_reading_is_kept_apart(text):
    assert "\u2060" in plain(text)


def test_a_control_character_is_shown():
    assert plain("a\nb\u202ec") == r"a\\nb\\u202ec"
