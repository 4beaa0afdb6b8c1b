"""Further questions go to the appendix, each whole, and the sections say so."""

from hypothesis import given
from hypothesis import strategies as st

from casestudies.report import Code, Heading, Report, Section, Text, appended, numbered

PARTS = st.lists(
    st.one_of(
        st.builds(Heading, st.sampled_from(["A", "B", "C"]), st.sampled_from([1, 2]), st.booleans()),
        st.integers(0, 99).map(lambda number: Code(str(number))),
    ),
    max_size=12,
)


def report(*sections):
    made = tuple(Section(f"s{at}", f"Section {at}", tuple(blocks)) for at, blocks in enumerate(sections))
    return Report("Title", "Subtitle", "id", "", "1", made)


def test_a_part_goes_from_its_heading_to_the_next_of_its_level():
    given_blocks = (
        Code("first"),
        Heading("Stays"),
        Code("of stays"),
        Heading("Goes", 2, further=True),
        Code("of goes"),
        Heading("Stays too"),
        Code("last"),
    )
    body, back = appended(report(given_blocks)).sections
    assert body.blocks == (
        Code("first"),
        Heading("Stays"),
        Code("of stays"),
        Heading("Stays too"),
        Code("last"),
        Text("Further, in the appendix: “Goes”."),
    )
    assert back.key == "appendix"
    assert back.blocks == (Heading("Goes"), Code("of goes"))


def test_a_heading_below_a_further_one_goes_with_it():
    body, back = appended(report((Heading("Goes", further=True), Heading("Below", 2), Code("deep")))).sections
    assert back.blocks == (Heading("Goes"), Heading("Below", 2), Code("deep"))
    assert body.blocks == (Text("Further, in the appendix: “Goes”."),)


def test_a_report_without_further_questions_stays_as_it_is():
    whole = report((Heading("Stays"), Code("1")), (Code("2"),))
    assert appended(whole) is whole


@given(st.lists(PARTS, min_size=1, max_size=3))
def test_nothing_is_lost_or_said_twice(sections):
    """Against the definition read block by block: a block goes when the last heading above it that could end a part did not."""
    goes, expected = [], []
    for blocks in sections:
        level = None
        for block in blocks:
            if isinstance(block, Heading) and (block.further or (level is not None and block.level <= level)):
                level = block.level if block.further else None
            (expected if level is None else goes).append(block)
    found = appended(report(*sections))
    back = [block for section in found.sections if section.key == "appendix" for block in section.blocks]
    body = [b for s in found.sections if s.key != "appendix" for b in s.blocks if not isinstance(b, Text)]
    plain = lambda block: block.text  # noqa: E731
    assert [plain(b) for b in body] == [plain(b) for b in expected]
    assert [plain(b) for b in back] == [plain(b) for b in goes]
    assert not any(isinstance(b, Heading) and b.further for b in back)
    numbered(found)  # and it can be printed
