"""Text of people inside Streamlit's Markdown: printed as typed, never as markup."""

from __future__ import annotations

import re

from casestudies.report import visible

_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
# Streamlit turns these into icons and arrows after Markdown is read, where no backslash helps; a word joiner, which has
# no width, keeps the characters apart.
_LATER = re.compile(r"(:(?=material/|streamlit:)|[-<>~](?=[-=>]))")


def plain(text: object) -> str:
    """`text` for a label, a heading or a message: every character as typed, control characters shown.

    >>> plain("**bold** [x](http://y)")
    '\\\\*\\\\*bold\\\\*\\\\* \\\\[x\\\\]\\\\(http\\\\:\\\\/\\\\/y\\\\)'
    """
    apart = _LATER.sub("\\1\u2060", visible(str(text)))
    return _PUNCTUATION.sub(r"\\\1", apart)
