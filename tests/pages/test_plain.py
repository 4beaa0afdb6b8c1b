import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casestudies.pages.plain import plain
from casestudies.report import visible


@given(st.text())
def test_nothing_is_lost(text):
    """The reverse of what Markdown does to an escaped character and of the joiner, which nobody sees."""
    told = re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", plain(text))
    assert told.replace("\u2060", "") == visible(text).replace("\u2060", "")


@given(st.text(alphabet="*`[]$~|\\\\abc "))
def test_what_is_markup_anywhere_is_escaped_everywhere(text):
    assert not re.search(r"(?<!\\)(?:\\\\)*[*`\[\]$~|]", plain(text))


@pytest.mark.parametrize(
    "text", ["debt_payments", "Cost of a non-event (EUR)", "27.5 % (9.9 to 42.6), row's own", "-5"]
)
def test_a_usual_label_stays_as_it_is(text):
    """Streamlit hands a label to a screen reader as it was given."""
    assert plain(text) == text


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("__init__", r"\_\_init\_\_"),
        ("_a_ b_c", r"\_a\_ b_c"),
        ("12. x", r"12\. x"),
        ("- x", r"\- x"),
        ("<b>", r"\<b>"),
    ],
)
def test_what_is_markup_only_in_its_place_is_escaped_there(text, told):
    assert plain(text) == told


def test_a_control_character_is_shown():
    assert plain("a\nb\u202ec") == r"a\\nb\\u202ec"
