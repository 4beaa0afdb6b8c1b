"""The page on the core, `docs/theory/optimisation.md`: its examples run, and its tables are those of the code."""

import ast
import doctest
import re
from pathlib import Path

import pytest

from casestudies.optim import designs, losses, methods, penalties

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "theory" / "optimisation.md"
TEXT = PAGE.read_text(encoding="utf-8")


def rows(heading):
    """The cells of the first table below a heading, by the name in each first cell."""
    table = TEXT.split(f"{heading}\n", 1)[1].split("| --- |", 1)[1].split("\n\n", 1)[0]
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[1:]]
    return {name: cells[1:] for cells in lines for name in re.findall(r"`(\w+)", cells[0])}


def test_the_examples_of_the_page_run():
    done = doctest.testfile(str(PAGE), module_relative=False)
    assert done.failed == 0
    assert done.attempted > 10


@pytest.mark.parametrize(
    ("heading", "room"),
    [("### Losses", losses), ("### Designs", designs), ("### Penalties", penalties), ("## Methods", methods)],
)
def test_a_table_names_all_there_is(heading, room):
    here = [name for name, thing in vars(room).items() if getattr(thing, "__module__", "") == room.__name__]
    made = {name for name in getattr(room, "__all__", here) if name[0].isupper() and "_" not in name}
    made -= {"Loss", "Design", "Tile", "Penalty", "Method", "State"}
    assert set(rows(heading)) - {"least_squares"} == {name for name in made if not name.endswith("State")}


def test_smooth_and_convex_are_what_the_losses_say():
    for name, (_, smooth, convex) in rows("### Losses").items():
        if not smooth.startswith("as "):
            loss = getattr(losses, name)
            assert (loss.smooth, loss.convex) == (smooth == "yes", convex == "yes"), name


def test_the_findings_are_those_of_the_diagnosis():
    trees = [ast.parse(path.read_text()) for path in (ROOT / "casestudies/optim/diagnosis").glob("*.py")]
    codes = {
        node.args[0].value
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Finding"
    }
    assert set(rows("## Trace and diagnosis")) == codes


def test_every_source_is_cited_and_every_citation_has_its_source():
    body, sources = TEXT.split("## Sources")
    prose = re.sub(r"```.*?```", "", body, flags=re.S)
    numbers = {int(number) for number in re.findall(r"\s\[(\d+)\]", prose)}
    assert numbers == {int(number) for number in re.findall(r"^(\d+)\. ", sources, re.M)}
