import tomllib
from pathlib import Path

import pytest
import streamlit as st
from streamlit import config
from streamlit.testing.v1 import AppTest

from casestudies.pages import server

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("address", [None, "0.0.0.0", "192.168.1.5", "::"])
def test_without_sign_in_nothing_is_shown_beyond_this_computer(visitor, run, address):
    config.set_option("server.address", address)
    app = visitor.open("results")
    assert "nobody has to sign in" in app.error[0].value
    assert not app.title
    assert not app.metric


@pytest.mark.parametrize("address", ["127.0.0.1", "localhost", "::1"])
def test_on_loopback_the_pages_are_open(visitor, address):
    config.set_option("server.address", address)
    assert visitor.open().title


def test_under_another_name_they_are_not(visitor, monkeypatch):
    sent = {"Host": "loans.example:8501"}
    monkeypatch.setattr(type(st.context), "headers", property(lambda self: sent))
    assert "nobody has to sign in" in visitor.open().error[0].value
    sent["Host"] = "localhost:8501"
    assert visitor.open().title


@pytest.mark.parametrize("address", ["0.0.0.0", "127.0.0.1"])
def test_behind_a_proxy_its_header_is_wanted(visitor, monkeypatch, address):
    config.set_option("server.address", address)
    monkeypatch.setenv(server.PROXY_HEADER, "X-User")
    sent = {}
    monkeypatch.setattr(type(st.context), "headers", property(lambda self: sent))
    app = visitor.app("home")
    assert "has not said who you are" in app.run().error[0].value
    sent["X-User"] = "ada"
    assert app.run().title
    sent["X-User"] = " "
    assert "has not said who you are" in app.run().error[0].value


def test_with_a_provider_in_the_secrets_a_sign_in_is_asked_for(visitor):
    config.set_option("server.address", "0.0.0.0")
    app = visitor.app("home")
    app.secrets = {"auth": {"redirect_uri": "x", "cookie_secret": "y"}}
    assert [button.label for button in app.run().button] == ["Sign in"]
    app.user = {"is_logged_in": True, "email": "ada@example.com"}
    assert "Privacy" in visitor.words(app.run())


def test_both_doors_open_with_the_same_options():
    told = tomllib.loads((ROOT / "apps" / ".streamlit" / "config.toml").read_text())

    def flat(values, prefix=""):
        for key, value in values.items():
            if isinstance(value, dict):
                yield from flat(value, f"{prefix}{key}.")
            else:
                yield f"{prefix}{key}", value

    written = dict(flat(told))
    for key, value in server.OPTIONS.items():
        other = written[key]
        spelt = (
            ",".join(other)
            if isinstance(other, list)
            else str(other).lower()
            if isinstance(other, bool)
            else str(other)
        )
        assert spelt == value, key
    assert written["server.address"] == "127.0.0.1"
    assert tuple(written["server.allowedHosts"]) == server.HOSTS


def test_each_launcher_is_a_door_to_its_study(visitor, store):
    for path in sorted(Path(ROOT, "apps").glob("*.py")):
        app = AppTest.from_file(path, default_timeout=60).run()
        assert not app.exception
        assert app.title
