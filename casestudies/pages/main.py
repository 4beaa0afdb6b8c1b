"""The pages in their frame: the gate, the look, the navigation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from casestudies.pages import links
from casestudies.pages.address import DOOR
from casestudies.pages.frame import STYLE
from casestudies.pages.gate import open_to_visitor


def main(study: str | None = None, sections: Mapping[str, Sequence[str]] = links.SECTIONS) -> None:
    """Show the page that the address names.

    Parameters
    ----------
    study: the one study these pages are opened for; None shows all.
    sections: the names of the pages, by the heading they stand under.
    """
    # No icon from Streamlit's Material font anywhere in the frame: the browser would fetch the tab's icon from a
    # foreign host.
    st.set_page_config(page_title="Case studies", page_icon="⚖️", layout="wide")
    if not open_to_visitor():
        return
    st.session_state[DOOR] = study
    st.html(STYLE)
    pages = {section: [links.page(name) for name in names] for section, names in sections.items()}
    st.navigation(pages).run()
