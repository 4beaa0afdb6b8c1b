"""What a customer has just taken or rated, as the address keeps it: `?given={"P0013":5.0,"P0005":null}`, the latest last."""

from __future__ import annotations

import json
from collections.abc import Mapping

import streamlit as st

from casestudies.pages import address, reading
from casestudies.runs import RunFolder
from casestudies.workflow.studies import Serving

_GIVEN = "given"
_MOST = 30  # things taken
_SPARE = 500  # characters of the address that one more may need

Given = Mapping[str, float | None]  # item -> its rating; None where taking it says all


def given(served: Serving) -> dict[str, float | None]:
    """What the address says was taken; anything that is no such thing is none."""
    try:
        told = json.loads(st.query_params.get(_GIVEN, "{}")[: address.LONGEST])
    except (ValueError, RecursionError):
        return {}
    if not isinstance(told, dict):
        return {}
    out: dict[str, float | None] = {}
    for item, value in list(told.items())[:_MOST]:
        rated = isinstance(value, int | float) and value in served.levels
        fits = rated if served.levels else value is None
        if fits and name(served, item):
            out[item] = None if value is None else float(value)
    return out


def keep(taken: Given) -> None:
    """Put it into the address."""
    if taken:
        st.query_params[_GIVEN] = _written(taken)
    elif _GIVEN in st.query_params:
        del st.query_params[_GIVEN]


def is_full(taken: Given) -> bool:
    """Whether an address can hold no more."""
    return len(taken) >= _MOST or len(_written(taken)) > address.LONGEST - _SPARE


def add(run: RunFolder, item: str, rating: float | None) -> None:
    """A button was pressed: the item is the latest, also where it was taken before."""
    served = reading.serving(run)
    if served is not None:
        keep({key: value for key, value in given(served).items() if key != item} | {item: rating})


def leave(run: RunFolder, key: str) -> None:
    """Only what the widget of that key still holds was taken."""
    served = reading.serving(run)
    if served is not None:
        keep({item: rating for item, rating in given(served).items() if item in st.session_state[key]})


def name(served: Serving, item: str) -> str:
    """What an item is called; "" for none of the study's."""
    return next((choice.label for choice in served.items(item, 1) if choice.key == item), "")


def _written(taken: Given) -> str:
    return json.dumps(taken, separators=(",", ":"), ensure_ascii=False)
