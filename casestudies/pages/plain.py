"""Text of people inside Streamlit's Markdown: printed as typed, never as markup."""

from __future__ import annotations

import re

import streamlit as st

from casestudies.report import visible

_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
# Streamlit makes icons, arrows and links of these after Markdown is read, where no backslash helps, and a block of code
# of a line that begins with spaces. A word joiner, which has no width, keeps the characters apart.
_LATER = re.compile(r"(^(?=\s)|:(?=material/|streamlit:|//)|www(?=\.)|@|[-<>~](?=[-=>]))", re.IGNORECASE)
_JOINER = "\u2060"


def plain(text: object) -> str:
    r"""`text` for a label, a heading or a message: every character as typed, control characters shown.

    >>> print(plain("**bold** [x](y)"))
    \*\*bold\*\* \[x\]\(y\)
    """
    return _PUNCTUATION.sub(r"\\\1", _LATER.sub(rf"\1{_JOINER}", visible(str(text))))


def say(text: object) -> None:
    """A paragraph of plain text, control and bidirectional characters shown and never applied."""
    st.text(visible(str(text)))
