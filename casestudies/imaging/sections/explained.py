"""Where the model looks: the tests of the maps in words, and four images with theirs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from casestudies.report import Block, Gallery, Note, Picture, Table, Text

if TYPE_CHECKING:
    from casestudies.imaging.findings import Findings

_METHODS: Mapping[str, str] = {"gradcam": "Grad-CAM", "shap": "SHAP", "lime": "LIME"}
_LEGENDS: Mapping[str, str] = {
    "gradcam": "bright speaks for",
    "shap": "red for, blue against",
    "lime": "red for, blue against",
}
_CONTRAST, _RANDOM = "Contrast alone", "A random map"
_KINDS: Mapping[str, str] = {
    "found": "Found",
    "missed": "Missed",
    "alarm": "False alarm",
    "doubt": "In doubt",
}


def explanations_blocks(f: Findings) -> tuple[Block, ...]:
    """What the maps are, how they did, and which of them failed; () where it was not asked."""
    told = f.analysis.get("explanations")
    if told is None:
        return ()
    blocks: list[Block] = [Text(_how(told)), _scores(told)]
    failed = [sentence for name in told["methods"] for sentence in _failures(name, told)]
    blocks += [Note(sentence, "warning") for sentence in failed]
    if not failed:
        blocks.append(
            Text("No map failed a test. That says where the model looks, not that it is right to look there.")
        )
    if told["chance"] is not None and _obvious(told):
        contrast, place = told["contrast"], told["shares"].index(told["at"])
        blocks.append(
            Note(
                f"Contrast alone, without any network, points at the lesion in {_percent(contrast['pointing']['value'])} of these "
                f"images, and blurring its top {_percent(told['at'])} brings the probability down to "
                f"{contrast['deleted'][place]:.3f}: here the lesion is what stands out, so neither test can tell a map of the model "
                "from one of the image. Shuffled weights can."
            )
        )
    return tuple(blocks)


def cases_blocks(f: Findings) -> tuple[Block, ...]:
    """One image found, one missed, one false alarm and one in doubt; () where it was not asked or nothing was tested."""
    told = f.analysis.get("explanations")
    if told is None or not told["cases"]:
        return ()
    cases = told["cases"]
    pictures = tuple(picture for case in cases for picture in _row(f, case))
    lesion = " The true lesion is outlined in cyan." if any(case["lesion"] for case in cases) else ""
    caption = f"The image, then three maps of where the model looks.{lesion} Colours are relative to the strongest place of each map"
    doubts = [f"{_KINDS[case['kind']]}: {'; '.join(case['doubts'])}." for case in cases if case["doubts"]]
    return (
        Text(
            "The surest of those that were found, missed and flagged without need, and the image nearest to the cut. These are "
            "the images to look at with a radiologist, not proof of anything."
        ),
        Gallery(pictures, caption, columns=4),
        _decided(cases, f),
        *((Note("Not to be trusted in these images. " + " ".join(doubts), "warning"),) if doubts else ()),
    )


def worst_blocks(f: Findings) -> tuple[Block, ...]:
    """The surest misses and the surest false alarms; () where it was not asked, or the model made no error."""
    told = f.analysis.get("explanations") or {}
    blocks: list[Block] = []
    for kind, what in (("missed", "misses"), ("alarm", "false alarms")):
        images = [one for one in told.get("worst", ()) if one["kind"] == kind]
        if images:
            pictures = tuple(_wrong(f, one) for one in images)
            sure = "the least" if kind == "missed" else "the most"
            lesion = " A known lesion is outlined in cyan." if any(one["lesion"] for one in images) else ""
            shown = f"The {len(images)} surest of {images[0]['of']:,}" if len(images) < images[0]["of"] else "All"
            caption = f"{shown} {what}, {sure} probable first; over each, where the model looked (Grad-CAM).{lesion}"
            blocks.append(Gallery(pictures, caption, columns=4))
    if not blocks:
        return ()
    return (
        Text(
            "The judged images on which the model was surest and wrong, at the cut of single images. Look for what they share: a "
            "marker, a projection, a wrong label. A label that is wrong makes the model look worse than it is."
        ),
        *blocks,
    )


def quality_blocks(f: Findings) -> tuple[Block, ...]:
    """The figures behind the verdicts; () where it was not asked."""
    told = f.analysis.get("explanations")
    if told is None:
        return ()
    return (Text(_removed(told)), _curves(told), Text(_sums(told)), _alike(told))


def _how(told: Mapping[str, Any]) -> str:
    images = f"{told['images']:,} test images"
    which = "that the model found, drawn at random" if told["what"] == "found" else "with the highest scores"
    networks = "the network" if told["networks"] == 1 else f"all {told['networks']} networks together"
    return (
        f"Three maps were made of {images} {which}, each of {networks}. Grad-CAM (place by place, as HiResCAM) shows which places "
        "of an inner layer add to the score. SHAP values (by integrated gradients) say how much each pixel added when the blurred "
        "image became sharp. LIME blurs squares of the image at random and fits a straight line to the answers. A map is only "
        "worth looking at if it passes tests: does it point at the true lesion, does the score fall when what it names is taken "
        "away, and does it change when the network no longer knows anything?"
    )


def _scores(told: Mapping[str, Any]) -> Table:
    """One row a method, each test with its verdict, and what knowing nothing would give."""
    head = ["Map"]
    pointed = told["chance"] is not None
    if pointed:
        head.append("Points at the lesion")
    head += [
        f"Probability without its top {_percent(told['at'])}",
        "Fall beyond a random map’s",
        "The same top with shuffled weights",
    ]
    rows = []
    place = told["shares"].index(told["at"])
    for name, one in told["methods"].items():
        cells = [_METHODS[name]]
        if pointed:
            cells.append(_span(one["pointing"], 100, 0, " %"))
        cells += [f"{one['deleted'][place]:.3f}", _span(one["gain"], 1, 3), _percent(one["shuffled"])]
        rows.append(tuple(cells))
    contrast, random = told["contrast"], told["random"]
    seen = [_span(contrast["pointing"], 100, 0, " %")] if pointed else []
    rows.append((_CONTRAST, *seen, f"{contrast['deleted'][place]:.3f}", "", ""))
    rows.append((_RANDOM, *([_percent(told["chance"])] if pointed else ()), f"{random['deleted'][place]:.3f}", "", ""))
    caption = f"The tests of the maps, with intervals over images; the mean probability of whole images is {told['whole']:.3f}"
    return Table(caption, tuple(head), tuple(rows), (False, *(True,) * (len(head) - 1)))


def _obvious(told: Mapping[str, Any]) -> bool:
    """Whether contrast alone points about as well as the best map does."""
    best = max((one["pointing"] for one in told["methods"].values()), key=lambda pointing: pointing["value"])
    return bool(told["contrast"]["pointing"]["value"] >= best["low"])


def _failures(name: str, told: Mapping[str, Any]) -> list[str]:
    """What a map did not pass, a sentence each."""
    one, method = told["methods"][name], _METHODS[name]
    out = []
    if not one["faithful"]:
        out.append(
            f"{method} is not faithful: blurring the tenth of the image that it names moves the probability no more than blurring "
            "any other tenth. Do not read it as the reason."
        )
    if one["points"] is False:
        out.append(
            f"{method} does not point at the lesion: its strongest place lies there in {_percent(one['pointing']['value'])} of "
            f"the images, chance being {_percent(told['chance'])}."
        )
    if not one["sound"]:
        out.append(
            f"{method} hardly changes when the network’s weights are shuffled ({_percent(one['shuffled'])} of what either names is "
            "named by both): it shows the image, not what the model learnt."
        )
    if name == "shap" and not told["additivity"]["holds"]:
        out.append(
            f"The SHAP values do not add up: they miss {_percent(told['additivity']['mean'])} of the difference that they are to "
            "explain. Give explaining.steps a larger number."
        )
    if name == "lime" and told["line"]["r2"] < 0.3:
        out.append(
            f"LIME’s straight line explains only {_percent(told['line']['r2'])} of the scores nearby: do not read its weights."
        )
    return out


def _removed(told: Mapping[str, Any]) -> str:
    return (
        "Pixels are taken away by blurring them, those that a map names first; the other way round, all are blurred but those. If a "
        "map is right, the probability falls quickly in the first and rises quickly in the second. The random map is smooth as "
        "well, so that it differs from the others only in knowing nothing of the image."
    )


def _curves(told: Mapping[str, Any]) -> Table:
    shares = [_percent(share) for share in told["shares"]]
    head = ("Map", *(f"{share} blurred" for share in shares), *(f"only {share} sharp" for share in shares))
    named = {_METHODS[name]: one for name, one in told["methods"].items()} | {
        _CONTRAST: told["contrast"],
        _RANDOM: told["random"],
    }
    rows = tuple((name, *(f"{p:.2f}" for p in (*one["deleted"], *one["inserted"]))) for name, one in named.items())
    caption = f"Mean probability when parts of an image are taken away or left alone; of whole images it is {told['whole']:.2f}"
    return Table(caption, head, rows, (False, *(True,) * (len(head) - 1)))


def _sums(told: Mapping[str, Any]) -> str:
    added, line = told["additivity"], told["line"]
    return (
        f"SHAP values are to add up to the difference in score between the image and its blurred self; they miss "
        f"{100 * added['mean']:.1f} % of it on average and {100 * added['most']:.1f} % at most, which is the error of the sum. "
        f"LIME’s line explains {_percent(line['r2'])} of the variation of the score around an image, and two halves of its "
        f"samples name {_percent(line['overlap'])} of the same squares. Where two maps differ, neither is the truth: they answer "
        "different questions."
    )


def _alike(told: Mapping[str, Any]) -> Table:
    rows = tuple(
        (f"{_METHODS[pair['first']]} and {_METHODS[pair['second']]}", f"{pair['rank']:.2f}", _percent(pair["overlap"]))
        for pair in told["agreement"]
    )
    head = ("Maps", "Rank correlation of places", "Common part of their top tenths")
    caption = "How far the maps tell the same story; the top tenths of two random maps have 5 % in common"
    return Table(caption, head, rows, (False, True, True))


def _row(f: Findings, case: Mapping[str, Any]) -> list[Picture]:
    """The image alone, then with each map over it."""
    kind = _KINDS[case["kind"]]
    film = f.picture(f"explained_{case['kind']}_film.png")
    lesion = f" The lesion lies {_at(case['lesion'])}." if case["lesion"] else ""
    alone = Picture(
        film, f"{kind}: {case['name']}", f"{kind}: the image {case['name']}, labelled {case['label']}.{lesion}"
    )
    return [
        alone,
        *(
            Picture(
                film,
                f"{_METHODS[name]}: {_LEGENDS[name]}",
                f"{kind}, {_METHODS[name]} over the image {case['name']}: strongest {_at(place)}.{lesion}",
                f.picture(f"explained_{case['kind']}_{name}.png"),
            )
            for name, place in case["where"].items()
        ),
    ]


def _wrong(f: Findings, one: Mapping[str, Any]) -> Picture:
    """One error, with the map over it."""
    words = f"{_KINDS[one['kind']]}: {one['name']}, labelled {one['label']}, probability {one['probability']:.3f}"
    return Picture(
        f.picture(f"{one['picture']}_film.png"),
        f"{one['name']} · {one['label']} · probability {one['probability']:.3f}",
        words,
        f.picture(f"{one['picture']}_gradcam.png"),
    )


def _decided(cases: list[Mapping[str, Any]], f: Findings) -> Table:
    rows = tuple(
        (
            _KINDS[case["kind"]],
            case["name"],
            case["label"],
            f"{case['probability']:.3f}",
            "flagged" if case["acted"] else "not flagged",
            ", ".join(f"{_METHODS[name]} {place}" for name, place in case["where"].items()),
            case["lesion"] or "",
        )
        for case in cases
    )
    head = ["Image", "File", "Label", "Probability", "Decision", "Strongest place", "Lesion"]
    return Table("The four images", tuple(head), rows, (False, False, False, True, False, False, False))


def _at(place: str) -> str:
    return f"in the {place}" if place == "centre" else f"at the {place}"


def _span(figure: Mapping[str, Any], times: float, digits: int, unit: str = "") -> str:
    """ "85 % (71 to 93)"; without its interval where there is none."""
    value, low, high = (figure[key] for key in ("value", "low", "high"))
    if low is None:
        return f"{times * value:.{digits}f}{unit}"
    return f"{times * value:.{digits}f}{unit} ({times * low:.{digits}f} to {times * high:.{digits}f})"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"
