"""Files over the network: whole or not at all, from where they stopped, never from elsewhere than asked."""

import dataclasses
import errno
from pathlib import Path

import pytest

from casestudies.datasets import download as downloads
from casestudies.datasets import fetch
from casestudies.datasets.download import download
from casestudies.errors import CaseError, DataError, UsageError


def fetched(wanted, folder, **more):
    return fetch(wanted, folder, **more).files[0]


def test_a_file_arrives_whole_with_its_licence_and_progress(publisher, one_file, tmp_path):
    shares = []
    done = fetch(one_file, tmp_path, on_event=lambda event: shares.append((event.stage, event.fraction)))
    assert done.files == (tmp_path / "toy" / "table.csv",)
    assert done.files[0].read_bytes() == publisher.content
    assert "Licence: CC0" in (tmp_path / "toy" / "LICENCE.txt").read_text()
    assert ("downloading", 1.0) in shares
    assert sorted(path.name for path in (tmp_path / "toy").iterdir()) == ["LICENCE.txt", "table.csv"]


def test_a_second_fetch_asks_for_nothing(publisher, one_file, tmp_path):
    fetch(one_file, tmp_path)
    assert not fetch(one_file, tmp_path).new
    assert len(publisher.asked) == 1


def test_a_broken_connection_goes_on_where_it_stopped(publisher, one_file, tmp_path):
    publisher.cuts = [100_000, 50_000]
    assert fetched(one_file, tmp_path).read_bytes() == publisher.content
    assert publisher.asked == ["", "bytes=100000-", "bytes=150000-"]


def test_the_next_command_goes_on_where_the_last_one_stopped(publisher, one_file, tmp_path):
    publisher.cuts = [90_000, 0]
    with pytest.raises(DataError, match="broke after 90,000 bytes; run the same command again"):
        fetch(one_file, tmp_path)
    assert not (tmp_path / "toy" / "table.csv").exists()
    assert fetched(one_file, tmp_path).read_bytes() == publisher.content
    assert publisher.asked[-1] == "bytes=90000-"


def test_a_server_that_sends_no_rest_is_asked_for_all(publisher, one_file, tmp_path):
    publisher.ranges, publisher.cuts = False, [100_000]
    assert fetched(one_file, tmp_path).read_bytes() == publisher.content
    assert publisher.asked == ["", "bytes=100000-"]


def test_the_rest_of_another_version_is_not_appended(publisher, one_file, tmp_path):
    publisher.cuts = [100_000, 0]
    publisher.content = b"x" * len(publisher.content)
    with pytest.raises(DataError, match="broke"):
        fetch(one_file, tmp_path)
    publisher.content, publisher.tag, publisher.cuts = one_file_content(), '"v2"', []
    assert fetched(one_file, tmp_path).read_bytes() == publisher.content


def one_file_content():
    return b"".join(b"%d;%d\n" % (i, i * i % 97) for i in range(40_000))


def test_what_is_longer_than_the_server_has_is_begun_anew(publisher, one_file, tmp_path):
    publisher.cuts = [100_000, 0]
    with pytest.raises(DataError, match="broke"):
        fetch(one_file, tmp_path)
    part = next((tmp_path / "toy").glob(".download"))
    part.write_bytes(b"z" * (len(publisher.content) + 5))
    assert fetched(one_file, tmp_path).read_bytes() == publisher.content  # after the server's 416


def test_other_bytes_are_refused_and_leave_nothing(publisher, one_file, tmp_path):
    publisher.content = publisher.content[:-2] + b"?\n"
    with pytest.raises(DataError, match="is not the file that is known"):
        fetch(one_file, tmp_path)
    assert not (tmp_path / "toy").exists()


def test_a_file_that_ends_early_without_a_length_is_refused(publisher, one_file, tmp_path):
    publisher.content, publisher.states_length = publisher.content[:-1], False
    with pytest.raises(DataError, match="is not the file that is known"):
        fetch(one_file, tmp_path)


@pytest.mark.parametrize("states_length", [True, False])
def test_a_huge_body_is_not_taken(publisher, one_file, tmp_path, states_length):
    publisher.content, publisher.states_length = publisher.content * 3, states_length
    with pytest.raises(DataError, match=f"is larger than the {one_file.files[0].size:,} bytes"):
        fetch(one_file, tmp_path)
    assert sum(path.stat().st_size for path in tmp_path.rglob("*") if path.is_file()) < 1.3 * one_file.files[0].size


@pytest.mark.parametrize("to", ["http://example.org/table.csv", "ftp://example.org/table.csv", "file:///etc/passwd"])
def test_a_redirect_leads_to_https_alone(publisher, one_file, tmp_path, to):
    publisher.redirect = to
    with pytest.raises(DataError, match="which is not https|Redirection"):
        fetch(one_file, tmp_path)


@pytest.mark.parametrize("address", ["http://example.org/a", "file:///etc/passwd", "ftp://example.org/a"])
def test_only_https_is_asked(address, tmp_path):
    with pytest.raises(DataError, match="which is not https"):
        download(address, tmp_path / "part", most=10)


def test_https_may_not_lead_to_this_computer():
    with pytest.raises(DataError, match="leads to 'http://127.0.0.1/a', which is not https"):
        downloads._checked("http://127.0.0.1/a", "https://example.org/a")


def test_redirects_in_a_circle_end(publisher, one_file, tmp_path):
    publisher.redirect = publisher.address
    with pytest.raises(CaseError):
        fetch(one_file, tmp_path)
    assert len(publisher.asked) <= 7


def test_an_answer_that_is_no_file_is_said(publisher, one_file, tmp_path):
    publisher.status = 404
    with pytest.raises(DataError, match=r"the server answers 404 .*; see the publisher's page"):
        fetch(one_file, tmp_path)


def test_without_a_connection_it_says_what_to_do(one_file, tmp_path, unused_port):
    nobody = dataclasses.replace(one_file, address=f"http://127.0.0.1:{unused_port}/table.csv")
    with pytest.raises(DataError) as error:
        fetch(nobody, tmp_path)
    assert "get table.csv from https://example.org/toy on another computer and run" in str(error.value)
    assert "data fetch toy --from table.csv" in str(error.value)


@pytest.fixture
def unused_port():
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_offline_asks_nobody(publisher, one_file, tmp_path):
    with pytest.raises(UsageError, match="CASESTUDIES_OFFLINE is set.*--from table.csv"):
        fetch(one_file, tmp_path, offline=True)
    assert publisher.asked == []


def test_a_login_is_said_with_page_and_file(one_file, tmp_path):
    with pytest.raises(UsageError, match="asks for a login; get table.csv from https://example.org/toy and run"):
        fetch(dataclasses.replace(one_file, address=None), tmp_path)


def test_a_full_disk_is_one_line_and_keeps_what_was_there(one_file, tmp_path, monkeypatch):
    real = Path.open

    class Full:
        def __init__(self, file):
            self._file = file

        def __enter__(self):
            self._file.__enter__()
            return self

        def __exit__(self, *error):
            return self._file.__exit__(*error)

        def write(self, data):
            raise OSError(errno.ENOSPC, "No space left on device")

    def full(path, mode="r", *more, **named):
        opened = real(path, mode, *more, **named)
        return Full(opened) if "b" in mode and ("w" in mode or "a" in mode) and path.name == ".download" else opened

    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(UsageError, match="the disk is full; free space, or choose another folder with --out"):
        fetch(one_file, tmp_path)
    assert not (tmp_path / "toy" / "table.csv").exists()


def test_a_folder_that_may_not_be_written_is_one_line(one_file, tmp_path):
    (tmp_path / "toy").write_text("a file in the way")
    with pytest.raises(UsageError, match="toy.*choose another folder with --out"):
        fetch(one_file, tmp_path)
