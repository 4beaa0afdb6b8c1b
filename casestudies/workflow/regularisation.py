"""The regularisation paths of the candidates, for the run folder: analysis/regularisation.json."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from casestudies.models.costsensitive.names import by_name
from casestudies.workflow.compare import Trained


def regularisation_told(trained: Mapping[str, Trained]) -> dict[str, Any]:
    """{candidate: {kind of penalty: path}} of the candidates taught log loss that have a path, the chosen kind of each first."""
    return {
        name: {kind: path.to_dict() for kind, path in one.fit.paths.items()}
        for name, one in trained.items()
        if by_name(name)[1] == "log" and one.fit.paths and len(next(iter(one.fit.paths.values())).Cs) > 1
    }
