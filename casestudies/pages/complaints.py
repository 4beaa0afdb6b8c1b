"""Errors on a page: one line for people, a number that leads to the traceback in the server's log for the rest."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from casestudies.errors import CaseError
from casestudies.pages.plain import plain

log = logging.getLogger("casestudies.pages")


@contextmanager
def said() -> Iterator[None]:
    """Show what goes wrong inside, in place; nothing else of the page is lost.

    Streamlit's own signals (stop, rerun, switch) are no `Exception` and pass.
    """
    try:
        yield
    except CaseError as error:
        complain(error)
    except Exception:
        number = secrets.token_hex(4)
        log.exception("error %s on a page", number)
        st.error(
            f"This part of the page failed, and that is our fault. The server's log has the details under error {number}. "
            "Reload the page; if it fails again, report the number."
        )


def complain(error: CaseError) -> None:
    """What, where and what to do, as one line."""
    st.error(plain(str(error)))
