"""Users and items numbered: those of the rows that stay, and the cold ones that only their tables know."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from casestudies.tabular.interactions.ids import Ids, in_order
from casestudies.tabular.interactions.items import Known
from casestudies.tabular.problems import Code, Problem, Problems

Codes = NDArray[np.int32]
Rows = NDArray[np.intp]


def numbered(ids: Ids, rows: Rows, known: Known | None, problems: Problems) -> tuple[Codes, pd.Index, pd.DataFrame]:
    """(rows,) codes into the ids that these rows have, with the cold ones of the table; the ids, in order; their own table.

    Cold ids, and ids without a row in the table, are counted and said. Ids that a filter removed are in neither.
    """
    met = np.zeros(len(ids.names), dtype=bool)
    met[ids.codes[rows]] = True
    names = ids.names[met]
    if known is None:
        return _codes(ids, rows, names), names, pd.DataFrame(index=names)
    problems.extend(known.problems)
    cold = known.frame.index.difference(ids.names, sort=False)
    if len(cold):
        names = names.append(cold)
        names = names[in_order(names)]
        rule = (
            f"{len(cold):,} of {len(names):,} {known.what}s have no interactions; they stay, known by their row alone"
        )
        advice = f"leave them out of {known.source.name} if they are gone"
        problems.add(Problem(Code.NO_ROW, "note", rule, advice, count=len(cold)))
    lone = int((~names.isin(known.frame.index)).sum())
    if lone:
        rule = f"{lone:,} of {len(names):,} {known.what}s have no row in {known.source.name}; their cells are missing"
        problem = Problem(
            Code.NO_ROW, "warning" if lone > 0.01 * len(names) else "note", rule, "add their rows", count=lone
        )
        problems.add(problem)
    return _codes(ids, rows, names), names, known.frame.reindex(names)


def _codes(ids: Ids, rows: Rows, names: pd.Index) -> Codes:
    lookup = names.get_indexer(ids.names).astype(np.int32)
    return np.asarray(lookup[ids.codes[rows]])
