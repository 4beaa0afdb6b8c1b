"""What each customer is worth: the column `clv` that the settings make."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from casestudies.churn.bought import by_transactions
from casestudies.churn.valuing import Value
from casestudies.churn.worth import CLV, Worth, by_contract, by_margin
from casestudies.errors import ConfigError
from casestudies.tabular.checked import Checked
from casestudies.workflow.named import NamedColumns
from casestudies.workflow.studies import Extended

FILE = "value.json"  # in the run folder, under made/


def value_of(checked: Checked, settings: Any, files: Mapping[str, Path]) -> Extended | None:
    """The checked table with the column `clv`, learnt from the table and the transactions; None where it is given.

    Parameters
    ----------
    settings: with `value` and `transactions`. files: those of `data.files`.

    Raises
    ------
    ConfigError, DataError: as `worth`.
    """
    value: Value = settings.value
    if value.way == "given":
        return None
    matrix = settings.cost.matrix()
    if matrix is not None and CLV not in matrix.names:
        raise ConfigError(
            f"the costs do not use the values that value.way: {value.way} makes",
            where="cost.clv",
            advice="write cost.clv: clv, or value.way: given",
        )
    if value.way == "margin":
        worth = by_margin(value, checked)
    elif value.way == "contractual":
        worth = by_contract(value, checked)
    else:
        worth = by_transactions(value, settings.transactions, checked, files, as_of=_as_of(settings))
    if value.customer is not None:
        name = NamedColumns(checked, {}).own("value.customer", value.customer)
        checked = checked.without([name]) if name in checked.features else checked
    made = {"way": value.way, "facts": dict(worth.facts), "notes": list(worth.notes), "model": dict(worth.model)}
    content = json.dumps(made, allow_nan=False).encode("utf-8")
    return Extended(
        worth.on(checked, value.features and value.way == "transactions"), worth.notes, made, {FILE: content}
    )


def _as_of(settings: Any) -> str | None:
    """The date of a table without dates: as given, else that of its one snapshot."""
    date = settings.snapshot.date
    return settings.value.as_of or (date if isinstance(date, str) else date[0] if date and len(date) == 1 else None)


def value_again(
    checked: Checked, settings: Any, files: Mapping[str, Path], made: Mapping[str, Any], as_of: str | None = None
) -> Checked:
    """New customers with the column `clv`, by what was learnt.

    Parameters
    ----------
    made: what FILE holds. files: of the new customers. as_of: the date before which their purchases count; None: that of
        each row, else all.

    Raises
    ------
    ConfigError: the transactions of the new customers are not given. DataError: as `worth`.
    """
    value: Value = settings.value
    worth: Worth
    if made["way"] == "margin":
        worth = by_margin(value, checked)
    elif made["way"] == "contractual":
        worth = by_contract(value, checked, made["model"])
    else:
        worth = by_transactions(value, settings.transactions, checked, files, as_of=as_of, told=made["model"])
    found = worth.on(checked, value.features and value.way == "transactions")
    found.problems.extend(worth.odd)
    return found
