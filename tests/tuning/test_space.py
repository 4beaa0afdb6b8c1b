"""Ranges, conditions, grids, and searching less than all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casestudies.errors import ConfigError
from casestudies.tuning import Choice, Real, Space, Whole, narrowed

SPACE = Space(
    (
        Choice("model.kind", {"tree": ["tree"], "line": ["line"]}, now=None),
        Whole("model.trees.leaves", 3, 63, log=True, when={"model.kind": ("tree",)}, now=15),
        Real("model.trees.rate", 0.01, 0.2, log=True, when={"model.kind": ("tree",)}, now=0.05),
        Choice("model.penalty", {"l1": "l1", "mixed": "mixed"}, when={"model.kind": ("line",)}, now="l1"),
        Real("model.share", 0.0, 1.0, when={"model.kind": ("line",), "model.penalty": ("mixed",)}, now=0.5),
    )
)


@given(st.lists(st.floats(0, 1), min_size=5, max_size=5))
def test_a_place_of_the_unit_cube_is_a_point_of_the_space(shares):
    point = SPACE.at(shares)
    assert SPACE.holds(point)
    assert ("model.trees.leaves" in point) == (point["model.kind"] == "tree")
    assert ("model.share" in point) == (point.get("model.penalty") == "mixed")


def test_every_whole_number_has_its_part_of_the_range():
    one = Whole("n", 1, 4)
    assert [one.at(share) for share in (0, 0.1, 0.3, 0.6, 0.9, 1)] == [1, 1, 2, 3, 4, 4]
    assert one.levels(9) == [1, 2, 3, 4]


def test_settings_are_what_labels_stand_for():
    assert SPACE.settings({"model.kind": "tree", "model.trees.leaves": 5}) == {
        "model.kind": ["tree"],
        "model.trees.leaves": 5,
    }


def test_a_grid_has_no_point_twice():
    grid = SPACE.grid(3)
    assert len(grid) == 9 + 1 + 3
    assert len({tuple(point.items()) for point in grid}) == len(grid)


def test_one_setting_alone_brings_what_it_depends_on():
    found = narrowed(SPACE, ["model.trees.leaves"])
    assert found.keys == ["model.kind", "model.trees.leaves"]
    assert list(found.dimensions[0].options) == ["tree"]


def test_a_group_of_settings_is_named_by_its_beginning():
    assert narrowed(SPACE, ["model.trees"]).keys == ["model.kind", "model.trees.leaves", "model.trees.rate"]


def test_a_range_of_ones_own_leaves_the_rest():
    found = narrowed(SPACE, ["model.trees.leaves=8..20", "model.kind=[tree]"])
    assert found.keys == SPACE.keys
    assert (found.dimensions[1].low, found.dimensions[1].high) == (8, 20)
    assert list(found.dimensions[0].options) == ["tree"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("model.tree", "'model.tree' is not searched; did you mean"),
        ("nonsense", "'nonsense' is not searched"),
        ("model.trees=1..2", "'model.trees' is not one setting"),
        ("model.trees.leaves=3", "'3' is no range; write it as 4..63"),
        ("model.trees.leaves=9..3", "'9..3' is no range; write the smaller number first"),
        ("model.trees.leaves=0..3", "write the smaller number first, above 0"),
        ("model.trees.leaves=3..4.5", "no range of whole numbers"),
        ("model.kind=[forest]", "'forest' is not one of the values searched"),
        ("model.trees.rate=a..b", "'a..b' is no range"),
    ],
)
def test_what_cannot_be_searched_is_said(text, words):
    with pytest.raises(ConfigError) as caught:
        narrowed(SPACE, [text])
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_dimension_comes_behind_what_it_depends_on():
    with pytest.raises(ConfigError, match="stands twice, or before what it depends on"):
        Space((Real("a", 0, 1, when={"b": ("x",)}), Choice("b", {"x": 1})))
