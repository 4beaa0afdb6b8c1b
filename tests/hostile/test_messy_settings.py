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


# name: (a setting of the report, words of the line)
PARTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "a date that is none": ("report.date=soon", ("report.date", "'soon'")),
    "a logo that is none": ("report.logo=text.txt", ("report.logo", "not a PNG")),
    "no logo": ("report.logo=nowhere.png", ("report.logo", "no file")),
    "fonts of no folder": ("report.fonts=nowhere", ("report.fonts", "no folder")),
    "a folder without fonts": ("report.fonts=.", ("report.fonts", "no font")),
    "notes of no section": ("report.notes=text.txt", ("text.txt, line 1", "## limits")),
    "notes that are bytes": ("report.notes=bytes.bin", ("bytes.bin", "UTF-8")),
    "a folder of notes": ("report.notes=.", ("report.notes", "no file")),
}


@pytest.mark.parametrize("name", PARTS)
def test_a_report_that_cannot_be_printed_is_said_before_the_training(name, tmp_path, monkeypatch, capfd):
    setting, words = PARTS[name]
    monkeypatch.chdir(tmp_path)
    (tmp_path / "text.txt").write_text("words without a heading\n")
    (tmp_path / "bytes.bin").write_bytes(bytes(range(256)))
    code = cli.main(["run", "credit", "--no-progress", "--out", "runs", "--set", "demo.rows=300", "--set", setting])
    assert code == ExitCode.CONFIG
    line = one_line_of(capfd)
    for word in words:
        assert word in line, line
    assert not (tmp_path / "runs").exists()


ODD = "caf\udce9"  # the byte E9 of Latin-1, as Python tells of it


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_table_whose_name_is_not_utf8_is_read_or_refused_in_one_line(ending, tmp_path, capfd):
    import pandas as pd

    path = tmp_path / f"{ODD}.{ending}"
    frame = pd.DataFrame({"a": [row % 7 for row in range(60)], "bad": ["yes", "no"] * 30})
    with path.open("wb") as file:
        frame.to_csv(file, index=False) if ending == "csv" else frame.to_parquet(file, index=False)
    words = ["--data", str(path), "--set", "data.target=bad", "--set", "data.positive=yes"]
    code = cli.main(["check", "credit", *words])
    if ending == "parquet":
        assert code == ExitCode.DATA
        assert "not UTF-8" in one_line_of(capfd)
        return
    assert code == ExitCode.DONE
    told = capfd.readouterr().out
    assert told.replace("\n", "").isprintable()
    assert "60 rows" in told


def test_a_folder_of_runs_whose_name_is_not_utf8_is_refused_before_the_training(tmp_path, capfd):
    runs = tmp_path / ODD
    assert cli.main(["run", "credit", "--no-progress", "--out", str(runs), "--set", "demo.rows=300"]) == ExitCode.BUSY
    line = one_line_of(capfd)
    assert "not UTF-8" in line
    assert r"caf\udce9" in line
    assert not runs.exists()


def test_a_file_of_scores_whose_name_is_not_utf8_is_refused_in_one_line(small_run, tmp_path, capfd):
    from casestudies.workflow.load import demo_csv
    from casestudies.workflow.studies import get_study

    data = tmp_path / "new.csv"
    data.write_bytes(demo_csv(get_study("credit").demo(50, 1).frame))
    where = ["--runs", str(small_run.path.parents[1])]
    out = tmp_path / f"{ODD}.parquet"
    assert cli.main(["predict", small_run.id, "--data", str(data), "--out", str(out), *where]) == ExitCode.USAGE
    assert "not UTF-8" in one_line_of(capfd)
    assert not out.exists()
