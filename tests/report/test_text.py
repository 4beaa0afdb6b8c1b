from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casestudies.report.text import everywhere, printable, visible

ANY = st.text(st.characters(codec=None, categories=None, exclude_categories=()))


@given(ANY)
def test_visible_text_holds_nothing_that_hides_or_reorders(text):
    assert not any(unicodedata.category(c) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"} for c in visible(text))
    visible(text).encode()  # no lone surrogate is left


@given(ANY)
def test_visible_text_is_shown_as_it_is(text):
    assert visible(visible(text)) == visible(text)
    if all(c.isprintable() for c in text):
        assert visible(text) == text


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("a\x00b", "a\\x00b"),
        ("\ud800", "\\ud800"),
        ("two\nlines", "two\\nlines"),
        ("10\u202f000\u00a0EUR", "10\u202f000\u00a0EUR"),
    ],
)
def test_what_cannot_be_seen_is_an_escape_and_spaces_stay(typed, shown):
    assert visible(typed) == shown


def test_a_character_the_font_lacks_is_its_code_point():
    missing: set[str] = set()
    assert printable("é漢🙂", missing) == "é[U+6F22][U+1F642]"
    assert missing == {"漢", "🙂"}


def test_every_string_of_nested_data_is_rewritten_and_no_key():
    assert everywhere(str.upper, {"a": ["b", {"c": "d"}, 1, None, True]}) == {"a": ["B", {"c": "D"}, 1, None, True]}
