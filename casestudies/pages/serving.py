"""One customer: pick one, or fill a basket, see the list with its reasons, say what was taken, and see the list change."""

from __future__ import annotations

import json

import streamlit as st

from casestudies.pages import address, reading
from casestudies.pages.blocks import show_blocks
from casestudies.pages.plain import plain, say
from casestudies.pages.tables import printable
from casestudies.runs import RunFolder
from casestudies.workflow.studies import Choice, Serving

_FOUND, _NEWEST, _PLACES = 20, 8, 10  # customers or items that a search offers; rows of a history; places of a list
_CUSTOMER, _GIVEN = "customer", "given"  # in the address
_MOST_GIVEN = 30  # that a visitor may say of items; a link has to hold them
_VISITOR = "A visitor who is not stored"
_WIDE = 460  # pixels of the reasons


def one_customer(run: RunFolder) -> None:
    """Who, what is known, what they have just done, and the list that follows."""
    served = reading.serving(run)
    if served is None:
        say("This study serves no lists.")
        return
    st.header("One customer", anchor=False)
    who, basket = st.columns([1, 1], gap="large")
    with who:
        customer = _customer(run, served)
    given = _given(served)
    with basket:
        given = _basket(run, served, given)
    told = served.served(customer, given, _PLACES)
    st.subheader("The list", anchor=False)
    say(told.words)
    st.dataframe(
        printable(told.rows),
        hide_index=True,
        alt="The list, best first, with the reasons",
        column_config={"because": st.column_config.TextColumn(width=_WIDE)},
    )
    _feedback(run, served, list(map(str, told.rows["item"])), given)
    show_blocks(told.blocks)


def _customer(run: RunFolder, served: Serving) -> str | None:
    """The stored customer to look at; None = a visitor."""
    wanted = st.query_params.get(_CUSTOMER, "")
    text = st.text_input("Find a customer", key=f"find-customer:{run.id}", placeholder="a part of the name")
    found = served.customers(text.strip(), _FOUND)
    if wanted and wanted not in {choice.key for choice in found}:
        found = [*(choice for choice in served.customers(wanted, _FOUND) if choice.key == wanted), *found]
    options = [Choice("", _VISITOR), *found]
    keys = [choice.key for choice in options]
    start = keys.index(wanted) if wanted in keys else min(1, len(keys) - 1)
    chosen = st.selectbox(
        "Customer",
        options,
        start,
        key=f"customer:{run.id}:{text}",
        format_func=lambda choice: plain(choice.label),
    )
    if chosen.key != wanted:
        st.query_params[_CUSTOMER] = chosen.key
    if not chosen.key:
        say("A visitor has no history: the list rests on the basket alone.")
        return None
    history = served.history(chosen.key, _NEWEST)
    st.dataframe(printable(history), hide_index=True, alt="What is known of the customer, newest first")
    return chosen.key


def _basket(run: RunFolder, served: Serving, given: dict[str, float | None]) -> dict[str, float | None]:
    """What the customer has just done; to add to, and to take back."""
    text = st.text_input("Find an item", key=f"find-item:{run.id}", placeholder="a part of the title or the number")
    found = served.items(text.strip(), _FOUND)
    if found:
        item = st.selectbox("Item", found, key=f"item:{run.id}:{text}", format_func=lambda choice: plain(choice.label))
        rating = st.select_slider("Rating", served.levels, served.levels[-1]) if served.levels else None
        if st.button("Add to what was just taken", disabled=len(given) >= _MOST_GIVEN):
            given = {**given, item.key: rating}
            _keep(given)
    else:
        say("No item has that in its title or number.")
    if given:
        labels = {
            choice.key: choice.label for key in given for choice in served.items(key, _FOUND) if choice.key == key
        }
        kept = st.pills(
            "Just taken; click one to take it back",
            list(given),
            selection_mode="multi",
            default=list(given),
            key=f"kept:{run.id}:{','.join(given)}",
            format_func=lambda key: plain(labels.get(key, key) + ("" if given[key] is None else f": {given[key]:g}")),
        )
        if len(kept) < len(given):
            given = {key: value for key, value in given.items() if key in kept}
            _keep(given)
            st.rerun(scope="fragment")
    return given


def _feedback(run: RunFolder, served: Serving, items: list[str], given: dict[str, float | None]) -> None:
    """The customer says something of a place of the list; the list changes at once."""
    with st.container(border=True):
        st.markdown("**Feedback**: say what the customer does with an item of the list, and the list changes at once.")
        left, right = st.columns([2, 1], vertical_alignment="bottom")
        labels = {
            choice.key: choice.label for key in items for choice in served.items(key, _FOUND) if choice.key == key
        }
        with left:
            item = st.selectbox(
                "Item of the list",
                items,
                key=f"feedback:{run.id}:{','.join(items[:3])}",
                format_func=lambda key: plain(labels.get(key, key)),
            )
        with right:
            rating = st.select_slider("Rated", served.levels, served.levels[-1], key="rated") if served.levels else None
            pressed = st.button("Say so" if served.levels else "Taken", disabled=len(given) >= _MOST_GIVEN)
        if pressed and item is not None:
            _keep({**given, item: rating})
            st.rerun(scope="fragment")


def _given(served: Serving) -> dict[str, float | None]:
    """What the address says was taken; anything that is no such thing is none."""
    try:
        told = json.loads(st.query_params.get(_GIVEN, "{}"))
    except (ValueError, RecursionError):
        return {}
    if not isinstance(told, dict):
        return {}
    out: dict[str, float | None] = {}
    for key, value in list(told.items())[:_MOST_GIVEN]:
        known = any(choice.key == key for choice in served.items(key, _FOUND))
        rating = value if isinstance(value, int | float) and value in served.levels else None
        if known and (rating is not None or not served.levels):
            out[key] = rating
    return out


def _keep(given: dict[str, float | None]) -> None:
    """In the address, so that a link brings the list back."""
    if given:
        text = json.dumps(given, separators=(",", ":"), ensure_ascii=False)
        if len(text) <= address.LONGEST:
            st.query_params[_GIVEN] = text
    elif _GIVEN in st.query_params:
        del st.query_params[_GIVEN]
