"""Text of people inside Streamlit's Markdown: printed as typed, never as markup."""

from __future__ import annotations

import re

import streamlit as st

from casestudies.report import visible

# What can begin markup where it stands, and no more: Streamlit reads a label aloud with its backslashes. An underscore
# inside a word is a letter like the others.
_MARKUP = re.compile(r"([\\`*~\[\]$|]|(?<![^\W_])_|_(?![^\W_])|<(?=[a-zA-Z/!?])|&(?=#?\w+;)|^[-+#>=](?=[-+#>=\s]|$))")
_LIST = re.compile(r"^(\d{1,9})([.)])(?=\s|$)")
# Streamlit makes icons, colours, arrows and links of these after Markdown is read, where no backslash helps, and a
# block of code of a line that begins with spaces. A word joiner, which has no width, keeps the characters apart.
_LATER = re.compile(r"(^(?=\s)|:(?=[\w+-]|//)|www(?=\.)|@|[-<>~](?=[-=>]))", re.IGNORECASE)
_JOINER = "\u2060"


def plain(text: object) -> str:
    r"""`text` for a label, a heading or a message: every character as typed, control characters shown.

    >>> print(plain("**bold** [x](y), not a_b"))
    \*\*bold\*\* \[x\](y), not a_b
    """
    escaped = _LIST.sub(r"\1\\\2", _MARKUP.sub(r"\\\1", visible(str(text))))
    return _LATER.sub(rf"\1{_JOINER}", escaped)


def say(text: object) -> None:
    """A paragraph of plain text, control and bidirectional characters shown and never applied."""
    st.text(visible(str(text)))
