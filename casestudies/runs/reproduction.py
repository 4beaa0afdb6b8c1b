"""A run made again: whether every result file has the same bytes, and where not, what else was not the same."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from casestudies.errors import one_line
from casestudies.runs.folder import RunFolder
from casestudies.runs.manifest import REQUEST

_SHOWN = 5  # files that differ, in words


@dataclass(frozen=True)
class Reproduction:
    """What came of running a request again.

    Parameters
    ----------
    first, again: the two finished runs.
    causes: what the files depend on and was not the same (versions, data, settings), a line each; read these first.
    differing: names of result files with other bytes, or that only one of the two has, by name.
    files: how many were compared.
    """

    first: RunFolder
    again: RunFolder
    causes: tuple[str, ...]
    differing: tuple[str, ...]
    files: int

    @classmethod
    def of(cls, first: RunFolder, again: RunFolder) -> Self:
        """Compare two finished runs by their manifests.

        Raises
        ------
        RunError: one is not done.
        """
        before, after = first.manifest(), again.manifest()
        old, new = (_hashes(one) for one in (before, after))
        names = sorted(old.keys() | new.keys())
        differing = tuple(name for name in names if old.get(name) != new.get(name))
        return cls(first, again, tuple(_causes(before, after, first, again)), differing, len(names))

    @property
    def same(self) -> bool:
        return not self.differing

    def lines(self) -> list[str]:
        """For people: the answer, then causes, then the first files that differ."""
        if self.same:
            return [f"reproduced: all {self.files} result files have the same bytes", *self.causes]
        count = f"{len(self.differing)} of {self.files} result files differ"
        listed = [f"  {one_line(name)}" for name in self.differing[:_SHOWN]]
        more = [f"  and {len(self.differing) - _SHOWN} more"] if len(self.differing) > _SHOWN else []
        causes = list(self.causes) or [
            "versions, data and settings are the same: another kind of processor, or other code under the same version, would explain it"
        ]
        return [f"not reproduced: {count}", *causes, *listed, *more]

    def to_dict(self) -> dict[str, Any]:
        return {
            "run": self.first.id,
            "again": self.again.id,
            "same": self.same,
            "files": self.files,
            "causes": list(self.causes),
            "differing": list(self.differing),
        }


def _hashes(manifest: Mapping[str, Any]) -> dict[str, str]:
    """{file: SHA-256} of the results; the request says only what was asked."""
    return {name: entry["sha256"] for name, entry in manifest["files"].items() if name != REQUEST}


def _causes(before: Mapping[str, Any], after: Mapping[str, Any], first: RunFolder, again: RunFolder) -> list[str]:
    out = []
    if before.get("data_sha256") != after.get("data_sha256"):
        out.append(f"the data differ: SHA-256 {before.get('data_sha256')} then, {after.get('data_sha256')} now")
    old, new = before.get("versions", {}), after.get("versions", {})
    for name in sorted(old.keys() | new.keys()):
        if old.get(name) != new.get(name):
            out.append(f"{one_line(name)} differs: {old.get(name, 'none')} then, {new.get(name, 'none')} now")
    threads = [one.request().get("config", {}).get("run", {}).get("threads") for one in (first, again)]
    if max(threads[0] or 1, threads[1] or 1) > 1:
        out.append(f"several threads add up in another order each time: run.threads is {json.dumps(threads[0])}")
    return out
