"""Rows of measurements as JSON, and BENCHMARKS.md made from them: `python -m benchmarks.record`."""

from __future__ import annotations

import json
import platform
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from casestudies.runs import versions

ROOT = Path(__file__).resolve().parents[1]
RESULTS = Path(__file__).parent / "results"


def machine() -> dict[str, Any]:
    """What the figures were measured on."""
    cpu = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        platform.processor(),
    )
    import os

    return {"cpu": cpu, "cores": os.cpu_count(), "python": platform.python_version(), "system": platform.system()}


def commit() -> str:
    """The commit measured, with a mark when the tree differs from it."""

    def git(*words: str) -> str:
        return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True).stdout.strip()

    return git("rev-parse", "--short", "HEAD") + ("+" if git("status", "--porcelain", "--", "casestudies") else "")


def store(
    name: str,
    title: str,
    text: str,
    tables: list[dict[str, Any]],
    command: str,
    peers: Mapping[str, str] | None = None,
) -> None:
    """Write one group of rows.

    Parameters
    ----------
    name: of the file; title, text: what is measured and how to read it, including where others are better.
    tables: {"caption", "head", "rows"} each.
    command: what makes the figures again.
    peers: versions of libraries that were measured in environments of their own.
    """
    RESULTS.mkdir(exist_ok=True)
    value: Mapping[str, Any] = {
        "title": title,
        "text": text,
        "command": command,
        "tables": tables,
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "commit": commit(),
        "machine": machine(),
        "versions": versions() | dict(peers or {}),
    }
    (RESULTS / f"{name}.json").write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def render() -> str:
    """BENCHMARKS.md."""
    parts = [
        "# Benchmarks\n",
        "Every figure comes from a command in this repository and is stored under `benchmarks/results/`; this page is made",
        "from those files by `python -m benchmarks.record`. The machines are shared, so read ratios within one table and CPU",
        "seconds rather than wall time. BLAS runs on one thread for everybody.\n",
    ]
    for path in sorted(RESULTS.glob("*.json")):
        told = json.loads(path.read_text(encoding="utf-8"))
        if "title" not in told:
            continue
        parts += [f"## {told['title']}\n", told["text"] + "\n"]
        for table in told["tables"]:
            parts += [f"**{table['caption']}**\n", "| " + " | ".join(table["head"]) + " |"]
            parts += ["| " + " | ".join("---" for _ in table["head"]) + " |"]
            parts += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in table["rows"]] + [""]
        m, v = told["machine"], told["versions"]
        libraries = ", ".join(f"{name} {version}" for name, version in v.items() if name != "python")
        parts += [
            f"`{told['command']}`; {told['date']}, commit {told['commit']}; {m['cpu']}, {m['cores']} cores, "
            f"{m['system']}, Python {m['python']}; {libraries}.\n"
        ]
    return "\n".join(parts)


if __name__ == "__main__":
    (ROOT / "BENCHMARKS.md").write_text(render(), encoding="utf-8")
    print("BENCHMARKS.md")
