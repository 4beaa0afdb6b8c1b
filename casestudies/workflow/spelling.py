"""A config written out as YAML that reads back as it was, whatever its texts are."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

_SIMPLE = 1000  # characters of a key on one line with its value; PyYAML takes 1,024
_WORDS = frozenset({"null", "true", "false"})  # of YAML: as a key they are text and want quotes


def spell_out(config: Mapping[str, Any], origins: Mapping[str, str]) -> str:
    """A resolved config as YAML, one key a line, the origin of each leaf behind it."""
    return "\n".join(_spell(config, origins)) + "\n"


def _spell(values: Mapping[str, Any], origins: Mapping[str, str], indent: int = 0, prefix: str = "") -> Iterable[str]:
    for key, value in values.items():
        name = key if str(key).isidentifier() and str(key).lower() not in _WORDS else _quoted(key)
        if len(name) > _SIMPLE:  # YAML wants a longer key to say that it is one
            yield f"{'  ' * indent}? {name}"
            name = ""
        if isinstance(value, dict) and value:
            yield f"{'  ' * indent}{name}:"
            yield from _spell(value, origins, indent + 1, f"{prefix}{key}.")
        else:
            origin = origins.get(f"{prefix}{key}", "default")
            yield f"{'  ' * indent}{name}: {_quoted(value)}  # {origin}"


def _quoted(value: Any) -> str:
    """JSON, which is YAML: one spelling for every value, with what neither a reader nor YAML sees as an escape.

    JSON's own escapes would not do: it spells a character beyond U+FFFF as two, and YAML does not join them.
    """
    text = json.dumps(value, ensure_ascii=False)
    return text if text.isprintable() else "".join(c if c.isprintable() else _escape(ord(c)) for c in text)


def _escape(code: int) -> str:
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
