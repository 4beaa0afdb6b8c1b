"""Text of people inside Streamlit's Markdown: printed as typed, never as markup."""

from __future__ import annotations

import re

import streamlit as st

from casestudies.report import visible

# What can begin markup where it stands. No more than that is escaped: Streamlit reads a label aloud as it was given,
# backslashes and all.
_MARKUP = re.compile(
    r"([\\`*~\[\]$|]"
    r"|(?<![^\W_])_|_(?![^\W_])"  # not inside a word, where it is a letter like the others
    r"|<(?=[a-zA-Z/!?])|&(?=#?\w+;)"
    r"|:(?=[\w+-])"  # :red[x], :smile:
    r"|^[-+#>=](?=[-+#>=\s]|$)|(?<=^\d)[.)]|(?<=^\d\d)[.)]|(?<=^\d\d\d)[.)])"  # only at the beginning
)
# Streamlit makes icons, arrows and links of these after Markdown is read, where no backslash helps, and a block of code
# of a line that begins with spaces. A word joiner, which has no width, keeps the characters apart.
_LATER = re.compile(r"(^(?=\s)|:(?=material/|streamlit:|//)|www(?=\.)|@|[-<>~](?=[-=>]))", re.IGNORECASE)
_JOINER = "\u2060"


def plain(text: object) -> str:
    r"""`text` for a label, a heading or a message: every character as typed, control characters shown.

    >>> print(plain("**bold** [x](y), not a_b"))
    \*\*bold\*\* \[x\](y), not a_b
    """
    return _LATER.sub(rf"\1{_JOINER}", _MARKUP.sub(r"\\\1", visible(str(text))))


def say(text: object) -> None:
    """A paragraph of plain text, control and bidirectional characters shown and never applied."""
    st.text(visible(str(text)))
