"""The report of a search: what it gained, what to set, how it went, what mattered, what it cannot say."""

from __future__ import annotations

from casestudies.report import Block, Code, Metric, Metrics, Note, Section, Table, Text
from casestudies.tuning import METHODS
from casestudies.workflow.tuned.findings import Findings
from casestudies.workflow.tuned.pictures import beside, history, importances, two_goals
from casestudies.workflow.tuned.words import gained, outlook, shares, signed, told_trials, trials, value_of, verdict


def sections(f: Findings) -> tuple[Section, ...]:
    """All of them. They only say what the folder holds."""
    return (_summary(f), _settings(f), _search(f), _importance(f), _limits(f), _reproduce(f))


def in_lines(f: Findings) -> list[str]:
    """The summary as plain lines, for a terminal: the verdict, both scores, what to do next."""
    lines = [f"{'SYNTHETIC DATA. ' if f.synthetic else ''}{verdict(f)}"]
    for item in _figures(f).items:
        lines.append(
            f"{item.label}: {item.value} ({item.interval})" if item.interval else f"{item.label}: {item.value}"
        )
    if f.found:
        lines += [f"{key}: {before} -> {after}" for key, before, after in _changes(f)]
    return [*lines, f"next: {_command(f)}" if f.found else "the settings can stay as they are"]


def _summary(f: Findings) -> Section:
    blocks: list[Block] = [_figures(f), Text(verdict(f)), *map(Text, _honest(f)), beside(f)]
    if len(f.goals) > 1:
        blocks += [two_goals(f), _front(f)]
    return Section("summary", "Summary", tuple(blocks))


def _figures(f: Findings) -> Metrics:
    """The honest figure first where there is one."""
    items = []
    nested, gain = f.tuning["nested"], f.tuning["gain"][f.lead.name]
    if nested is not None:
        comment = "on rows that had no part in the search"
        items.append(
            Metric("Gained, judged by outer folds", shares(nested["gain"]), signed(f.lead, nested["gain"]), comment)
        )
    items.append(
        Metric("Gained in cross-validation", shares(gain), signed(f.lead, gain), "on the folds it was chosen on")
    )
    for name, label in (("tuned", "tuned"), ("defaults", "as it was")):
        entry = f.metrics["models"][name][f.lead.name]
        items.append(Metric(f"{f.lead.label}, {label}", *value_of(f.lead, entry)))
    return Metrics(tuple(items))


def _honest(f: Findings) -> list[str]:
    """How much of the gain may be luck."""
    said, nested, apart = [], f.tuning["nested"], f.tuning["apart"]
    searched = len(f.tuning["trials"]) - f.tuning["first"]
    if nested is not None:
        said.append(
            f"The search was repeated inside {len(nested['tuned'])} outer parts of the rows, and each choice was judged on the "
            f"rest, beside the defaults: {gained(f.lead, nested['gain'], f.settings.interval.level)}."
        )
    if apart is not None and f.found and searched:
        said.append(
            f"The best of {trials(searched)} is partly the luckiest on these folds. Chosen anew without each fold and judged on "
            f"it, the choice {gained(f.lead, apart, f.settings.interval.level)}."
        )
    return said


def _front(f: Findings) -> Table:
    on = [one for one in f.tuning["trials"] if one["number"] in f.tuning["front"]]
    lead = f.lead
    on.sort(key=lambda one: lead.sign * one["mean"][lead.name])
    rows = []
    for one in on:
        mark = "proposed" if one["number"] == f.tuning["tuned"] else "the defaults" if one["first"] else ""
        settings = ", ".join(f"{key.rpartition('.')[2]} {_short(value)}" for key, value in one["point"].items())
        rows.append((mark, *(goal.said(one["mean"][goal.name]) for goal in f.goals), settings))
    return Table(
        "The front: no other trial is as good in every goal and better in one",
        ("", *(goal.label for goal in f.goals), "Settings"),
        tuple(rows),
        (False, *(True for _ in f.goals), False),
    )


def _settings(f: Findings) -> Section:
    if not f.found:
        text = "The search found nothing better than the settings as they are; tuned.yaml holds them unchanged."
        return Section("settings", "The settings to copy", (Text(text),))
    table = Table("What the search would change", ("Setting", "As it was", "Tuned"), tuple(_changes(f)))
    text = (
        "The run folder holds tuned.yaml, a config with every setting; those that the search chose are marked. A run with it "
        "judges these settings as any other, on rows that the search has not seen where the study holds rows out."
    )
    return Section("settings", "The settings to copy", (table, Text(text), Code(_command(f))))


def _changes(f: Findings) -> list[tuple[str, str, str]]:
    """(setting, before, after) of what the tuned trial sets; the defaults' own value where the space knows it."""
    before = {row["key"]: row["now"] for row in f.tuning["space"]} | f.trial("defaults")["point"]
    after = f.trial("tuned")["point"]
    rows = [(key, _short(before.get(key, "")), _short(value)) for key, value in after.items()]
    return [row for row in rows if row[1] != row[2]]


def _search(f: Findings) -> Section:
    asked = f.tuning["asked"]
    counts = told_trials(f)
    blocks: list[Block] = [
        Text(f"{f.tuning['sentence']} The method is {asked['method']}: {METHODS[asked['method']]}. {counts}"),
        history(f),
        *map(Text, outlook(f)),
        Table(
            "What was searched",
            ("Setting", "Range", "Exists where", "As it is set"),
            tuple((row["key"], row["range"], row["where"], row["now"]) for row in f.tuning["space"]),
        ),
        _best(f),
    ]
    failed = [one for one in f.tuning["trials"] if one["state"] == "failed"]
    if failed:
        blocks.append(Note(f"{len(failed)} trials could not be scored; the first: {failed[0]['why']}", "warning"))
    return Section("search", "The search", tuple(blocks))


def _best(f: Findings) -> Table:
    lead, level = f.lead, 10
    done = [one for one in f.tuning["trials"] if one["state"] == "done"]
    done.sort(key=lambda one: lead.sign * one["mean"][lead.name])
    places = {one["number"]: place for place, one in enumerate(f.tuning["trials"], 1)}
    rows = [
        (
            str(places[one["number"]]),
            *(goal.said(one["mean"][goal.name]) for goal in f.goals),
            ", ".join(f"{key.rpartition('.')[2]} {_short(value)}" for key, value in one["point"].items()),
        )
        for one in done[:level]
    ]
    caption = f"The best {len(rows)} trials; all of them are in trials.csv"
    flags = (True, *(True for _ in f.goals), False)
    return Table(caption, ("Trial", *(goal.label for goal in f.goals), "Settings"), tuple(rows), flags)


def _importance(f: Findings) -> Section:
    blocks: list[Block] = [
        Text(
            "How much of the differences between trials each setting explains, by a forest fitted to them (fANOVA). A setting "
            "with a small share could be left alone; a large one says nothing of which value is good."
        )
    ]
    for told in f.tuning["importance"]:
        within = ", ".join(f"{key.rpartition('.')[2]} {label}" for key, label in told["within"].items())
        where = f"Trials with {within}" if within else "All trials, settings that every one of them has"
        if told["why"]:
            blocks.append(Text(f"{where}: {told['why']}."))
        else:
            blocks.append(importances(told, where))
    return Section("importance", "Which settings mattered", tuple(blocks))


def _limits(f: Findings) -> Section:
    texts = [
        "A score in cross-validation that was used to choose flatters what it chose. The interval says how much folds vary, "
        "with the correction for folds that share rows; it says nothing of the choosing. A nested search does.",
        "Settings found on these rows are settings for rows like these.",
        *f.tuning["limits"],
    ]
    if any(goal.name == "seconds" for goal in f.goals):
        texts.append(
            "Seconds are processor time on one machine while it did other things: they differ from run to run, and so can the "
            "front that rests on them. Everything else is the same for the same seed."
        )
    if str(f.tuning["asked"]["budget"]).rstrip("0123456789."):
        texts.append("The budget was a time: another machine, or a busier one, ends with another number of trials.")
    return Section("limits", "Limits", tuple(map(Text, texts)))


def _reproduce(f: Findings) -> Section:
    asked = f.tuning["asked"]
    words = [f"casestudies tune {f.study.name} --config config.yaml", *(["--data FILE"] if f.data else [])]
    words += [f"--budget {asked['budget']}", f"--method {asked['method']}"]
    words += [f"--goal {name}" for name in asked["goals"]] + [f"--search '{text}'" for text in asked["search"]]
    words += [f"--nested {asked['nested']}"] if asked["nested"] else []
    rows = (
        ("Result", f.result["id"]),
        ("Data, SHA-256", f.profile["source"]["sha256"]),
        ("Seed", str(f.settings.seed)),
        ("Versions", ", ".join(f"{name} {version}" for name, version in f.result["versions"].items())),
    )
    text = (
        "The run folder holds config.yaml, the journal with every trial, and trials.csv. The same settings, data, versions and "
        "seed try the same points and find the same scores; a search that was stopped goes on where it was with --resume."
    )
    return Section(
        "reproduce",
        "How to reproduce",
        (Text(text), Code(" ".join(words)), Table("What the figures rest on", ("", "Value"), rows)),
    )


def _command(f: Findings) -> str:
    return f"casestudies run {f.study.name} --config tuned.yaml" + (" --data FILE" if f.data else "")


def _short(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
