"""One customer: pick one, or fill a basket, see the list with its reasons, say what was taken, and see the list change.

The address says who is looked at and what they have just taken, and everything is drawn from it: a link, a reload and the
browser's way back show the same list.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from casestudies.pages import basket, reading
from casestudies.pages.basket import Given
from casestudies.pages.blocks import show_blocks
from casestudies.pages.plain import plain, say
from casestudies.pages.tables import printable
from casestudies.report import visible
from casestudies.runs import RunFolder
from casestudies.workflow.studies import Served, Serving

_FOUND, _NEWEST, _PLACES = 20, 8, 10  # customers or items that a search offers; rows of a history; places of a list
_REMEMBERED = 64  # lists; the one before the last change is among them
_DIGITS, _DIGITS_OF_RATINGS = 4, 2
_CUSTOMER = "customer"  # in the address; empty is a visitor
_VISITOR = "A visitor who is not stored"


def one_customer(run: RunFolder) -> None:
    """Who, what is known, what they have just done, and the list that follows."""
    served = reading.serving(run)
    if served is None:
        say("This study serves no lists.")
        return
    st.header("One customer", anchor=False)
    given = basket.given(served)
    left, right = st.columns(2, gap="large")
    with left:
        customer = _customer(run, served)
    with right:
        rating = _taken(run, served, given)
    told = _list_of(run, served, customer, given)
    st.subheader("The list", anchor=False)
    say(told.words)
    former = _former(run, served, customer, given)
    if former is not None:
        last = next(reversed(given))
        say(f"Since {basket.name(served, last)}: {_change(told, former, last)}")
    _places(run, told, former, rating, full=basket.is_full(given))
    show_blocks(told.blocks)


def _customer(run: RunFolder, served: Serving) -> str | None:
    """The stored customer to look at; None = a visitor."""
    find, pick = f"find-customer:{run.id}", f"customer:{run.id}"
    text = st.text_input(
        "Find a customer", key=find, placeholder="a part of the name", on_change=_look_for, args=(run, find)
    )
    labels = {"": _VISITOR} | {choice.key: choice.label for choice in served.customers(text.strip(), _FOUND)}
    if text.strip() and len(labels) == 1:
        say("No customer has that in the name.")
    wanted = st.query_params.get(_CUSTOMER)
    if wanted is None:
        wanted = next((choice.key for choice in served.customers("", 1)), "")
    if wanted not in labels:
        named = [choice for choice in served.customers(wanted, 1) if choice.key == wanted]
        labels |= {choice.key: choice.label for choice in named}
        if not named:
            st.info(plain(f"This run knows no customer {wanted[:40]!r}: a visitor is shown."))
            wanted = ""
    st.session_state[pick] = wanted  # the address decides, also when the browser goes back
    st.selectbox(
        "Customer",
        list(labels),
        key=pick,
        format_func=lambda key: visible(labels.get(str(key), "")),
        on_change=_look_at_picked,
        args=(pick,),
    )
    if not wanted:
        say("A visitor has no history: the list rests on the basket alone.")
        return None
    history = served.history(wanted, _NEWEST)
    st.dataframe(printable(history), hide_index=True, alt="What is known of the customer, newest first")
    st.caption(f"What is known of the customer, the newest {len(history)}.")
    return wanted


def _look_for(run: RunFolder, find: str) -> None:
    """The first customer that a search finds is shown at once."""
    served, text = reading.serving(run), str(st.session_state[find]).strip()
    for choice in served.customers(text, 1) if served is not None and text else ():
        _look_at(choice.key)


def _look_at_picked(pick: str) -> None:
    _look_at(st.session_state[pick])


def _look_at(customer: str) -> None:
    """Another customer has another basket."""
    if st.query_params.get(_CUSTOMER) != customer:
        st.query_params[_CUSTOMER] = customer
        basket.keep({})


def _taken(run: RunFolder, served: Serving, given: Given) -> float | None:
    """What the customer has just done, to add to and to take back; the rating that is given next, where there are any."""
    text = st.text_input("Find an item", key=f"find-item:{run.id}", placeholder="a part of the title or the number")
    labels = {choice.key: choice.label for choice in served.items(text.strip(), _FOUND)}
    if labels:
        item = st.selectbox(
            "Item", list(labels), key=f"item:{run.id}:{text}", format_func=lambda key: visible(labels.get(str(key), ""))
        )
    else:
        item = None
        say("No item has that in its title or number.")
    rating = None
    if served.levels:
        rating = st.select_slider(
            "Rating that is given",
            served.levels,
            served.levels[-1],
            format_func=lambda level: f"{level:g}",
            key=f"rating:{run.id}",
        )
    full = basket.is_full(given)
    st.button(
        "Add it" if rating is None else f"Add it, rated {rating:g}",
        key=f"add:{run.id}",
        disabled=item is None or full,
        on_click=basket.add,
        args=(run, item, rating),
    )
    if full:
        st.caption("An address holds no more than that; take something back first.")
    if given:
        key = f"taken:{run.id}"
        names = {
            item: basket.name(served, item) + ("" if level is None else f": {level:g}") for item, level in given.items()
        }
        st.session_state[key] = list(given)
        st.multiselect(
            "Just taken, the latest last",
            list(given),
            key=key,
            format_func=lambda item: visible(names.get(str(item), "")),
            on_change=basket.leave,
            args=(run, key),
        )
    return rating


def _places(run: RunFolder, told: Served, former: Served | None, rating: float | None, *, full: bool) -> None:
    """Place by place: what, why, where it stood before, and a button that says the customer takes it."""
    before = None if former is None else dict(zip(former.rows["item"], former.rows["rank"], strict=True))
    for row in told.rows.to_dict("records"):
        with st.container(horizontal=True, vertical_alignment="center", key=f"place-{row['rank']}"):
            with st.container(gap="xxsmall"):
                st.markdown(f"**{row['rank']} · {plain(str(row['title']).strip())}** {_moved(row, before)}")
                for line in _reasons(row, _DIGITS if rating is None else _DIGITS_OF_RATINGS):
                    st.caption(plain(line))
            st.button(
                "Taken" if rating is None else f"Rated {rating:g}",
                key=f"take:{run.id}:{row['rank']}",
                disabled=full,
                on_click=basket.add,
                args=(run, str(row["item"]), rating),
            )


def _moved(row: Mapping[Any, Any], before: Mapping[str, int] | None) -> str:
    """A mark in Markdown for a place that changed: where the item stood, or that it is new in the list."""
    if before is None or before.get(row["item"]) == row["rank"]:
        return ""
    was = before.get(row["item"])
    if was is None:
        return ":green-badge[new]"
    up = was > row["rank"]
    return f":blue-badge[up from {was}]" if up else f":gray-badge[down from {was}]"


def _reasons(row: Mapping[Any, Any], digits: int) -> list[str]:
    about = [f"number {row['item']}"] if row["item"] != row["title"] else []
    if row["from"] == "popularity":
        return [" · ".join(["One of the most popular", f"popularity: place {row['popularity_rank']:,}", *about])]
    figures = [f"score {row['score']:.{digits}f}", f"popularity: place {row['popularity_rank']:,}", *about]
    return [f"Reasons: {row['because']}", " · ".join(figures)] if row["because"] else [" · ".join(figures)]


def _change(told: Served, former: Served, last: str) -> str:
    """What the last thing taken did to the list, in a sentence."""
    titles = dict(zip(former.rows["item"], former.rows["title"], strict=True))
    if list(told.rows["item"]) == list(titles):
        return "the list has stayed the same."
    gone = [
        f"{titles[item]} (taken)" if item == last else titles[item] for item in titles.keys() - {*told.rows["item"]}
    ]
    left = f"{', '.join(sorted(gone))} left the list" if gone else "no item left the list"
    return f"{left}; marks show where the others stood before."


def _former(run: RunFolder, served: Serving, customer: str | None, given: Given) -> Served | None:
    """The list before the last thing was taken; None where nothing was."""
    if not given:
        return None
    earlier = dict(given)
    earlier.popitem()
    return _list_of(run, served, customer, earlier)


def _list_of(run: RunFolder, served: Serving, customer: str | None, given: Given) -> Served:
    return _served(reading.key(run), customer, tuple(given.items()), served)


@st.cache_resource(max_entries=_REMEMBERED, show_spinner=False)
def _served(known: str, customer: str | None, given: tuple[tuple[str, float | None], ...], _desk: Serving) -> Served:
    return _desk.served(customer, dict(given), _PLACES)
