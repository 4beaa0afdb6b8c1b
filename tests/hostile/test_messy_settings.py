"""Configs, settings and paths that make no sense: one line with the key or the path, and never a wait."""

from __future__ import annotations

import os
import signal

import pytest

from casestudies import cli
from casestudies.errors import ExitCode
from casestudies.runs import studies
from casestudies.workflow.studies import get_study

# name: (the config, words of the line)
CONFIGS: dict[str, tuple[bytes, tuple[str, ...]]] = {
    "a list": (b"- a\n", ("keys and values", "study: credit")),
    "a word": (b"hello", ("keys and values",)),
    "a tab": (b"data:\n\ttarget: bad\n", ("line 2", "check indentation")),
    "a quote never closed": (b'report: {author: "x\n', ("line 2", "quotes")),
    "a bracket never closed": (b"analyse: [a\nseed: 1\n", ("line", "check indentation")),
    "two documents": (b"seed: 1\n---\nseed: 2\n", ("line 2",)),
    "an alias": (b"a: &x 1\nb: *x\n", ("anchor or alias", "write the value out")),
    "aliases without end": (b"a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n", ("anchor or alias",)),
    "a tag that runs code": (b"report: !!python/object/apply:os.system ['id']\n", ("line 1", "not YAML")),
    "a tag of its own": (b"seed: !x 1\n", ("line 1", "'!x'")),
    "a number that is none": (b"seed: !!int x\n", ("not YAML",)),
    "a key twice": (b"seed: 1\nseed: 2\n", ("line 2, seed", "keep one")),
    "a key that is a number": (b"1: 2\n", ("line 1, 1", "in quotes")),
    "a key that is a list": (b"? [a]\n: 2\n", ("line 1", "key")),
    "a merge key": (b"<<: {seed: 1}\n", ("line 1, <<", "not a setting")),
    "bytes": (bytes(range(256)), ("not UTF-8", "save it as UTF-8")),
    "UTF-16": ("seed: 1\n".encode("utf-16"), ("not UTF-8",)),
    "Latin-1": ("frame: {goal: Gärten}\n".encode("latin-1"), ("not UTF-8 text (byte 15)",)),
    "a NUL": (b"seed: \0\n", ("not YAML",)),
    "a table in its place": (b"id,bad\n" * 200_000, ("1,000,000 bytes",)),
    "lists without end": (b"analyse: " + b"[" * 5000, ("nested too deeply",)),
    "an integer without end": (b"seed: " + b"9" * 5000 + b"\n", ("c.yaml",)),
    "a section misspelt": (b"modle: {}\n", ("line 1, modle", "'model'")),
    "a key misspelt": (b"split: {tset: 0.3}\n", ("line 1, split.tset", "'test'")),
    "a key without end": (b"split: {" + b"t" * 900 + b": 1}\n", ("line 1, split.ttt", "not a setting")),
    "another study": (b"study: house_prices\n", ("line 1, study", "'credit'")),
    "a negative seed": (b"seed: -1\n", ("line 1, seed", "0")),
    "a seed with a fraction": (b"seed: 1.5\n", ("line 1, seed", "integer")),
    "a date for a seed": (b"seed: 2024-01-01\n", ("line 1, seed", "integer")),
    "a threshold of everything": (b"interval: {level: 1.0}\n", ("line 1, interval.level", "less than")),
    "not a number": (b"interval: {level: nan}\n", ("line 1, interval.level", "nan")),
    "threads of nothing": (b"run: {threads: 0}\n", ("line 1, run.threads", "1")),
    "a format of no report": (b"report: {formats: [docx]}\n", ("line 1, report.formats", "'pdf'")),
}  # fmt: skip


@pytest.mark.parametrize("name", CONFIGS)
def test_a_config_that_makes_no_sense_gets_one_line(name, tmp_path, capfd):
    content, words = CONFIGS[name]
    (tmp_path / "c.yaml").write_bytes(content)
    runs = tmp_path / "runs"
    code = cli.main(["run", "credit", "--config", str(tmp_path / "c.yaml"), "--no-progress", "--out", str(runs)])
    assert code == ExitCode.CONFIG
    line = one_line_of(capfd)
    for word in words:
        assert word in line, line
    assert not list(runs.glob("*/*"))


def one_line_of(capfd) -> str:
    """What was said: one printable line of some length, on standard error alone."""
    said = capfd.readouterr()
    line = said.err.strip()
    assert not said.out
    assert line.isprintable(), line
    assert 0 < len(line) < 500, line
    assert "our fault" not in line
    return line


SECTIONS = [(study, key) for study in studies() for key in get_study(study).settings.model_fields if key != "seed"]
WRONG = ("5", "x", "[1]", "{bogus: 1}")


@pytest.mark.parametrize(("study", "key"), SECTIONS)
def test_no_section_of_any_study_takes_what_is_of_another_type(study, key, capfd):
    for value in WRONG:
        assert cli.main(["check", study, "--set", f"{key}={value}"]) == ExitCode.CONFIG, value
        assert key in one_line_of(capfd)


# name: (arguments behind `check credit`, exit code, words)
ARGUMENTS: dict[str, tuple[list[str], ExitCode, tuple[str, ...]]] = {
    "no value": (["--set", "seed"], ExitCode.CONFIG, ("'seed'", "key=value")),
    "no key": (["--set", "=1"], ExitCode.CONFIG, ("'=1'", "key=value")),
    "an empty part": (["--set", "a..b=1"], ExitCode.CONFIG, ("'a..b=1'",)),
    "a key of 2,000 parts": (["--set", ".".join("a" * 2000) + "=1"], ExitCode.CONFIG, ("key=value",)),
    "a list never closed": (["--set", "seed=[1"], ExitCode.CONFIG, ("'seed'", "in quotes")),
    "a tag": (["--set", "seed=!!python/object/apply:os.system [id]"], ExitCode.CONFIG, ("'seed'",)),
    "a list of itself": (["--set", "analyse=&a [*a]"], ExitCode.CONFIG, ("analyse",)),
    "no config": (["--config", "nowhere.yaml"], ExitCode.CONFIG, ("nowhere.yaml", "check the path")),
    "a folder for a config": (["--config", "/"], ExitCode.CONFIG, ("directory",)),
    "a device for a config": (["--config", "/dev/zero"], ExitCode.CONFIG, ("zero", "device")),
    "nothing for data": (["--data", ""], ExitCode.DATA, ("--data", "no file")),
    "a folder for data": (["--data", "/"], ExitCode.DATA, ("folder",)),
    "a device for data": (["--data", "/dev/zero"], ExitCode.DATA, ("--data", "device")),
    "an address of the web": (["--data", "https://example.org/x.csv"], ExitCode.DATA, ("--data", "no file")),
    "the home of nobody": (["--data", "~nobody-at-all/x.csv"], ExitCode.DATA, ("--data", "no file")),
    "a name without end": (["--data", "x" * 5000], ExitCode.DATA, ("--data", "check the path")),
    "a name with a NUL": (["--data", "a\0b.csv"], ExitCode.DATA, (r"'a\x00b.csv'",)),
    "a name of two lines": (["--data", "a\nb.csv"], ExitCode.DATA, (r"'a\nb.csv'",)),
    "a name that is not UTF-8": (["--data", "caf\udce9.csv"], ExitCode.DATA, (r"'caf\udce9.csv'",)),
    "a file for a folder": (["--data", "/etc/hosts/x.csv"], ExitCode.DATA, ("--data", "no file")),
}  # fmt: skip


@pytest.mark.parametrize("name", ARGUMENTS)
def test_an_argument_that_makes_no_sense_gets_one_line(name, tmp_path, monkeypatch, capfd):
    arguments, wanted, words = ARGUMENTS[name]
    monkeypatch.chdir(tmp_path)
    assert cli.main(["check", "credit", *arguments]) == wanted
    line = one_line_of(capfd)
    for word in words:
        assert word in line, line


@pytest.mark.parametrize("study", studies())
@pytest.mark.parametrize("kind", ["a pipe", "a loop of links", "a link to nothing", "a folder that is closed"])
def test_a_path_that_leads_nowhere_is_never_waited_for(study, kind, tmp_path, capfd):
    path = tmp_path / "table.csv"
    if kind == "a pipe":
        os.mkfifo(path)
    elif kind == "a folder that is closed":
        if os.geteuid() == 0:
            pytest.skip("the superuser may enter every folder")
        (tmp_path / "closed").mkdir(mode=0)
        path = tmp_path / "closed" / "table.csv"
    else:
        path.symlink_to(path if kind == "a loop of links" else tmp_path / "none.csv")
    signal.alarm(60)  # ends the test where it would wait for ever
    try:
        assert cli.main(["check", study, "--data", str(path)]) == ExitCode.DATA
    finally:
        signal.alarm(0)
    assert "table.csv" in one_line_of(capfd)
