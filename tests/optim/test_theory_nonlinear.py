"""The page on functions and corners, `docs/theory/nonlinear.md`: its examples run, and it names what there is."""

import doctest
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "theory" / "nonlinear.md"


def test_the_examples_of_the_page_run():
    done = doctest.testfile(str(PAGE), module_relative=False)
    assert done.failed == 0
    assert done.attempted > 15
