"""Further questions: each is asked of a finished fit, and answered in one file under analysis/."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pandas as pd

from casestudies.workflow.record import Record

Told = Mapping[str, Any]
W = TypeVar("W")


@dataclass(frozen=True, eq=False)
class Answer:
    """A question's answer with lists for people. lists: {"lists/contacts.csv": table}; written so that a spreadsheet cannot
    be tricked with them. made: {name: content}: what new rows will need, written under made/."""

    told: Told
    lists: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    made: Mapping[str, bytes] = field(default_factory=dict)


def ask(
    record: Record,
    work: W,
    questions: Mapping[str, Callable[[W], Told | Answer | None]],
    asked: Collection[str],
    step: Callable[[float, str], None],
) -> None:
    """Put the questions that are `asked` for, in the order of `questions`, and write the answers; None is no answer."""
    wanted = [name for name in questions if name in asked]
    for number, name in enumerate(wanted):
        step(number / len(wanted), name)
        answer = questions[name](work)
        if answer is None:
            continue
        whole = answer if isinstance(answer, Answer) else Answer(answer)
        record.analysis(name, whole.told)
        for file, table in whole.lists.items():
            record.table(file, table)
        record.made(whole.made)
