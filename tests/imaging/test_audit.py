"""The audit as it is told: counts, twins, parts, groups, quality; and its pages of the report."""

import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from casestudies.imaging import synthetic
from casestudies.imaging.asked.auditing import Auditing, Splitting
from casestudies.imaging.audit import audit, doubts
from casestudies.imaging.audit.groups import by_group, levels
from casestudies.imaging.films import Films
from casestudies.imaging.sections.data import data_blocks
from casestudies.imaging.splits import divided
from casestudies.report import Figure, Note, Report, Section, Table, Text, to_html
from casestudies.tabular.problems import Problems


@pytest.fixture(scope="module")
def films() -> Films:
    return synthetic.films(patients=150, side=24, seed=2)


def doubled(films: Films, count: int = 4) -> Films:
    """The last images are copies of the first, of other patients, the very last with the other label."""
    rows = np.concatenate([np.arange(len(films)), np.arange(count)])
    both = films.take(rows)
    patient, label = both.patient.copy(), both.label.copy()
    names = np.array([*films.names, *(f"copy{i}.png" for i in range(count))])
    patient[-count:] = [f"q{i:03d}" for i in range(count)]
    label[-1] = 1 - label[-1]
    return replace(both, patient=patient, label=label, names=names)


def test_counts_are_those_of_the_images(films: Films) -> None:
    told = audit(films, Auditing()).told
    assert told["images"] == len(films)
    assert told["diseased"] == (films.label == 1).sum()
    assert told["patients"] == 150
    assert told["diseased_patients"] == len(set(films.patient[films.label == 1]))
    assert told["masks"] == films.masks.any(axis=(1, 2)).sum()
    assert told["twins"]["pairs"] == 0
    assert told["groups"] == 150
    assert told["given"] is None
    json.dumps(told)


def test_groups_join_patients_over_their_twins(films: Films) -> None:
    both = doubled(films)
    found = audit(both, Auditing())
    assert found.told["twins"]["pairs"] == 4
    assert found.told["twins"]["of_two_patients"] == 4
    assert found.told["twins"]["conflicts"] == 1
    assert found.told["groups"] == 150  # the copies' own patients are joined to the others
    assert (found.groups[:4] == found.groups[-4:]).all()
    assert sorted(np.unique(found.groups)) == list(range(150))
    assert found.told["twins"]["listed"][0]["conflict"]
    assert np.flatnonzero(found.left_out).tolist() == [3, len(films) + 3]


def test_what_the_files_own_parts_share_is_told(films: Films) -> None:
    both = doubled(films)
    part = np.where(pd.factorize(both.patient)[0] < 100, "train", "test")
    given = audit(replace(both, part=part), Auditing()).told["given"]
    assert given[0] == {
        "between": "test and train",
        "patients": 0,
        "twins": 4,
        "alike": 0,
        "images": 4,
        "count": "4 pairs of twins",
    }


def test_embeddings_alone_are_audited_without_pictures(films: Films) -> None:
    bare = replace(films, pixels=np.zeros((len(films), 0, 0, 0), dtype=np.float32), masks=None)
    told = audit(bare, Auditing()).told
    assert told["quality"] is None
    assert told["twins"]["pairs"] == 0
    assert told["groups"] == 150


def test_levels_of_numbers_are_their_quarters() -> None:
    age = pd.Series([30.0, 40, 50, 60, 70, 80, 90, 35, 45, 55, 65, 75, 85, np.nan])
    named = levels(age)
    assert named.iloc[-1] == "not known"
    assert named.nunique() == 5
    edges = np.quantile(age.dropna(), (0.25, 0.5, 0.75))
    assert (named == f"below {edges[0]:g}").sum() == (age < edges[0]).sum()
    assert (named == f"{edges[2]:g} or more").sum() == (age >= edges[2]).sum()
    assert levels(pd.Series([f"name {i}" for i in range(40)])) is None
    assert levels(pd.Series(["A", None, "B"])).tolist() == ["A", "not known", "B"]
    assert levels(pd.Series([1.0, 2.0, np.nan])).tolist() == ["1", "2", "not known"]


@pytest.mark.parametrize(("shortcut", "uneven"), [(0.0, False), (0.8, True)])
def test_a_site_that_gives_the_disease_away_is_uneven(shortcut: float, uneven: bool) -> None:
    found = by_group(synthetic.films(patients=300, side=16, seed=4, shortcut=shortcut))
    site = next(column for column in found if column["column"] == "site")
    assert site["uneven"] is uneven


def blocks(films: Films, **profile: object) -> tuple:
    found = audit(films, Auditing())
    parts = divided(films, found, Splitting(), Auditing(), 0)
    problems = Problems()
    problems.extend(doubts(films, found))
    source = {
        "name": "films",
        "sha256": "0" * 64,
        "format": "folder",
        "encoding": None,
        "separator": None,
        "decimal": None,
    }
    told = {
        "source": source,
        "notes": ["12 files were left out"],
        "side": films.side,
        "channels": 1,
        "audit": json.loads(json.dumps(found.told)),
        "split": parts.sentence,
        "split_warnings": list(parts.warnings),
        "leak": parts.leak,
        "parts": parts.told(films),
    }
    frame = problems.to_frame().astype("str").fillna("")
    return data_blocks(SimpleNamespace(profile={**told, **profile}, problems=frame))


def words(found: tuple) -> str:
    said = [block.text for block in found if isinstance(block, Text | Note)]
    cells = [cell for block in found if isinstance(block, Table) for row in block.rows for cell in row]
    return "\n".join([*said, *cells])


def test_the_section_tells_the_audit(films: Films) -> None:
    found = blocks(doubled(films))
    said = words(found)
    assert "4 pairs among 8 images" in said
    assert "Twins with different labels: 1 pair" in said
    assert "copy3.png" in said
    assert "12 files were left out" in said
    assert sum(isinstance(block, Figure) for block in found) == 1
    page = to_html(Report("t", "s", "id", "a", "1", (Section("data", "Data", found),), synthetic=True))
    assert "copy3.png" in page


def test_the_section_warns_of_a_leak_first(films: Films) -> None:
    found = blocks(films, leak=True, split_warnings=["LEAK: all of it.", "And more."])
    notes = [block for block in found if isinstance(block, Note)]
    assert [note.kind for note in notes] == ["warning", "note"]


def test_the_section_of_embeddings_says_what_could_not_be_looked_at(films: Films) -> None:
    bare = replace(films, pixels=np.zeros((len(films), 0, 0, 0), dtype=np.float32), masks=None)
    assert "twins could not be looked for" in words(blocks(bare))
