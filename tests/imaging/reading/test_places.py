"""Folders, archives, and what the names of files say."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from casestudies.errors import DataError
from casestudies.imaging.reading.layout import laid_out
from casestudies.imaging.reading.matching import matched
from casestudies.imaging.reading.patients import pseudonyms


class TestLayout:
    def test_folders_named_after_classes(self):
        layout = laid_out(["benign/1.png", "benign/2.png", "malignant/1.png"])
        assert layout.classes == {"benign/1.png": "benign", "benign/2.png": "benign", "malignant/1.png": "malignant"}
        assert not layout.parts

    def test_parts_above_classes_in_one_folder(self):
        names = [
            "chest/train/NORMAL/1.jpeg",
            "chest/train/PNEUMONIA/2.jpeg",
            "chest/val/NORMAL/3.jpeg",
            "chest/test/NORMAL/4.jpeg",
        ]
        layout = laid_out(names)
        assert list(layout.parts.values()) == ["train", "train", "validation", "test"]
        assert list(layout.classes.values()) == ["NORMAL", "PNEUMONIA", "NORMAL", "NORMAL"]

    def test_one_folder_says_nothing(self):
        assert not laid_out(["films/1.png", "films/2.png"]).classes

    def test_files_beside_folders_have_no_class(self):
        assert not laid_out(["1.png", "ill/2.png"]).classes

    def test_masks_beside_and_in_a_folder_of_their_own(self):
        names = ["b/b (1).png", "b/b (1)_mask.png", "b/b (1)_mask_1.png", "c/2.png", "masks/c/2.png", "x_mask.png"]
        layout = laid_out(names)
        assert layout.masks == {
            "b/b (1).png": ("b/b (1)_mask.png", "b/b (1)_mask_1.png"),
            "c/2.png": ("masks/c/2.png",),
        }
        assert layout.images == ("b/b (1).png", "c/2.png", "x_mask.png")  # the mask of no image is an image


class TestMatching:
    def test_as_written(self):
        assert matched(["b.png", "a.png", "c.png"], ["a.png", "b.png"]) == (["b.png", "a.png", None], "")

    def test_folders_case_and_endings(self):
        names = ["ill/A.PNG", "well/B.png", "C.dcm"]
        assert matched(["a.png", "data\\well\\b.png", "c"], names)[0] == names

    def test_of_several_none(self):
        assert matched(["1.png"], ["ill/1.png", "well/1.png"])[0] == [None]
        assert matched(["ill/1.png"], ["x/ill/1.png", "x/well/1.png"])[0] == ["x/ill/1.png"]

    def test_a_number_with_points_has_no_ending(self):
        assert matched(["1.2.840.9"], ["1.2.840.1"])[0] == [None]

    @given(st.lists(st.text("ab/.", min_size=1, max_size=6), unique=True, max_size=6))
    def test_a_name_as_written_always_means_itself(self, names):
        plain = [name for name in names if not name.startswith((".", "/"))]
        assert matched(plain, plain)[0] == plain


class TestPseudonyms:
    def test_one_each_in_the_order_of_the_ids(self):
        assert list(pseudonyms(["b", "a", "b"])) == ["p0002", "p0001", "p0002"]

    def test_an_image_without_an_id_is_its_own_patient(self):
        assert list(pseudonyms(["", "a", ""])) == ["p0002", "p0001", "p0003"]

    def test_the_same_whatever_the_order_of_the_rows(self):
        ids = np.array([f"id{n % 40}" for n in range(90)])
        shuffled = np.random.default_rng(0).permutation(90)
        np.testing.assert_array_equal(pseudonyms(ids)[shuffled], pseudonyms(ids[shuffled]))


class TestArchives:
    def test_a_zip_reads_as_its_folder(self, shelf, read, tmp_path_factory):
        folder = shelf()
        path = tmp_path_factory.mktemp("zip") / "films.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in sorted(folder.iterdir()):
                archive.write(file, f"set/{file.name}")
            archive.writestr("__MACOSX/set/._f00.png", b"junk")
        plain, packed = read(folder), read(path)
        np.testing.assert_array_equal(plain.films.pixels, packed.films.pixels)
        np.testing.assert_array_equal(plain.films.patient, packed.films.patient)
        assert [f"set/{name}" for name in plain.films.names] == list(packed.films.names)

    @pytest.mark.parametrize(
        "name", ["../evil.png", "/etc/evil.png", "a/../../evil.png", "C:/evil.png", "..\\evil.png"]
    )
    def test_a_name_that_leads_out_is_refused(self, name, tmp_path, read, png):
        path = tmp_path / "films.zip"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(name, png())
        with pytest.raises(DataError, match="a file whose name leads out of it"):
            read(path)

    def test_a_file_that_unpacks_to_far_more_is_skipped(self, tmp_path, read, png):
        path = tmp_path / "films.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("ill/bomb.pgm", b"P5 30000 1000 255\n" + bytes(30_000_000))
            archive.writestr("well/1.png", png())
        found = read(path, audit={"unread": 1.0})
        assert "unpacks to more than 1,000 times its size" in found.skipped[0].reason

    def test_a_damaged_archive(self, tmp_path, read):
        path = tmp_path / "films.zip"
        path.write_bytes(b"PK\x03\x04" + bytes(100))
        with pytest.raises(DataError, match="the .zip archive is damaged"):
            read(path)

    def test_a_name_that_cannot_be_printed_is_skipped(self, shelf, read, png):
        folder = shelf(labels=None)
        for place in ("ill", "well"):
            (folder / place).mkdir()
            for number in range(12):
                (folder / f"f{number + 12 * (place == 'ill'):02d}.png").rename(folder / place / f"{number}.png")
        Path(os.fsdecode(bytes(folder / "ill") + b"/f\xff.png")).write_bytes(png())
        (folder / "ill" / "two\nlines.png").write_bytes(png())
        found = read(folder, audit={"unread": 0.5})
        assert len(found.films) == 24
        assert sorted(skipped.name for skipped in found.skipped) == ["ill/f\\udcff.png", "ill/two\\nlines.png"]

    def test_a_link_that_leads_out_of_the_folder_is_not_followed(self, shelf, read, tmp_path_factory, png):
        outside = tmp_path_factory.mktemp("outside") / "secret.png"
        outside.write_bytes(png())
        folder = shelf()
        (folder / "f03.png").unlink()
        (folder / "f03.png").symlink_to(outside)
        found = read(folder)
        assert [(skipped.name, skipped.reason) for skipped in found.skipped] == [
            ("f03.png", "a link that leads out of the folder")
        ]
