"""Writes docs/reference.md from the docstrings: python docs/reference.py"""

from __future__ import annotations

import importlib
import inspect
import re
import sys
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

PAGE = Path(__file__).with_suffix(".md")
ROOMS = {  # module: what of it; None = what it calls public
    "casestudies": None,
    "casestudies.api": (
        "check_data", "describe", "write_template", "list_runs", "compare_runs", "verify_run", "reproduce", "fetch_data", "convert",
    ),
    "casestudies.datasets": None,
    "casestudies.decisions": None,
    "casestudies.models.linear": None,
    "casestudies.models.scorecard.scorecard": ("Scorecard",),
    "casestudies.models.costsensitive.classifier": ("CostSensitiveClassifier",),
    "casestudies.models.factorisation.estimator": ("MatrixFactorization",),
    "casestudies.models.boosting": ("as_lightgbm",),
    "casestudies.optim": None,
    "casestudies.portfolio": None,
}  # fmt: skip
_HEAD = """# Reference

Made from the docstrings by `python docs/reference.py`; a test says when it is out of date. How the parts belong together is
in `docs/architecture.md`; settings are listed by `casestudies schema STUDY`.
"""
_SECTION = re.compile(r"^(\w[\w ]*)\n-{3,}$", re.M)


def reference() -> str:
    """The whole page."""
    parts = [_HEAD]
    seen: set[int] = set()
    for name, chosen in ROOMS.items():
        module = importlib.import_module(name)
        members = {one: getattr(module, one) for one in chosen or module.__all__ if not one.startswith("__")}
        parts += [f"## {name}", _prose((module.__doc__ or "").strip().splitlines()[0])]
        for one, value in members.items():
            if id(value) not in seen and (inspect.isclass(value) or inspect.isfunction(value)):
                seen.add(id(value))
                parts += _entry(one, value, "###")
    return "\n\n".join(part for part in parts if part) + "\n"


def _entry(name: str, value: Any, level: str) -> Iterator[str]:
    yield f"{level} `{_called(name, value)}`"
    yield _prose(
        inspect.cleandoc(vars(value).get("__doc__") or "") if inspect.isclass(value) else inspect.getdoc(value) or ""
    )
    if inspect.isclass(value):
        for own, member in _public(vars(value)).items():
            yield from _entry(f"{name}.{own}", member, f"{level}#")


def _public(members: Mapping[str, Any]) -> dict[str, Any]:
    """The methods and properties of a class that have something to say."""
    found: dict[str, Any] = {}
    for name, member in members.items():
        made = getattr(member, "__func__", getattr(member, "func", getattr(member, "fget", member)))
        if not name.startswith("_") and inspect.isfunction(made) and made.__doc__:
            found[name] = member if isinstance(member, (property, cached_property)) else made
    return found


def _called(name: str, value: Any) -> str:
    """The name with its arguments; defaults that are objects of this process are left out."""
    if isinstance(value, (property, cached_property)):
        return name
    try:
        told = inspect.signature(value)
    except (TypeError, ValueError):
        return name
    words, starred = [], False
    for parameter in told.parameters.values():
        if parameter.name in ("self", "cls"):
            continue
        if parameter.kind is parameter.KEYWORD_ONLY and not starred:
            words.append("*")
        starred = starred or parameter.kind in (parameter.KEYWORD_ONLY, parameter.VAR_POSITIONAL)
        plain = parameter.default is None or isinstance(parameter.default, (bool, int, float, str))
        default = "" if parameter.default is parameter.empty else f"={parameter.default!r}" if plain else "=..."
        stars = {parameter.VAR_POSITIONAL: "*", parameter.VAR_KEYWORD: "**"}.get(parameter.kind, "")
        words.append(f"{stars}{parameter.name}{default}")
    return f"{name}({', '.join(words)})"


def _prose(text: str) -> str:
    """A docstring as Markdown: sections in bold, each named thing of a section a line of a list, examples as they are."""
    text = _SECTION.sub(r"**\1**\n", text)
    lines, listed = [], False
    for line in text.splitlines():
        listed = listed or line.startswith("**")
        named = re.match(r"(\**\w[\w ,*.]*?): (.*)", line) if listed else None
        lines.append(f"- `{named[1]}`: {named[2]}" if named else line)
    return re.sub(r"\n{3,}", "\n\n", _fenced("\n".join(lines))).strip()


def _fenced(text: str) -> str:
    """Examples of a session between fences."""
    return re.sub(r"((?:^>>> .*\n?)(?:^(?!\s*$|\*\*|- `).*\n?)*)", r"```python\n\1\n```\n", text, flags=re.M)


if __name__ == "__main__":
    PAGE.write_text(reference(), encoding="utf-8")
    sys.stdout.write(f"{PAGE}\n")
