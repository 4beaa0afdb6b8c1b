"""How many bad inputs have a name, by study: the lists of all tests of this kind, counted."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
# {study: {file: its lists}}
REGISTER: dict[str, dict[str, tuple[str, ...]]] = {
    "credit": {"test_bad_inputs.py": ("FILES", "SETTINGS")},
    "churn": {"churn/test_bad_input.py": ("STOPS",)},
    "fraud": {"fraud/test_bad_input.py": ("STOPS",)},
    "recommendation": {"recommendation/test_bad_inputs.py": ("STOPS",)},
    "imaging": {"imaging/test_attack.py": ("BAD", "DAMAGE")},
    "every study": {
        "hostile/test_messy_tables.py": ("MESS",),
        "hostile/test_messy_settings.py": ("CONFIGS", "ARGUMENTS", "PARTS"),
    },
}


def keys(file: str, name: str) -> int:
    """The entries of a dictionary as they stand in a file; one that is unpacked counts once."""
    tree = ast.parse((TESTS / file).read_text(encoding="utf-8"))
    for statement in tree.body:
        targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
        if any(isinstance(target, ast.Name) and target.id == name for target in targets):
            assert isinstance(statement.value, ast.Dict)
            return len(statement.value.keys)
    raise AssertionError(f"{file} has no {name}")


def test_at_least_eighty_bad_inputs_have_a_name_and_no_study_has_few():
    counts = Counter()
    for study, files in REGISTER.items():
        counts[study] += sum(keys(file, name) for file, names in files.items() for name in names)
    assert counts.total() >= 80
    assert all(count >= 20 for count in counts.values()), counts
    print(dict(counts), counts.total())
