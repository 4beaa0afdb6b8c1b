"""A folder with a table of labels to `Films`: what is taken from where, and what is said of it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from casestudies.errors import ConfigError, DataError
from casestudies.imaging.reading import lesion_words, read_films, read_new


def warned(found) -> str:
    return "\n".join(map(str, found.problems))


class TestTable:
    def test_labels_patients_and_columns_by_their_names(self, shelf, read):
        found = read(
            shelf(site=["A", "B"] * 12, age=[str(40 + n) for n in range(24)]),
            data={"positive": "ill", "history": ["age"]},
        )
        films = found.films
        assert films.classes == ("well", "ill")
        assert list(films.label) == [int(n % 3 == 0) for n in range(24)]
        assert films.patient[0] == films.patient[1] == "p0001"
        assert films.patients_known
        assert films.history == ("age",)
        assert films.groups == ("site", "age")  # by their names, and said
        assert films.table["age"].dtype == np.float64
        assert "figures are told by `site`, `age`" in found.notes
        assert found.columns == {"file": "file", "label": "label", "patient": "patient", "site": "site", "age": "age"}
        assert not found.problems.errors

    def test_columns_of_another_name_are_guessed_and_said(self, shelf, read, tmp_path):
        path = shelf(labels=None)
        rows = "".join(f"{(n % 2 and 'ill') or 'well'};F{n:02d};{n // 2}\n" for n in range(24))
        table = tmp_path / "my table.txt"
        table.write_bytes(("Diagnosis;Image ID;Subject\n" + rows).encode("utf-16"))
        found = read(path, table)
        assert found.columns == {"label": "Diagnosis", "file": "Image ID", "patient": "Subject"}
        assert "`Diagnosis` is taken as the label, by words of a synonym" in found.notes
        assert "images are found without their endings" in found.notes
        assert len(found.films) == 24

    def test_nothing_else_of_the_table_is_kept(self, shelf, read):
        found = read(shelf(name=["Anna Miller"] * 24, born=["1961-04-02"] * 24, site=["A", "B"] * 12))
        assert list(found.films.table) == ["site"]

    def test_images_without_a_row_and_rows_without_an_image(self, shelf, read, png):
        folder = shelf({"more.png": png()}, file=[f"f{n:02d}.png" for n in range(22)] + ["gone.png", "lost.png"])
        found = read(folder)
        assert len(found.films) == 22
        said = warned(found)
        assert "`file` names 2 of 24 images that are not there, first in row 23 (line 24): 'gone.png'" in said
        assert "3 images have no row in the labels, and are left out" in said

    def test_a_mask_column(self, shelf, read, png):
        mask = np.zeros((20, 24), np.uint8)
        mask[5:10, 4:8] = 255
        folder = shelf({"lesions/x.png": png(mask)}, mask=["lesions/x.png"] + [""] * 23)
        films = read(folder).films
        assert films.masks[0].any()
        assert not films.masks[1:].any()
        assert len(films) == 24  # the mask is no image

    def test_a_mask_of_another_size_is_told(self, shelf, read, png):
        mask = np.full((20, 25), 255, np.uint8)
        mask[0] = 0
        found = read(shelf({"m.png": png(mask)}, mask=["m.png"] + [""] * 23))
        assert found.films.masks is None
        assert (
            "1 of 24 images have a mask that cannot be read or is of another size, and count as having none"
            in found.notes
        )

    def test_a_split_column(self, shelf, read):
        films = read(shelf(split=["Train"] * 12 + ["val"] * 4 + ["TEST"] * 8)).films
        assert films.part.tolist() == ["train"] * 12 + ["validation"] * 4 + ["test"] * 8

    def test_a_column_called_set_may_be_of_anything(self, shelf, read):
        assert set(read(shelf(set=["a", "b"] * 12)).films.part) == {""}

    def test_the_same_row_twice_counts_once(self, shelf, read):
        folder = shelf()
        table = pd.read_csv(folder / "labels.csv")
        pd.concat([table, table.head(2)]).to_csv(folder / "labels.csv", index=False)
        found = read(folder)
        assert len(found.films) == 24
        assert "names an image in several rows that say the same" in warned(found)

    def test_words_that_differ_in_case_are_one_class(self, shelf, read):
        assert read(shelf(label=["ILL", "well", "Well", "ill"] * 6)).films.label.tolist() == [1, 0, 0, 1] * 6

    def test_other_classes_are_left_out_where_both_are_named(self, shelf, read):
        found = read(shelf(label=["ill", "well", "odd", ""] * 6), data={"positive": "ill", "negative": ["well"]})
        assert len(found.films) == 12
        assert "6 images have no label, and are left out" in warned(found)
        assert "6 images are of classes named neither" in warned(found)

    def test_zeros_and_ones_of_the_history_are_numbers_and_codes_of_sites_are_not(self, shelf, read):
        settings = {"positive": "ill", "history": ["parity"], "groups": ["site"]}
        table = read(shelf(parity=["0", "1"] * 11 + ["", "?"], site=["1", "2"] * 12), data=settings).films.table
        assert table["parity"].tolist()[:4] == [0, 1, 0, 1]
        assert np.isnan(table["parity"].to_numpy()[-2:]).all()
        assert table["site"].tolist()[:2] == ["1", "2"]


class TestHeaders:
    def test_patients_of_the_headers_where_no_table_names_them(self, tmp_path, read, dicom):
        for number in range(24):
            folder = tmp_path / ("ill" if number % 2 else "well")
            folder.mkdir(exist_ok=True)
            film = np.random.default_rng(number).integers(0, 255, (20, 20)).astype(np.uint8)
            content = dicom(
                film, PatientID=f"x{number // 4}", ViewPosition="CC" if number % 4 else "MLO", ImageLaterality="L"
            )
            (folder / f"{number}").write_bytes(content)  # DICOM files often have no ending
        found = read(tmp_path)
        assert len(set(found.films.patient)) == 6
        assert set(found.films.table["view"]) == {"CC", "MLO"}
        assert set(found.films.table["modality"]) == {"MG"}
        one = read(tmp_path, reading={"view": "cc"})
        assert len(one.films) == 18
        assert "6 images are left out: view MLO, not cc" in one.notes
        assert not one.problems.errors  # they are not unread
        assert len(read(tmp_path, reading={"modalities": ["mg", "DX"]}).films) == 24

    def test_one_id_in_all_headers_names_nobody(self, tmp_path, read, dicom):
        for number in range(24):
            folder = tmp_path / ("ill" if number % 2 else "well")
            folder.mkdir(exist_ok=True)
            film = np.random.default_rng(number).integers(0, 255, (20, 20)).astype(np.uint8)
            (folder / f"{number}.dcm").write_bytes(dicom(film, PatientID="ANONYMOUS"))
        films = read(tmp_path).films
        assert not films.patients_known
        assert len(set(films.patient)) == 24

    def test_inverted_films_are_counted(self, tmp_path, read, dicom):
        for number, kind in enumerate(["MONOCHROME1", "MONOCHROME2"] * 3):
            (tmp_path / ("ill" if number < 3 else "well")).mkdir(exist_ok=True)
            (tmp_path / ("ill" if number < 3 else "well") / f"{number}.dcm").write_bytes(
                dicom(PhotometricInterpretation=kind)
            )
        found = read(tmp_path)
        assert found.films.facts["inverted"].tolist() == [True, False] * 3
        assert "3 of 6 images have 0 for white (MONOCHROME1) and are turned round" in found.notes

    def test_real_films_of_several_kinds(self, real_data, read, tmp_path):
        """The samples: seven are read, three refused, two turned round, and the mixture is told."""
        table = tmp_path / "labels.csv"
        names = sorted(path.name for path in (real_data / "dicom_samples").iterdir())
        table.write_text(
            "file,label\n" + "".join(f"{name},{'ill' if n % 2 else 'well'}\n" for n, name in enumerate(names))
        )
        found = read(real_data / "dicom_samples", table, audit={"unread": 0.3})
        assert len(found.films) == 7
        assert sorted(skipped.name for skipped in found.skipped) == [
            "MR_truncated.dcm",
            "SC_rgb_jpeg_gdcm.dcm",
            "no_meta.dcm",
        ]
        assert found.films.facts["inverted"].sum() == 2
        assert any("3 CR, 2 MR, 1 CT, 1 MG" in note for note in found.notes)
        assert not found.problems.errors


class TestUnread:
    def test_a_few_are_skipped_counted_and_told(self, shelf, read):
        found = read(shelf({"f05.png": b"not an image"}), audit={"unread": 0.05})
        assert len(found.films) == 23
        assert [skipped.name for skipped in found.skipped] == ["f05.png"]
        assert "f05.png: this is no image that is read: DICOM, PNG, JPEG, TIFF or PGM; skipped, 1 of 24" in warned(
            found
        )
        assert not found.problems.errors

    def test_too_many_stop(self, shelf, read):
        found = read(shelf({f"f{n:02d}.png": b"" for n in range(3)}))
        with pytest.raises(
            DataError,
            match=r"3 of 24 images cannot be read, more than audit.unread \(5%\), first f00.png: the file is empty",
        ):
            found.problems.raise_if_errors("films")

    def test_a_prediction_goes_on_with_what_can_be_read(self, shelf, read, settings):
        folder = shelf()
        made = read(folder).preparation
        for number in range(20):
            (folder / f"f{number:02d}.png").write_bytes(b"")
        found = read_new(folder, made, settings())
        assert len(found.films) == 4
        assert len(found.skipped) == 20
        assert not found.problems.errors


class TestNewImages:
    def test_pixels_are_made_as_in_training(self, shelf, read, settings):
        folder = shelf()
        trained = read(folder, reading={"side": 32, "window": "percentile"})
        new = read_new(folder, trained.preparation, settings())
        np.testing.assert_array_equal(new.films.pixels, trained.films.pixels)
        (folder / "labels.csv").unlink()
        bare = read_new(folder, trained.preparation, settings())
        np.testing.assert_array_equal(bare.films.pixels, trained.films.pixels)
        assert (bare.films.label == -1).all()

    def test_one_image(self, shelf, read, settings):
        folder = shelf()
        trained = read(folder)
        new = read_new(folder / "f07.png", trained.preparation, settings())
        np.testing.assert_array_equal(new.films.pixels[0], trained.films.pixels[7])
        assert new.films.names.tolist() == ["f07.png"]
        assert not list(new.problems)  # whose image it is does not matter here

    def test_bits_are_those_of_training(self, tmp_path, read, settings, png):
        deep = np.random.default_rng(0).integers(0, 4096, (24, 20, 20)).astype(np.uint16)
        deep[:, 0, 0] = 4095
        for number, film in enumerate(deep):
            (tmp_path / ("ill" if number % 2 else "well")).mkdir(exist_ok=True)
            (tmp_path / ("ill" if number % 2 else "well") / f"{number:02d}.png").write_bytes(png(film))
        trained = read(tmp_path)
        assert trained.preparation.bits == 12
        dark = tmp_path / "dark.png"
        dark.write_bytes(png(deep[0] // 4))
        new = read_new(dark, trained.preparation, settings())
        assert new.films.pixels.max() == pytest.approx(0.25, abs=0.01)  # not spread to 1

    def test_columns_are_of_the_kind_that_they_were(self, shelf, read, settings):
        asked = {"data": {"positive": "ill", "history": ["age", "kind"]}}
        folder = shelf(age=[str(40 + n) for n in range(24)], kind=["a", "b"] * 12)
        trained = read(folder, **asked)
        table = (
            pd.read_csv(folder / "labels.csv")
            .drop(columns=["label", "patient"])
            .assign(kind=list("12") * 12, age="old")
        )
        table.to_csv(folder / "labels.csv", index=False)
        new = read_new(folder, trained.preparation, settings(**asked))
        assert new.films.table["kind"].tolist()[:2] == ["1", "2"]
        assert new.films.table["age"].isna().all()
        assert "`age` has 24 cells that are not numbers" in warned(new)

    def test_images_without_a_row_have_no_history_and_masks_are_no_images(self, shelf, read, settings, png):
        asked = {"data": {"positive": "ill", "history": ["age"], "mask": "roi"}}
        folder = shelf({"roi.png": png()}, age=[str(40 + n) for n in range(24)], roi=["roi.png"] + [""] * 23)
        trained = read(folder, **asked)
        table = pd.read_csv(folder / "labels.csv").head(20)
        table.to_csv(folder / "labels.csv", index=False)
        new = read_new(folder, trained.preparation, settings(**asked)).films
        assert len(new) == 24
        assert new.table["age"].tolist()[:20] == [40.0 + n for n in range(20)]
        assert new.table["age"].isna().to_numpy()[20:].all()

    def test_a_table_without_the_columns_of_training_is_read(self, shelf, read, settings):
        asked = {"data": {"positive": "ill", "history": ["age"], "label": "label", "patient": "patient"}}
        folder = shelf(age=[str(40 + n) for n in range(24)])
        trained = read(folder, **asked)
        pd.read_csv(folder / "labels.csv")[["file"]].to_csv(folder / "labels.csv", index=False)
        assert list(read_new(folder, trained.preparation, settings(**asked)).films.table) == []


class TestSource:
    def test_the_hash_follows_names_contents_and_labels(self, shelf, read, png):
        folder = shelf()
        first = read(folder).source
        assert read(folder).source == first
        (folder / "notes.txt").write_text("read me")
        assert read(folder).source == first  # what is not read does not count
        (folder / "f01.png").write_bytes(png())
        second = read(folder).source.sha256
        table = (folder / "labels.csv").read_text()
        (folder / "labels.csv").write_text(table.replace("f01.png,well", "f01.png,ill"))
        assert len({first.sha256, second, read(folder).source.sha256}) == 3

    def test_only_a_table_beside_embeddings(self, shelf, settings, tmp_path):
        path = shelf() / "labels.csv"
        films = read_films(path, None, settings(), embedded=True).films
        assert films.pixels.shape == (24, 0, 0, 0)
        assert films.label.sum() == 8
        with pytest.raises(DataError, match="this is a table, and images are wanted; write data.path"):
            read_films(path, None, settings())


def test_memory_is_asked_for_before_images_are_read(tmp_path, read):
    path = tmp_path / "films.npz"
    np.savez_compressed(path, images=np.zeros((300, 16, 16), np.uint8), labels=np.arange(300) % 2)
    words = r"300 images of 512 pixels a side need 300 MB, over half of run.memory_mb \(500\); write a smaller side"
    with pytest.raises(ConfigError, match=words):
        read(path, data={"positive": 1}, reading={"side": 512}, run={"memory_mb": 500})


class TestLesions:
    def test_size_in_pixels(self, tmp_path, read, dicom):
        for number in range(4):
            (tmp_path / ("ill" if number % 2 else "well")).mkdir(exist_ok=True)
            film = np.random.default_rng(number).integers(0, 255, (640, 320)).astype(np.uint8)
            (tmp_path / ("ill" if number % 2 else "well") / f"{number}.dcm").write_bytes(
                dicom(film, ImagerPixelSpacing=[0.1, 0.1])
            )
        films = read(tmp_path).films
        np.testing.assert_allclose(films.facts["spacing"], 1.0)  # 64 mm on 64 pixels
        assert lesion_words(films, 5).enough
        assert "A lesion of 5 mm is 5.0 pixels across" in lesion_words(films, 5).sentence
        small = lesion_words(films, 1.5)
        assert not small.enough
        assert "nothing is claimed: write reading.side: 128" in small.sentence

    def test_nothing_is_claimed_where_no_film_says(self, shelf, read):
        found = lesion_words(read(shelf()).films, 5)
        assert not found.enough
        assert "so nothing is claimed" in found.sentence
