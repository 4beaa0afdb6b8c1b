"""From defaults, a YAML file and `--set a.b=c` to one checked config that knows where every value came from.

Complaints name the file, the line and the key: `loans.yaml, line 12, split.test: must be less than 0.9 (got 3)`.
YAML is read by the safe constructor only, without aliases (they can expand without bound) and without repeated keys.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar, get_args, get_origin

import yaml
from pydantic import BaseModel, ValidationError

from casestudies.errors import ConfigError, nearest, shown
from casestudies.workflow.settings import Settings
from casestudies.workflow.spelling import spell_out

_SIZE = 1_000_000  # bytes of a config file
_KEY = 120  # characters of a key that a complaint shows
_DEPTH = 20  # parts of a dotted key; no setting has more than five
_MEMBERS = frozenset({"float", "int", "str", "bool"})


class _Loader(yaml.SafeLoader):
    """Safe YAML with the plain words of YAML 1.2: yes, no, on and off are text, 007 and 2024-01-31 too.

    Labels are often called yes and no, and PyYAML's YAML 1.1 would turn them into truth values.
    """


_Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("null", r"~|null|Null|NULL|", "~nN"),
    ("int", r"[-+]?(?:0|[1-9][0-9]*)", "-+0123456789"),
    ("float", r"[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", "-+.0123456789"),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"^(?:{_pattern})$"), list(_first))
_Loader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile("^$"), [""])


def _float(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> float:
    return float(loader.construct_scalar(node))


_Loader.add_constructor("tag:yaml.org,2002:float", _float)
S = TypeVar("S", bound=Settings)


@dataclass(frozen=True)
class Resolved(Generic[S]):
    """`config`, and for every leaf key (`split.test`) where its value came from: default, file, flag or form."""

    config: S
    origins: dict[str, str]
    folder: Path | None = None  # of the config file; data paths are looked for beside it

    def to_yaml(self) -> str:
        """Every setting spelled out, each with its origin as a comment; reads back as the same config."""
        return spell_out(self.config.model_dump(mode="json"), self.origins)


def resolve(
    model: type[S],
    *,
    file: Path | None = None,
    values: Mapping[str, Any] | None = None,
    overrides: Iterable[str] = (),
    defaults: Mapping[str, Any] | None = None,
) -> Resolved[S]:
    """Merge defaults < file < values < overrides, and check the whole.

    Parameters
    ----------
    model: the study's settings.
    file: a YAML config.
    values: nested values from Python or a form.
    overrides: `a.b=c` texts; the value is read as YAML.
    defaults: the study's own defaults for this data (the demo's column roles, say); they count as default.

    Raises
    ------
    ConfigError: one line with file, line, key, the rule and the value.
    """
    merged: dict[str, Any] = {}
    origins: dict[str, str] = {}
    lines: dict[str, int] = {}
    _merge(merged, dict(defaults or {}), origins, "default")
    if file is not None:
        content, lines = read_yaml(file)
        _merge(merged, content, origins, "file")
    _merge(merged, dict(values or {}), origins, "given")
    _merge(merged, parse_overrides(overrides), origins, "flag")
    merged.setdefault("study", model.model_fields["study"].default)
    try:
        config = model.model_validate(merged)
    except ValidationError as error:
        raise _complaint(error, model, file, lines, origins) from None
    leaves = dict(_leaves(config.model_dump(mode="json")))
    return Resolved(
        config,
        {key: _origin(key, origins) for key in leaves},
        file.resolve().parent if file is not None else None,
    )


def parse_overrides(overrides: Iterable[str]) -> dict[str, Any]:
    """`a.b=c` texts as nested values; raises ConfigError for anything else."""
    merged: dict[str, Any] = {}
    for text in overrides:
        _merge(merged, _override(text), {}, "flag")
    return merged


def read_yaml(path: Path) -> tuple[dict[str, Any], dict[str, int]]:
    """The mapping in a YAML file and the line of each dotted key."""
    name = shown(path.name or path)
    if path.exists() and not (path.is_file() or path.is_dir()):  # a pipe would be waited for, a device has no end
        raise ConfigError("is a pipe or a device, not a file", where=f"config {name}", advice="save it in a file first")
    try:
        with path.open("rb") as file:
            raw = file.read(_SIZE + 1)
    except OSError as error:
        raise ConfigError(
            f"cannot be read ({error.strerror})", where=f"config {name}", advice="check the path"
        ) from None
    if len(raw) > _SIZE:
        raise ConfigError(f"has more than {_SIZE:,} bytes", where=f"config {name}", advice="name a config, not a table")
    try:
        text = raw.decode("utf-8-sig")
        if any(isinstance(token, (yaml.AliasToken, yaml.AnchorToken)) for token in yaml.scan(text)):
            raise ConfigError("uses an anchor or alias", where=f"config {name}", advice="write the value out")
        node = yaml.compose(text, Loader=_Loader)
        lines: dict[str, int] = {}
        if node is not None:
            _walk(node, "", lines, name)
        content = yaml.load(text, Loader=_Loader) or {}  # a SafeLoader
    except UnicodeDecodeError as error:
        raise ConfigError(
            f"is not UTF-8 text (byte {error.start})", where=f"config {name}", advice="save it as UTF-8"
        ) from None
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f"config {name}" + (f", line {mark.line + 1}" if mark else "")
        raise ConfigError(
            f"is not YAML ({getattr(error, 'problem', None) or 'nested too deeply or malformed'})",
            where=where,
            advice="check indentation, colons and quotes",
        ) from None
    if not isinstance(content, dict):
        raise ConfigError(
            "is not a list of keys and values", where=f"config {name}", advice="start with 'study: credit'"
        )
    return content, lines


def _walk(node: yaml.Node, prefix: str, lines: dict[str, int], name: str) -> None:
    if not isinstance(node, yaml.MappingNode):
        return
    seen: set[str] = set()
    for key, value in node.value:
        dotted = f"{prefix}{key.value}"
        lines[dotted] = key.start_mark.line + 1
        if str(key.value) in seen:
            raise ConfigError(
                "is written twice", where=f"config {name}, line {lines[dotted]}, {dotted}", advice="keep one"
            )
        seen.add(str(key.value))
        _walk(value, f"{dotted}.", lines, name)


def _override(text: str) -> dict[str, Any]:
    key, sign, value = text.partition("=")
    parts = [part.strip() for part in key.split(".")]
    if not sign or not all(parts) or len(parts) > _DEPTH:
        raise ConfigError(
            f"{shown(text)} is not key=value", where="--set", advice="write for example --set split.test=0.3"
        )
    try:
        content: Any = yaml.load(value, Loader=_Loader)  # a SafeLoader
    except (yaml.YAMLError, RecursionError, ValueError):
        where = f"--set {shown(key)}"
        raise ConfigError(f"{shown(value)} is not a value", where=where, advice="put it in quotes") from None
    for part in reversed(parts):
        content = {part: content}
    return content


def _merge(
    into: dict[str, Any], values: Mapping[str, Any], origins: dict[str, str], origin: str, prefix: str = ""
) -> None:
    for key, value in values.items():
        dotted = f"{prefix}{key}"
        if isinstance(value, Mapping) and value:  # an empty one takes the place of what was there
            if not isinstance(into.get(key), dict):
                into[key] = {}
            _merge(into[key], value, origins, origin, f"{dotted}.")
        else:
            into[key] = dict(value) if isinstance(value, Mapping) else value
            origins[dotted] = origin


def _origin(key: str, origins: Mapping[str, str]) -> str:
    parts = key.split(".")
    for end in range(len(parts), 0, -1):
        if (found := origins.get(".".join(parts[:end]))) is not None:
            return found
    return "default"


def _leaves(values: Mapping[str, Any], prefix: str = "") -> Iterable[tuple[str, Any]]:
    for key, value in values.items():
        if isinstance(value, dict) and value:
            yield from _leaves(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _complaint(
    error: ValidationError,
    model: type[BaseModel],
    file: Path | None,
    lines: Mapping[str, int],
    origins: Mapping[str, str],
) -> ConfigError:
    """The first complaint of pydantic as one line in the suite's words."""
    first, *others = error.errors()
    location = _place(first)
    key = ".".join(str(part) for part in location)
    written = {*lines, *origins}
    # a union reports its member's type as the last part of the place: keep only the keys that were written
    while key and key not in written and "." in key and not _known(model, key):
        shorter = key.rpartition(".")[0]
        if first["type"] == "extra_forbidden":
            break
        key = shorter
    flagged = _origin(key, origins) == "flag"
    line = None if flagged else next((lines[k] for k in _prefixes(key) if k in lines), None)
    where = ", ".join(
        part
        for part in (
            f"config {shown(file.name)}" if file and not flagged else "--set" if flagged else "",
            f"line {line}" if line else "",
            key if len(key) <= _KEY else f"{key[: _KEY - 1]}…",
        )
        if part
    )
    if first["type"] == "extra_forbidden":
        parent, _, leaf = key.rpartition(".")
        known = _keys(model, parent)
        return ConfigError("is not a setting", where=where, advice=nearest(leaf, known))
    if first["type"] == "missing" and isinstance(location[-1], str):
        return ConfigError("is needed", where=where, advice=f"write {key.rpartition('.')[2]}: ...")
    same = [other for other in others if _place(other)[: len(location)] == location]
    rules = dict.fromkeys(map(_rule, (first, *same)))  # a union has a complaint for each of its members
    more = f" ({len(others) - len(same)} more)" if len(others) > len(same) else ""
    return ConfigError(
        f"must {' or '.join(rules).replace(' or be ', ' or ')} (got {shown(first['input'])}){more}",
        where=where,
        advice="see casestudies schema",
    )


def _place(complaint: Mapping[str, Any]) -> list[str | int]:
    """The keys and places that were written, without the names that pydantic gives to members of a union."""
    parts = [part for part in complaint["loc"] if isinstance(part, int) or _is_key(part)]
    return parts[:-1] if len(parts) > 1 and parts[-1] in _MEMBERS else parts


def _rule(complaint: Mapping[str, Any]) -> str:
    """What pydantic wants, as the words after "must"."""
    kind, limits = complaint["type"], complaint.get("ctx", {})
    if kind in ("too_short", "too_long"):
        most = kind == "too_long"
        count = limits["max_length" if most else "min_length"]
        return f"have {'at most' if most else 'at least'} {count} item{'' if count == 1 else 's'}"
    if kind == "missing":  # a place of a tuple
        return "have another item"
    if kind == "invalid_key":
        return "be a name in quotes, as every key"
    if kind in ("dict_type", "model_type"):
        return "be keys and values"
    words = complaint["msg"].removeprefix("Input should be ").removeprefix("Value error, ").partition(", unable")[0]
    return "be " + words.replace("a valid tuple", "a list").replace("a valid list", "a list")


def _is_key(part: object) -> bool:
    return isinstance(part, str) and not part.startswith(("function-", "tagged-", "constrained-", "literal[", "list["))


def _prefixes(key: str) -> list[str]:
    parts = key.split(".")
    return [".".join(parts[:end]) for end in range(len(parts), 0, -1)]


def _known(model: type[BaseModel], key: str) -> bool:
    parent, _, leaf = key.rpartition(".")
    return leaf in _keys(model, parent)


def _keys(model: type[BaseModel], parent: str) -> list[str]:
    """The settings under a dotted parent key; the keys of a dict of sections (`gates.auc`) are the analyst's own."""
    current: type[BaseModel] | None = model
    parts = iter(parent.split(".") if parent else [])
    for part in parts:
        field = current.model_fields.get(part) if current else None
        types = [field.annotation, *get_args(field.annotation)] if field else []
        current = next((t for t in types if isinstance(t, type) and issubclass(t, BaseModel)), None)
        if field is not None and get_origin(field.annotation) is dict:
            next(parts, None)
    return list(current.model_fields) if current else []
