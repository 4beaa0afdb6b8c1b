"""What is asked of a run, a search or an evaluation: which data, every setting with its origin; checked before any training."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from casestudies.errors import ConfigError, nearest, shown
from casestudies.models.engine import Engine
from casestudies.runs import RunFolder
from casestudies.workflow.resolve import Resolved, resolve
from casestudies.workflow.settings import Settings
from casestudies.workflow.studies import Study, get_study


def prepare(
    study: Study,
    data: str | Path | None,
    config: str | Path | Mapping[str, Any] | None = None,
    *,
    overrides: Iterable[str] = (),
    seed: int | None = None,
    files: Mapping[str, Path] = MappingProxyType({}),
    engine: Engine = Engine(),  # noqa: B008
    variables: Mapping[str, str] = os.environ,
) -> dict[str, Any]:
    """The request of a run: which data, every setting with its origin, and where it is fitted; what request.json holds."""
    resolved, path = resolve_request(
        study, data, config, overrides=overrides, seed=seed, files=files, variables=variables
    )
    check_ahead(study, resolved.config)
    further = further_files(study, resolved, variables) | dict(files)
    request: dict[str, Any] = {
        "data": None if path is None else str(path),
        "files": {name: str(file) for name, file in further.items()},
        "config": resolved.config.model_dump(mode="json"),
        "origins": resolved.origins,
        "overrides": list(overrides),
    }
    return request | ({"engine": engine.told} if engine.told else {})


def prepare_tuning(
    study: Study,
    data: str | Path | None,
    config: str | Path | Mapping[str, Any] | None,
    asked: Mapping[str, Any],
    *,
    overrides: Iterable[str] = (),
    seed: int | None = None,
    files: Mapping[str, Path] = MappingProxyType({}),
    variables: Mapping[str, str] = os.environ,
) -> dict[str, Any]:
    """The request of a search: that of a run, and what is asked of the search; all that can be known now is checked.

    asked: budget, method, goals, nested and search, as `tune` takes them.
    """
    from casestudies.workflow.tuned.request import request_of

    request = prepare(study, data, config, overrides=overrides, seed=seed, files=files, variables=variables)
    return request_of(study, request, asked)


def evaluation_of(
    folder: RunFolder, data: Path, files: Mapping[str, Path] = MappingProxyType({}), overrides: Iterable[str] = ()
) -> dict[str, Any]:
    """The request of an evaluation of a run on new rows; what request.json holds.

    Raises
    ------
    CaseError: the run is not done or was changed, a setting is frozen with the model, a gate names no figure.
    """
    from casestudies.workflow.evaluated import EVALUATE, asked

    study = get_study(folder.study)
    told = study.at(EVALUATE)
    request = asked(told, folder, data, files, overrides)
    check_ahead(told, study.settings.model_validate(request["config"]))
    return request


def resolve_request(
    study: Study,
    data: str | Path | None,
    config: str | Path | Mapping[str, Any] | None,
    *,
    overrides: Iterable[str] = (),
    seed: int | None = None,
    files: Mapping[str, Path] = MappingProxyType({}),
    variables: Mapping[str, str] = os.environ,
) -> tuple[Resolved[Settings], Path | None]:
    """The settings and the data file; without any file the demo's own settings are the defaults."""
    from casestudies.workflow.load import find_data

    file = Path(config) if isinstance(config, (str, Path)) else None
    values = dict(config) if isinstance(config, Mapping) else {}
    texts = [*overrides, *([f"seed={seed}"] if seed is not None else [])]
    resolved = resolve(study.settings, file=file, values=values, overrides=texts)
    wanted = str(data) if data is not None else resolved.config.data.path
    if wanted is not None:
        return resolved, find_data(wanted, resolved.folder, variables)
    if (resolved.config.data.files or files) and study.table is not None:
        return resolved, None
    defaults = study.demo_defaults
    return resolve(study.settings, file=file, values=values, overrides=texts, defaults=defaults), None


def further_files(
    study: Study, resolved: Resolved[Settings], variables: Mapping[str, str] = os.environ
) -> dict[str, Path]:
    """The tables under `data.files`, found as `data.path` is.

    Raises
    ------
    ConfigError: the study reads no table of that name. DataError: a file is not there.
    """
    from casestudies.workflow.load import find_data

    found = {}
    for name, text in resolved.config.data.files.items():
        if name not in study.files:
            advice = nearest(name, study.files) if study.files else f"{study.name} reads one table, data.path"
            raise ConfigError(f"there is no further table {shown(name)}", where="data.files", advice=advice)
        found[name] = find_data(text, resolved.folder, variables, where=f"data.files.{name}")
    return found


def check_ahead(study: Study, settings: Settings) -> None:
    """What would only be found out after the training: parts of the report, names of gates.

    Raises
    ------
    ConfigError: a date, logo, fonts or notes that cannot be printed, or a gate on a figure that does not exist.
    """
    from casestudies.workflow.reporting import check_parts

    known = study.figures(settings)
    for name in settings.gates:
        if name not in known:
            raise ConfigError(f"there is no figure {shown(name)}", where="gates", advice=nearest(name, known))
    check_parts(settings.report)
