"""DICOM: real files of the standard's working group, and made ones with one property each; pydicom is the oracle."""

from __future__ import annotations

import io
import json
import warnings

import numpy as np
import pydicom
import pytest
from pydicom.encaps import encapsulate
from pydicom.pixels import apply_voi_lut, pixel_array

from casestudies.errors import DataError
from casestudies.imaging.preparation import Preparation
from casestudies.imaging.reading.formats import decode

PREPARATION = Preparation()
GREY = np.add.outer(np.arange(40) * 3, np.arange(32) * 2).astype(np.uint8)


def film_of(content: bytes, preparation: Preparation = PREPARATION):
    return decode(content, "a.dcm", preparation)


def shown(content: bytes, preparation: Preparation = PREPARATION) -> np.ndarray:
    film = film_of(content, preparation)
    return preparation.prepare(film.pixels, film.facts)


@pytest.fixture
def samples(real_data):
    return real_data / "dicom_samples"


def windowed(path) -> np.ndarray:
    """What pydicom shows, 0..1 within the range that its window writes to."""
    data = pydicom.dcmread(path)
    grey = np.asarray(apply_voi_lut(pixel_array(data), data), dtype=float)
    signed = data.PixelRepresentation == 1
    least = -(2 ** (data.BitsStored - 1)) if signed else 0
    grey = (grey - least) / (2**data.BitsStored - 1)
    return 1 - grey if data.PhotometricInterpretation == "MONOCHROME1" else grey


class TestRealFiles:
    @pytest.mark.parametrize("name", ["RG1_J2KI", "RG3_J2KI", "MG_Explicit_Little", "MR_small", "chest_pa_rsna_jpeg"])
    def test_grey_values_are_those_that_pydicom_shows(self, samples, name):
        path = samples / f"{name}.dcm"
        film = film_of(path.read_bytes())
        facts = film.facts
        ours = np.clip((film.pixels.astype(float) - facts.black) / (facts.white - facts.black), 0, 1)
        np.testing.assert_allclose(1 - ours if facts.inverted else ours, windowed(path), atol=1e-6)

    @pytest.mark.parametrize(
        ("name", "facts"),
        [
            (
                "RG1_J2KI",
                {"inverted": True, "bits": 15, "modality": "CR", "view": "PA", "spacing": None},
            ),  # it says 0.000
            ("RG3_J2KI", {"inverted": True, "bits": 10, "view": "AP", "laterality": "R", "spacing": None}),
            ("CT_small", {"inverted": False, "bits": 16, "modality": "CT", "spacing": (0.661468, 0.661468)}),
            ("MG_Explicit_Little", {"modality": "MG", "laterality": "R", "spacing": (0.25, 0.25), "bits": 8}),
            ("chest_pa_rsna_jpeg", {"view": "PA", "spacing": (0.168, 0.168), "inverted": False}),
        ],
    )
    def test_facts(self, samples, name, facts):
        found = film_of((samples / f"{name}.dcm").read_bytes()).facts
        assert {key: getattr(found, key) for key in facts} == facts

    def test_hounsfield_units_of_a_ct(self, samples, dicom):
        film = film_of((samples / "CT_small.dcm").read_bytes())
        stored = pixel_array(pydicom.dcmread(samples / "CT_small.dcm"))
        np.testing.assert_array_equal(film.pixels, stored.astype(float) - 1024)
        assert (film.facts.black, film.facts.white) == (-32768 - 1024, 32767 - 1024)

    def test_packed_and_plain_films_are_the_same(self, samples):
        plain, packed = ((samples / name).read_bytes() for name in ("MR_small.dcm", "MR_small_RLE.dcm"))
        np.testing.assert_array_equal(shown(plain), shown(packed))

    @pytest.mark.parametrize(
        ("name", "words"),
        [
            ("MR_truncated", "cut short: 8,130 of 8,192 bytes of pixels"),
            ("SC_rgb_jpeg_gdcm", "JPEG Lossless.*no decoder for it is here; write it again uncompressed"),
            ("no_meta", r"not readable as DICOM \(no preamble; 38,871 bytes\)"),
        ],
    )
    def test_what_cannot_be_read_is_refused_with_the_reason(self, samples, name, words):
        with pytest.raises(DataError, match=words):
            film_of((samples / f"{name}.dcm").read_bytes())

    @pytest.mark.parametrize("name", ["RG3_J2KI", "chest_pa_rsna_jpeg", "MR_small_RLE"])
    @pytest.mark.parametrize("share", [0.05, 0.3, 0.7, 0.98])
    def test_a_packed_file_cut_anywhere_is_refused_or_read_but_never_an_error_of_a_library(self, samples, name, share):
        content = (samples / f"{name}.dcm").read_bytes()
        try:
            film = film_of(content[: int(share * len(content))])
        except DataError:
            return
        assert film.pixels.ndim == 2

    @pytest.mark.parametrize(
        ("rows", "most", "words"),
        [
            (1759, 10**8, "the header and the JPEG 2000 image in it declare different sizes"),
            (16, 10_000, "declares 1,760 x 1,760 pixels"),
        ],
    )
    def test_a_packed_image_of_another_size_than_its_header_is_not_unpacked(self, samples, rows, most, words):
        data, file = pydicom.dcmread(samples / "RG3_J2KI.dcm"), io.BytesIO()
        data.Rows = rows
        data.save_as(file)
        with pytest.raises(DataError, match=words):
            film_of(file.getvalue(), Preparation(most_pixels=max(most, 1760 * rows)))


class TestWindows:
    def test_the_linear_function_of_the_standard(self, dicom):
        """PS3.3 C.11.2.1.2: centre 50, width 11 shows 45 to 55 (and half a step less) as black to white."""
        facts = film_of(dicom(WindowCenter=50, WindowWidth=11)).facts
        assert (facts.black, facts.white) == (44.5, 54.5)

    def test_linear_exact(self, dicom):
        facts = film_of(dicom(WindowCenter=50, WindowWidth=10, VOILUTFunction="LINEAR_EXACT")).facts
        assert (facts.black, facts.white) == (45.0, 55.0)

    def test_sigmoid_is_what_pydicom_makes_of_it(self, dicom):
        content = dicom(WindowCenter=50, WindowWidth=40, VOILUTFunction="SIGMOID")
        film = film_of(content)
        wanted = 1 / (1 + np.exp(-4 * (GREY.astype(float) - 50) / 40))
        np.testing.assert_allclose(film.pixels, wanted, atol=1e-6)
        assert (film.facts.black, film.facts.white) == (0, 1)

    def test_a_table_of_grey_values(self, dicom):
        table = pydicom.dataset.Dataset()
        table.LUTDescriptor, table.LUTData = [256, 0, 16], (np.arange(256) ** 2).astype("<u2").tobytes()
        content = dicom(VOILUTSequence=[table])
        film = film_of(content)
        np.testing.assert_array_equal(film.pixels, GREY.astype(int) ** 2)
        assert film.facts.white == 65535

    def test_of_several_windows_the_first_counts(self, dicom):
        facts = film_of(dicom(WindowCenter=[50, 90], WindowWidth=[11, 21])).facts
        assert (facts.black, facts.white) == (44.5, 54.5)

    def test_a_window_without_width_is_none(self, dicom):
        facts = film_of(dicom(WindowCenter=50, WindowWidth=0)).facts
        assert (facts.black, facts.white) == (0, 255)

    def test_the_range_takes_no_heed_of_the_window(self, dicom):
        pixels = shown(dicom(WindowCenter=50, WindowWidth=11), Preparation(side=40, window="range"))
        column = pixels[0, :, 4 + 16]
        np.testing.assert_allclose(column, (GREY[:, 16]) / GREY.max(), atol=1e-6)

    def test_the_range_takes_no_heed_of_a_curve_either(self, dicom):
        film = film_of(dicom(WindowCenter=50, WindowWidth=40, VOILUTFunction="SIGMOID"), Preparation(window="range"))
        np.testing.assert_array_equal(film.pixels, GREY)

    def test_bits_stored_and_rescale_say_what_white_is(self, dicom):
        film = film_of(dicom(GREY.astype(np.uint16), bits=12, RescaleSlope=2, RescaleIntercept=-100))
        np.testing.assert_array_equal(film.pixels, GREY * 2.0 - 100)
        assert (film.facts.black, film.facts.white) == (-100, 2 * 4095 - 100)


class TestHeaders:
    def test_monochrome1_is_turned_round(self, dicom):
        plain, turned = shown(dicom()), shown(dicom(255 - GREY, PhotometricInterpretation="MONOCHROME1"))
        np.testing.assert_allclose(plain, turned, atol=1e-6)

    def test_detector_spacing_where_there_is_no_other(self, dicom):
        assert film_of(dicom(ImagerPixelSpacing=[0.1, 0.2])).facts.spacing == (0.1, 0.2)
        both = film_of(dicom(ImagerPixelSpacing=[0.1, 0.1], PixelSpacing=[0.05, 0.05]))
        assert both.facts.spacing == (0.05, 0.05)

    def test_codes_that_the_standard_does_not_know_are_not_passed_on(self, dicom):
        facts = film_of(dicom(Modality="MILLER", ViewPosition="ANNA", ImageLaterality="X")).facts
        assert (facts.modality, facts.view, facts.laterality) == ("", "", "")

    def test_for_processing_is_told(self, dicom):
        assert film_of(dicom(PresentationIntentType="FOR PROCESSING")).facts.raw

    def test_a_synthetic_film_says_so(self, dicom):
        assert film_of(dicom(PatientName="SYNTHETIC^P0001")).facts.synthetic
        assert not film_of(dicom()).facts.synthetic


class TestRefused:
    @pytest.mark.parametrize(
        ("content", "words"),
        [
            (lambda dicom: dicom(np.stack([GREY] * 3, axis=2)), "3 samples a pixel, PhotometricInterpretation RGB; expected one grey image"),
            (lambda dicom: dicom(PhotometricInterpretation="PALETTE COLOR"), "PhotometricInterpretation PALETTE COLOR; expected one grey"),
            (lambda dicom: dicom(np.concatenate([GREY] * 3), Rows=40, NumberOfFrames=3), "3 frames; one image is wanted"),
            (lambda dicom: dicom(Rows=60_000, Columns=60_000), "declares 60,000 x 60,000 pixels, more than reading.most_pixels"),
            (lambda dicom: dicom(Rows=0), "declares 32 x 0 pixels"),
            (lambda dicom: dicom(PixelData=None), "holds no image"),
            (lambda dicom: dicom(PixelData=GREY.tobytes()[:100]), "cut short: 100 of 1,280 bytes"),
            (lambda dicom: dicom(PhotometricInterpretation="MILLER^ANNA"), "PhotometricInterpretation unknown"),
            (lambda dicom: dicom(syntax="1.2.840.10008.1.2.4.80", PixelData=encapsulate([b"-"])), "packed as JPEG-LS"),
            (lambda dicom: dicom()[:200], "not readable as DICOM (it does not say how its pixels are packed)"),
        ],
    )  # fmt: skip
    def test_with_one_line(self, content, words, dicom):
        with pytest.raises(DataError) as refused:
            film_of(content(dicom))
        assert words in str(refused.value)
        assert "\n" not in str(refused.value)

    def test_a_header_that_unpacks_is_refused_before_it_does(self, dicom):
        packed = dicom(syntax="1.2.840.10008.1.2.1.99")
        with pytest.raises(DataError, match="deflated"):
            film_of(packed)

    def test_colours_are_read_where_they_are_wanted_and_never_of_radiography(self, dicom):
        colours = np.stack([GREY, GREY // 2, GREY // 3], axis=2)
        skin = film_of(dicom(colours, Modality="XC"), Preparation(channels=3))
        np.testing.assert_array_equal(skin.pixels, colours)
        with pytest.raises(DataError, match="a film of modality MG is grey"):
            film_of(dicom(colours), Preparation(channels=3))


def test_no_text_of_a_header_reaches_films_notes_or_errors(tmp_path, read, dicom, caplog):
    """Names, dates, ids and institutions of good and of bad files; the only trace is a pseudonym."""
    (tmp_path / "ill").mkdir()
    (tmp_path / "well").mkdir()
    for number in range(8):
        content = dicom(
            GREY + np.uint8(number),
            PatientID=f"MRN-47{number // 2}" + 70 * "-",
            ViewPosition="Miller^Anna^of^Mercy^Hospital",
            StudyDescription="Anna",
        )
        (tmp_path / ("ill" if number < 4 else "well") / f"{number}.dcm").write_bytes(content)
    (tmp_path / "well" / "bad.dcm").write_bytes(dicom(PixelData=b"Miller^Anna ", BitsAllocated=12))
    caplog.clear()  # of what writing them logged
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = read(tmp_path, audit={"unread": 0.5})
    films = found.films
    told = [films.table.to_csv(), films.facts.to_csv(), " ".join(films.patient), " ".join(films.names), *found.notes]
    told += [
        json.dumps(found.preparation.to_dict()),
        repr(found.skipped),
        repr(found.source),
        found.problems.to_frame().to_csv(),
    ]
    told += [str(warning.message) for warning in caught] + [caplog.text]
    assert not [record for record in caplog.records if record.name == "pydicom"]  # it logs values that are odd
    for secret in ("Miller", "Anna", "MRN", "4711", "1961", "Mercy"):
        assert secret not in "\n".join(told)
    assert list(films.patient) == ["p0001", "p0001", "p0002", "p0002", "p0003", "p0003", "p0004", "p0004"]
    assert films.patients_known
