"""Where runs differ: in what was asked and in what came out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from casestudies.errors import RunError
from casestudies.runs.folder import RunFolder


def compare(folders: Sequence[RunFolder]) -> dict[str, Any]:
    """The settings and figures that are not the same in all runs.

    Parameters
    ----------
    folders: finished runs, two or more; verify them first.

    Returns
    -------
    {"runs": [ids], "config": {"model.kind": {id: value}}, "metrics": {"models.card.auc.value": {id: value}}}: only keys
    that differ, in the order the runs have them; a run without the key is left out of its entry.

    Raises
    ------
    RunError: a run has no config.yaml or no metrics.json.
    """
    return {
        "runs": [run.id for run in folders],
        "config": differences({run.id: _config(run) for run in folders}),
        "metrics": differences({run.id: run.read_json("metrics.json") for run in folders}),
    }


def differences(documents: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The dotted keys whose values differ between documents: {key: {name: value}}.

    Lists and empty mappings are values, compared whole; 1 and True and 1.0 are as equal as Python says.

    >>> differences({"a": {"model": {"kind": "card"}, "seed": 0}, "b": {"model": {"kind": "card"}, "seed": 1}})
    {'seed': {'a': 0, 'b': 1}}
    """
    flat = {name: dict(_leaves(value)) for name, value in documents.items()}
    keys = dict.fromkeys(key for leaves in flat.values() for key in leaves)
    values = {key: {name: leaves[key] for name, leaves in flat.items() if key in leaves} for key in keys}
    return {key: entry for key, entry in values.items() if len(entry) < len(flat) or _differ(list(entry.values()))}


def _differ(values: list[Any]) -> bool:
    return any(value != values[0] for value in values[1:])


def _leaves(value: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    if not isinstance(value, Mapping) or not value:
        yield prefix, value
        return
    for key, item in value.items():
        yield from _leaves(item, f"{prefix}.{key}" if prefix else str(key))


def _config(run: RunFolder) -> Any:
    import yaml  # 20 ms, so not at start-up

    path = run.path / "config.yaml"
    try:
        return yaml.safe_load(path.read_bytes())
    except FileNotFoundError:
        raise RunError("there is no config.yaml", where=run.id, advice="compare runs that are done") from None
    except (yaml.YAMLError, UnicodeDecodeError, OSError):
        raise RunError("is not whole YAML", where=str(path), advice="the file was changed or damaged") from None
