"""Files that are brought: in a .zip, a folder or alone, and only the publisher's bytes."""

import io
import zipfile
from pathlib import Path

import pytest

from casestudies.datasets import DataFile, fetch
from casestudies.datasets.workbook import second_row_as_header
from casestudies.errors import DataError, UsageError

FIRST, SECOND = b"a;b\n1;2\n" * 50, b"title\nx\n"
WORKBOOK = Path(__file__).with_name("two_headers.xls")


@pytest.fixture
def pair(make_set, digest):
    return make_set(
        None,
        DataFile("first.csv", digest(FIRST), len(FIRST), "inner/first.csv"),
        DataFile("second.csv", digest(SECOND), len(SECOND), "inner/second.csv"),
    )


def packed(path, members, way=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", way) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize("around", ["inner/", "", "some/other/"])
def test_an_archive_is_unpacked_by_the_names_of_its_members(pair, tmp_path, around):
    brought = packed(tmp_path / "x.zip", {f"{around}first.csv": FIRST, f"{around}second.csv": SECOND, "more.txt": b"-"})
    done = fetch(pair, tmp_path / "data", source=brought)
    assert [path.read_bytes() for path in done.files] == [FIRST, SECOND]
    names = sorted(path.name for path in (tmp_path / "data" / "toy").iterdir())
    assert names == ["LICENCE.txt", "first.csv", "second.csv"]


def test_a_folder_is_as_good(pair, tmp_path):
    for name, content in (("first.csv", FIRST), ("second.csv", SECOND)):
        (tmp_path / name).write_bytes(content)
    assert [p.read_bytes() for p in fetch(pair, tmp_path / "data", source=tmp_path).files] == [FIRST, SECOND]


def test_one_file_of_two_is_said(pair, tmp_path):
    (tmp_path / "first.csv").write_bytes(FIRST)
    with pytest.raises(DataError, match="is one file, and first.csv, second.csv are needed"):
        fetch(pair, tmp_path / "data", source=tmp_path / "first.csv")
    with pytest.raises(DataError, match="holds no second.csv"):
        fetch(pair, tmp_path / "data", source=tmp_path)


def test_other_bytes_of_the_same_length_are_refused(pair, tmp_path):
    brought = packed(tmp_path / "x.zip", {"first.csv": FIRST, "second.csv": SECOND.replace(b"x", b"y")})
    with pytest.raises(DataError, match=r"is not second.csv as its publisher has it \(another checksum\)"):
        fetch(pair, tmp_path / "data", source=brought)
    assert not (tmp_path / "data" / "toy").exists()


@pytest.mark.parametrize(
    "name", ["../first.csv", "a/../../first.csv", "/etc/first.csv", "C:first.csv", "..\\first.csv"]
)
def test_a_member_that_leads_out_of_its_folder_is_refused(pair, tmp_path, name):
    brought = packed(tmp_path / "x.zip", {name: FIRST, "second.csv": SECOND})
    with pytest.raises(DataError, match="leads out of its folder"):
        fetch(pair, tmp_path / "data", source=brought)
    assert not list(tmp_path.glob("first.csv"))


def test_a_bomb_is_not_unpacked(pair, tmp_path):
    brought = packed(tmp_path / "x.zip", {"first.csv": bytes(200_000_000), "second.csv": SECOND})
    assert brought.stat().st_size < 400_000
    with pytest.raises(DataError, match=f"is larger than the {len(FIRST)} bytes that first.csv has"):
        fetch(pair, tmp_path / "data", source=brought)


def test_a_bomb_that_lies_about_its_size_is_not_unpacked(pair, tmp_path):
    brought = packed(tmp_path / "x.zip", {"first.csv": bytes(50_000_000), "second.csv": SECOND})
    true = (50_000_000).to_bytes(4, "little")
    brought.write_bytes(brought.read_bytes().replace(true, len(FIRST).to_bytes(4, "little")))
    with pytest.raises(DataError):
        fetch(pair, tmp_path / "data", source=brought)
    assert not (tmp_path / "data" / "toy").exists()


@pytest.mark.parametrize("cut", [10, 60, 200])
def test_a_damaged_archive_is_said(pair, tmp_path, cut):
    whole = packed(tmp_path / "x.zip", {"first.csv": FIRST, "second.csv": SECOND}).read_bytes()
    spoilt = bytearray(whole)
    spoilt[40 : 40 + cut] = bytes(cut)
    (tmp_path / "x.zip").write_bytes(bytes(spoilt))
    with pytest.raises(DataError):
        fetch(pair, tmp_path / "data", source=tmp_path / "x.zip")
    (tmp_path / "x.zip").write_bytes(whole[:-cut])
    with pytest.raises(DataError):
        fetch(pair, tmp_path / "data", source=tmp_path / "x.zip")


def test_arrays_are_a_file_though_they_are_packed_as_zip(make_set, digest, tmp_path):
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("train_images.npy", b"...")
    wanted = make_set(None, DataFile("films.npz", digest(held.getvalue())))
    (tmp_path / "films (1).npz").write_bytes(held.getvalue())
    assert fetch(wanted, tmp_path / "data", source=tmp_path / "films (1).npz").files[0].name == "films.npz"
    packed(tmp_path / "wrong.npz", {"train_images.npy": b"other"})
    with pytest.raises(DataError, match="another checksum"):
        fetch(wanted, tmp_path / "elsewhere", source=tmp_path / "wrong.npz")


def test_a_downloaded_array_is_not_unpacked(publisher, make_set, digest, tmp_path):
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("train_images.npy", b"...")
    publisher.content = held.getvalue()
    wanted = make_set(publisher.address, DataFile("films.npz", digest(held.getvalue())))
    assert fetch(wanted, tmp_path).files[0].read_bytes() == held.getvalue()


def test_a_downloaded_archive_is_checked_and_unpacked(publisher, make_set, digest, tmp_path):
    archive = packed(tmp_path / "x.zip", {"first.csv": FIRST}).read_bytes()
    publisher.content = archive
    wanted = make_set(
        publisher.address,
        DataFile("first.csv", digest(FIRST), len(FIRST)),
        archive=DataFile("x.zip", digest(archive), len(archive)),
    )
    assert fetch(wanted, tmp_path / "data").files[0].read_bytes() == FIRST
    publisher.content = packed(tmp_path / "y.zip", {"first.csv": FIRST}, zipfile.ZIP_STORED).read_bytes()[
        : len(archive)
    ]
    with pytest.raises(DataError):  # the archive is another one, whatever is in it
        fetch(wanted, tmp_path / "more")


def test_another_file_in_the_place_is_kept_unless_it_is_to_go(pair, tmp_path):
    brought = packed(tmp_path / "x.zip", {"first.csv": FIRST, "second.csv": SECOND})
    place = tmp_path / "data" / "toy" / "first.csv"
    place.parent.mkdir(parents=True)
    place.write_text("mine")
    with pytest.raises(UsageError, match="is there already and is not the publisher's file; --force replaces it"):
        fetch(pair, tmp_path / "data", source=brought)
    assert place.read_text() == "mine"
    fetch(pair, tmp_path / "data", source=brought, force=True)
    assert place.read_bytes() == FIRST


def test_nothing_is_written_when_a_later_file_is_wrong(pair, tmp_path):
    brought = packed(tmp_path / "x.zip", {"first.csv": FIRST, "second.csv": b"wrong"})
    place = tmp_path / "data" / "toy" / "first.csv"
    place.parent.mkdir(parents=True)
    place.write_text("mine")
    with pytest.raises(DataError):
        fetch(pair, tmp_path / "data", source=brought, force=True)
    assert place.read_text() == "mine"


def test_a_file_that_is_not_there_is_said(pair, tmp_path):
    with pytest.raises(DataError, match="there is no file"):
        fetch(pair, tmp_path / "data", source=tmp_path / "x.zip")


def test_an_old_workbook_becomes_a_table_below_its_second_header(make_set, digest, tmp_path):
    content = WORKBOOK.read_bytes()
    wanted = make_set(
        None, DataFile("book.xls", digest(content), len(content)), made=(("book.csv", second_row_as_header),)
    )
    done = fetch(wanted, tmp_path, source=WORKBOOK)
    lines = (tmp_path / "toy" / "book.csv").read_text().splitlines()
    assert done.files[1] == tmp_path / "toy" / "book.csv"
    assert lines[:2] == ["ID,LIMIT_BAL,AGE,default.payment.next.month", "1,20000,24,1"]
    assert lines[-1] == "3,-1500.5,37,0"
    (tmp_path / "toy" / "book.csv").unlink()  # made again from what is there, nothing needs to be brought
    assert fetch(wanted, tmp_path).new
    assert (tmp_path / "toy" / "book.csv").read_text().splitlines() == lines


def test_what_is_no_workbook_is_said(tmp_path):
    (tmp_path / "book.xls").write_bytes(b"\xd0\xcf\x11\xe0" + bytes(600))
    with pytest.raises(DataError, match="cannot be opened"):
        second_row_as_header(tmp_path / "book.xls")


def test_a_file_that_is_far_too_large_is_not_read_on(make_set, digest, tmp_path):
    with (tmp_path / "first.csv").open("wb") as file:
        file.truncate(40_000_000_000)  # sparse: it takes no room, and copying it would
    wanted = make_set(None, DataFile("first.csv", digest(FIRST), len(FIRST)))
    with pytest.raises(DataError, match=f"is larger than the {len(FIRST)} bytes"):
        fetch(wanted, tmp_path / "data", source=tmp_path / "first.csv")
