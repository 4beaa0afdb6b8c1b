"""A config that is written out reads back as it was, whatever its texts are: run folders and templates rest on it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.robustness.texts import TEXTS
from casestudies.workflow.resolve import read_yaml
from casestudies.workflow.spelling import spell_out

MORE = {
    "next line": "a\x85b",
    "delete": "\x7f",
    "no character": "\ufffe",
    "byte order mark": "\ufeffx",
    "null": "null",
    "true": "true",
    "number": "1",
    "comment": "# x",
    "colon": "a: b",
    "tilde": "~",
    "quotes": "\"'\\",
    "lone surrogate": "x\ud800y",
}


def read_back(value, folder):
    path = folder / "c.yaml"
    path.write_text(spell_out(value, {}), encoding="utf-8")
    return read_yaml(path)[0]


@pytest.mark.parametrize("name", TEXTS | MORE)
def test_a_text_is_the_same_after_it_was_written_and_read(name, tmp_path):
    text = (TEXTS | MORE)[name]
    value = {"a": {"b": text, "c": [text, "x", text]}, text: {"d": 1, text: {"e": [1.5, None, True]}}}
    assert read_back(value, tmp_path) == value


TEXT = st.text(max_size=8)
LEAF = st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.floats(-1e9, 1e9) | TEXT | st.just({})
TREE = st.recursive(
    LEAF | st.lists(LEAF, max_size=3), lambda inner: st.dictionaries(TEXT, inner, max_size=3), max_leaves=6
)


@given(value=st.dictionaries(TEXT, TREE, min_size=1, max_size=3))
def test_every_tree_is_the_same_after_it_was_written_and_read(value, tmp_path_factory):
    assert read_back(value, tmp_path_factory.mktemp("spelt")) == value
