"""Who may see the pages: anybody on this computer; elsewhere only who has signed in. Without sign-in, nobody."""

from __future__ import annotations

import os
from urllib.parse import urlsplit

import streamlit as st

from casestudies.pages.server import PROXY_HEADER, is_loopback


def open_to_visitor() -> bool:
    """Whether this visitor may see the pages; who may not is told why, or shown the way to sign in.

    Where sign-in is set up it is asked for on loopback too: a proxy in front comes from there.
    """
    header = os.environ.get(PROXY_HEADER)
    if header:
        return _came_through_proxy(header)
    if st.secrets.load_if_toml_exists() and "auth" in st.secrets:
        return _signed_in()
    if is_loopback(st.get_option("server.address")) and is_loopback(_host()):
        return True
    st.error(
        "These pages can be reached from other computers and nobody has to sign in, so nothing is shown. Start them "
        "on 127.0.0.1 (casestudies app does), or set up sign-in: an auth section in .streamlit/secrets.toml, or "
        f"{PROXY_HEADER} for a proxy that signs people in."
    )
    return False


def _host() -> str:
    """The name by which the browser reached the server; "localhost" where it does not say."""
    return urlsplit(f"//{st.context.headers.get('Host', 'localhost')}").hostname or ""


def _came_through_proxy(header: str) -> bool:
    """The proxy puts the name of the signed-in person into the header, and lets nobody else send it."""
    if st.context.headers.get(header, "").strip():
        return True
    st.error("The proxy has not said who you are, so nothing is shown. Sign in there first.")
    return False


def _signed_in() -> bool:
    if st.user.get("is_logged_in"):
        return True
    st.title("Sign in")
    st.button("Sign in", type="primary", on_click=st.login)
    return False
