"""A button that copies the address of the page as it stands: run, study, cut and tab are in it."""

from __future__ import annotations

import streamlit as st

_HTML = '<button type="button">Copy link</button><span role="status"></span>'
_CSS = """
button { font: inherit; font-size: .88rem; padding: .3rem .75rem; border-radius: .5rem; cursor: pointer;
  color: var(--st-text-color); background: transparent; border: 1px solid rgb(128 128 128 / 60%); }
button:hover { border-color: currentColor; }
button:focus-visible { outline: 2px solid currentColor; outline-offset: 2px; }
span:not(:empty) { margin-left: .6rem; }
span { font-size: .88rem; color: var(--st-text-color); }
"""
# The address is read when the button is pressed, so what a slider has written into it since is there. Where a browser
# keeps the clipboard from a page (http on another host than this), the address is shown to be copied by hand.
_JS = """
export default function ({ parentElement }) {
  const [button, status] = [parentElement.querySelector("button"), parentElement.querySelector("span")];
  button.onclick = async () => {
    const address = window.location.href;
    try { await navigator.clipboard.writeText(address); status.textContent = "Copied."; }
    catch { status.textContent = address; }
  };
}
"""


def copy_link() -> None:
    """The button; nothing of it reaches the server."""
    mount = st.components.v2.component("casestudies_copy_link", html=_HTML, css=_CSS, js=_JS)
    mount(width="content", height="content")
