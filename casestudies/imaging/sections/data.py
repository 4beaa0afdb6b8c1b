"""What was read, what the audit found in it, and how it is divided."""

from __future__ import annotations

from typing import Any

import numpy as np

from casestudies.imaging.audit.leaks import many
from casestudies.imaging.findings import Findings
from casestudies.report import Block, Figure, Heading, Note, Table, Text, charts
from casestudies.workflow.sections.data import problems_blocks, read_as
from casestudies.workflow.sections.words import percent

_PAIRS = 10  # of twins that the report lists; all that are named stand in data/profile.json


def data_blocks(f: Findings) -> tuple[Block, ...]:
    """Source, classes, facts of the files, the parts; twins, groups and quality; the problems of the reader."""
    told = f.profile["audit"]
    blocks: list[Block] = [_images(f, told)]
    if f.profile["notes"]:
        notes = dict.fromkeys(note.rstrip(".") for note in f.profile["notes"])
        blocks.append(Text("How it was read: " + "; ".join(notes) + "."))
    blocks.append(Text(f.profile["split"]))
    if parts := f.profile.get("parts"):
        blocks.append(_parts(parts))
    leak = bool(f.profile["leak"])  # said first
    blocks += [
        Note(warning, "warning" if leak and i == 0 else "note") for i, warning in enumerate(f.profile["split_warnings"])
    ]
    blocks += [Heading("Twins"), *_twins(f, told), *_groups(told), *_quality(told["quality"])]
    return (*blocks, Heading("What the checks found"), *problems_blocks(f.problems))


def _images(f: Findings, told: dict[str, Any]) -> Table:
    source = f.profile["source"]
    healthy, sick = told["classes"]
    known = told["diseased"] + told["healthy"]
    rows = [
        ("Source", source["name"]),
        ("SHA-256", source["sha256"]),
        ("Read as", read_as(source)),
        ("Images used", f"{told['images']:,}"),
        (f"Disease ({sick})", f"{told['diseased']:,} images ({percent(told['diseased'] / max(known, 1))})"),
        (f"No disease ({healthy})", f"{told['healthy']:,} images"),
    ]
    if told["unknown"]:
        rows.append(("Without a label", f"{told['unknown']:,} images, which neither teach nor judge"))
    if told["patients"] is None:
        rows.append(("Patients", "not known: each image is taken as one"))
    else:
        spread = told["images_per_patient"]
        each = f"{spread['least']:,.0f} to {spread['greatest']:,.0f} images each, median {spread['median']:,.0f}"
        rows.append(("Patients", f"{told['patients']:,}, {told['diseased_patients']:,} of them diseased; {each}"))
    rows += _facts(told["facts"])
    rows.append(("As the network sees them", f"{f.profile['side']} x {f.profile['side']} pixels, {_channels(f)}"))
    if told["masks"]:
        rows.append(("Lesions outlined", f"in {told['masks']:,} images"))
    return Table("The images", ("", "Value"), tuple(rows))


def _channels(f: Findings) -> str:
    return "grey" if f.profile["channels"] == 1 else f"{f.profile['channels']} colours"


def _facts(facts: dict[str, Any]) -> list[tuple[str, str]]:
    rows = []
    if "size" in facts:
        ends = [
            " x ".join(f"{facts['size'][name][end]:,.0f}" for name in ("height", "width"))
            for end in ("least", "median", "greatest")
        ]
        one = ends[0] == ends[2]
        rows.append(
            ("Size as read", f"{ends[0]} pixels" if one else f"median {ends[1]} pixels ({ends[0]} to {ends[2]})")
        )
    if "format" in facts:
        rows.append(("Formats", ", ".join(f"{name} {count:,}" for name, count in facts["format"].items())))
    if "bits" in facts:
        depths = [f"{float(bits):g} bit {count:,}" for bits, count in facts["bits"].items()]
        rows.append(("Depth", ", ".join(depths)))
    if facts.get("inverted"):
        rows.append(
            ("White for black", f"{facts['inverted']:,} films were stored inverted (MONOCHROME1) and turned round")
        )
    if "spacing" in facts:
        told = facts["spacing"]
        rows.append(
            ("One pixel, as the network sees it", f"{told['median']:.3g} mm (known for {told['known']:,} images)")
        )
    return rows


def _parts(parts: list[dict[str, Any]]) -> Table:
    names = {"train": "Training", "validation": "Validation (cut, calibration, settings)", "test": "Test (judges once)"}
    rows = tuple(
        (
            names[part["part"]],
            f"{part['images']:,}",
            "n/a" if part["patients"] is None else f"{part['patients']:,}",
            f"{part['diseased']:,} ({percent(part['diseased'] / max(part['images'], 1))})",
        )
        for part in parts
    )
    head = ("Part", "Images", "Patients", "Diseased images")
    return Table("How the images are divided", head, rows, (False, True, True, True))


def _twins(f: Findings, told: dict[str, Any]) -> list[Block]:
    twins = told["twins"]
    how = (
        f"Two images are twins when their thumbnails of 16 x 16 pixels correlate by {twins['cut']:g} or more, and still do "
        "when what all films share is taken away: copies, or frames of one scan. A model that has seen one has seen the other."
    )
    if not f.profile["side"] or told["quality"] is None:
        return [Text("Only embeddings are known, so twins could not be looked for.")]
    if not twins["pairs"]:
        return [Text(f"{how} None were found.")]
    found = f"Found: {many(twins['pairs'], 'pair')} among {twins['images']:,} images, {twins['sure']:,} of them beyond doubt"
    if twins["of_two_patients"]:
        found += f"; {many(twins['of_two_patients'], 'pair')} under the names of two patients, which they hardly are"
    blocks: list[Block] = [Text(f"{how} {found}. They stay on one side of every split that is drawn here.")]
    if twins["conflicts"]:
        what = (
            f"{twins['left_out']:,} images were therefore left out of training."
            if twins["left_out"]
            else "They were learnt from as they are (audit.conflicts: keep)."
        )
        blocks.append(
            Note(
                f"Twins with different labels: {many(twins['conflicts'], 'pair')}; one label of each is wrong. {what} Have them read again.",
                "warning",
            )
        )
    shared = [part for part in told["given"] or [] if part["count"]]
    if shared:
        said = "; ".join(f"{part['between']} share {part['count']}" for part in shared)
        blocks.append(Text(f"Of the file's own parts, {said}."))
    return [*blocks, _pairs(twins)]


def _pairs(twins: dict[str, Any]) -> Table:
    rows = tuple(
        (
            pair["one"],
            pair["other"],
            f"{pair['correlation']:.3f}",
            " / ".join(pair["labels"]) if pair["conflict"] else pair["labels"][0],
            "beyond doubt" if pair["sure"] else "perhaps",
        )
        for pair in twins["listed"][:_PAIRS]
    )
    more = f", {len(rows)} of {twins['pairs']:,}" if twins["pairs"] > len(rows) else ""
    head = ("Image", "Its twin", "Correlation", "Label", "Twins")
    return Table(f"Twins{more}: contradicting labels first", head, rows, (False, False, True, False, False))


def _groups(told: dict[str, Any]) -> list[Block]:
    if not told["by_group"]:
        return []
    rows = [
        (
            column["column"],
            level["level"],
            f"{level['images']:,}",
            f"{level['patients']:,}",
            percent(level["diseased"] / max(level["images"], 1)),
        )
        for column in told["by_group"]
        for level in column["levels"]
    ]
    head = ("Column", "Group", "Images", "Patients", "Diseased")
    caption = "How common the disease is in each group"
    blocks: list[Block] = [
        Heading("Groups"),
        Table(caption, head, tuple(rows), (False, False, True, True, True)),
    ]
    uneven = [f"{column['column']} ({_p(column['p'])})" for column in told["by_group"] if column["uneven"]]
    if uneven:
        blocks.append(
            Text(
                f"The disease is not equally common by {', '.join(uneven)}, patient by patient (chi-square test at 1 %). Where an "
                "image gives the group away, a model can score the group instead of the disease."
            )
        )
    return blocks


def _p(p: float) -> str:
    return "p below 0.001" if p < 0.001 else f"p = {p:.3f}"


def _quality(told: dict[str, Any] | None) -> list[Block]:
    if told is None:
        return []
    counts = ", ".join(f"{name} {count:,}" for name, count in told["flags"].items())
    blocks: list[Block] = [
        Heading("Film quality"),
        Text(
            f"Each film is measured (level, contrast, grain, clipped pixels, spectrum) against all others: {counts}. Of films of "
            "one kind about 2 % are flagged. Flagged films teach and judge like the others; new films are held against those of "
            "training in the same way when they are scored."
        ),
        _drawn(told),
    ]
    if told["named"]:
        rows = tuple((film["name"], film["words"]) for film in told["named"])
        blocks.append(Table("The films that stand out most", ("Image", "Why"), rows))
    return blocks


def _drawn(told: dict[str, Any]) -> Figure:
    points = told["points"]
    level, grain = (np.asarray(points[name], dtype=float) for name in ("level", "grain"))
    hit = np.asarray(points["flagged"], dtype=bool)
    return charts.film_quality(
        {"as the others": (level[~hit], grain[~hit]), "stands out": (level[hit], grain[hit])},
        caption="Brightness and fine detail: noise lies high, blur and compression low; separate clouds are separate kinds of film",
    )
