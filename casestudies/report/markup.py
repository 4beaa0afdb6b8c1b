"""HTML elements from values. Text is escaped here and nowhere else: only what these functions return is markup."""

from __future__ import annotations

import html
import json
from typing import Any

from casestudies.report.text import visible

VOID = frozenset({"meta", "img", "input", "wbr"})


class Markup(str):
    """HTML that was made by `element` or `raw`; any other string is text."""

    __slots__ = ()


def element(name: str, /, *children: str, **attributes: str | bool) -> Markup:
    """`<name ...>children</name>`; plain strings are escaped, `class_` is class, `aria_label` is aria-label.

    >>> element("p", "a < b", class_="note")
    '<p class="note">a &lt; b</p>'
    """
    written = "".join(
        f" {key.rstrip('_').replace('_', '-')}" + ("" if value is True else f'="{_escaped(str(value))}"')
        for key, value in attributes.items()
        if value is not False
    )
    if name in VOID:
        return Markup(f"<{name}{written}>")
    return Markup(f"<{name}{written}>{join(*children)}</{name}>")


def join(*children: str) -> Markup:
    """Children one after the other, plain strings escaped."""
    return Markup("".join(child if isinstance(child, Markup) else _escaped(child) for child in children))


def raw(text: str) -> Markup:
    """Our own scripts and style sheets, read from files of this package; never a user's text."""
    return Markup(text)


def data_script(identifier: str, data: Any) -> Markup:
    """JSON that a script of the page reads; `<` is written as an escape, so no value can end the element."""
    text = json.dumps(data, ensure_ascii=True, allow_nan=False, separators=(",", ":")).replace("<", "\\u003c")
    return element("script", raw(text), type="application/json", id=identifier)


def _escaped(text: str) -> str:
    return html.escape(visible(text), quote=True)
