import io

import numpy as np
import pydicom
import pytest
from PIL import Image
from scipy import ndimage
from scipy.special import logit

from casestudies.imaging import synthetic
from casestudies.imaging.synthetic import exporting, lesions, patients, tissue


@pytest.fixture(scope="module")
def some() -> synthetic.Drawn:
    return synthetic.drawn(150, seed=3)


def test_one_seed_is_the_same_bytes_and_another_is_not(some):
    again = synthetic.drawn(150, seed=3)
    assert again.films.pixels.tobytes() == some.films.pixels.tobytes()
    assert again.films.table.equals(some.films.table)
    assert again.truth.equals(some.truth)
    assert synthetic.films(5, seed=4).pixels.tobytes() != synthetic.films(5, seed=3).pixels.tobytes()


def test_fewer_patients_are_the_first_of_more(some):
    few = synthetic.drawn(20, seed=3)
    rows = len(few.films)
    assert (few.films.pixels == some.films.pixels[:rows]).all()
    assert (few.films.patient == some.films.patient[:rows]).all()
    assert few.truth.equals(some.truth[:rows])


def test_films_are_what_the_study_reads(some):
    films = some.films
    assert films.pixels.dtype == np.float32
    assert films.pixels.shape[1:] == (1, 64, 64)
    assert films.pixels.min() >= 0
    assert films.pixels.max() <= 1
    assert len(set(films.names)) == len(films)
    assert set(films.history) | set(films.groups) <= set(films.table)
    assert sorted(set(films.patient)) == [f"p{number:04d}" for number in range(1, 151)]
    per_patient = np.unique(films.patient, return_counts=True)[1]
    assert set(per_patient) == {1, 2, 3, 4}


def test_all_films_of_a_patient_agree_on_the_disease_and_on_who_they_are(some):
    table = some.films.table.assign(label=some.films.label, patient=some.films.patient)
    for column in ("label", "site", "density", "family_history", "laterality"):
        assert (table.groupby("patient")[column].nunique() == 1).all()


def test_what_a_film_shows_follows_from_the_disease(some):
    kind = some.truth["kind"].to_numpy()
    assert (np.isin(kind, lesions.MALIGNANT) == (some.films.label == 1)).all()
    assert (some.films.masks.any((1, 2)) == (kind != lesions.NORMAL)).all()


def test_the_mask_lies_on_what_is_brighter_than_its_surroundings():
    """Not on every film - noise and tissue hide some - but on nearly all at this contrast."""
    drawn = synthetic.drawn(60, seed=5, contrast=3.0)
    brighter = []
    for film, mask in zip(drawn.films.pixels[:, 0], drawn.films.masks, strict=True):
        if mask.any():
            around = ndimage.binary_dilation(mask, iterations=5) & ~ndimage.binary_dilation(mask, iterations=2)
            brighter.append(film[mask].mean() > film[around].mean())
    assert np.mean(brighter) > 0.97


def test_risk_is_the_chance_of_the_disease_and_has_the_planted_odds():
    who = [patients.drawn(number, 11, 0.0) for number in range(1, 4001)]
    ill, risk = np.array([one.ill for one in who]), np.array([one.risk for one in who])
    assert ill.mean() == pytest.approx(0.27, abs=0.02)
    low, high = risk < 0.2, risk > 0.4
    assert ill[low].mean() == pytest.approx(risk[low].mean(), abs=0.03)
    assert ill[high].mean() == pytest.approx(risk[high].mean(), abs=0.06)
    facts = np.array([[1, one.age - 57, one.density - 1.5, one.family_history, one.prior_biopsy] for one in who])
    found = np.linalg.lstsq(facts, logit(risk), rcond=None)[0]
    assert found[1:] == pytest.approx([0.045, 0.20, 0.65, 0.45])


def test_a_shortcut_moves_the_disease_to_site_b_and_changes_nothing_else():
    fair, planted = synthetic.drawn(300, side=16, seed=2), synthetic.drawn(300, side=16, seed=2, shortcut=0.8)
    assert (fair.films.label == planted.films.label).all()
    assert (fair.films.masks == planted.films.masks).all()
    stayed = (fair.films.table["site"] == planted.films.table["site"]).to_numpy()
    assert (fair.films.pixels[stayed] == planted.films.pixels[stayed]).all()
    at_b = [(drawn.films.table["site"] == "B").to_numpy() for drawn in (fair, planted)]
    assert abs(np.corrcoef(at_b[0], fair.films.label)[0, 1]) < 0.15
    assert np.corrcoef(at_b[1], planted.films.label)[0, 1] > 0.6


def test_site_b_has_darker_films_with_more_noise_and_more_blur(some):
    at_b = (some.films.table["site"] == "B").to_numpy()
    assert some.films.pixels[at_b].mean() < some.films.pixels[~at_b].mean()
    by_site = some.truth.groupby(at_b)[["dose", "blur"]].mean()
    assert by_site.loc[True, "dose"] < by_site.loc[False, "dose"]
    assert by_site.loc[True, "blur"] > by_site.loc[False, "blur"]


def test_tissue_has_the_spectrum_of_mammograms():
    random, draw = np.random.default_rng(0), tissue.Tissue(128)
    power = np.mean([np.abs(np.fft.fft2(draw.drawn(random, 0))) ** 2 for _ in range(30)], axis=0)
    far = np.hypot(*np.meshgrid(np.fft.fftfreq(128), np.fft.fftfreq(128)))
    middle = (far > 0.05) & (far < 0.4)
    slope = np.polyfit(np.log(far[middle]), np.log(power[middle]), 1)[0]
    assert slope == pytest.approx(-3, abs=0.3)


def test_without_contrast_a_lesion_leaves_no_trace():
    faint, without = (synthetic.drawn(12, seed=1, contrast=contrast) for contrast in (1e-12, 0.0))
    assert (faint.films.pixels == without.films.pixels).all()


def test_a_png_says_that_it_is_synthetic_and_keeps_every_grey_value(some):
    content = exporting.film_png(some.films, 7)
    image = Image.open(io.BytesIO(content))
    assert image.text == {"Comment": "SYNTHETIC, no patient"}
    assert (np.asarray(image, np.float32) / np.float32(255) == some.films.pixels[7, 0]).all()
    assert content == exporting.film_png(some.films, 7)


@pytest.mark.parametrize("inverted", [False, True])
def test_a_dicom_file_says_that_it_is_synthetic_and_shows_the_same_film(some, inverted):
    content = exporting.dicom(some.films, 7, inverted)
    assert content == exporting.dicom(some.films, 7, inverted)
    data = pydicom.dcmread(io.BytesIO(content))
    assert str(data.PatientName).startswith("SYNTHETIC^")
    assert data.ImageType[0] == "DERIVED"
    assert data.ImageComments == "SYNTHETIC, no patient"
    assert data.Modality == "MG"
    grey = data.pixel_array / (2**data.BitsStored - 1)
    grey = 1 - grey if data.PhotometricInterpretation == "MONOCHROME1" else grey
    assert (data.PhotometricInterpretation == "MONOCHROME1") == inverted
    assert np.abs(grey - some.films.pixels[7, 0]).max() < 0.6 / 4095
    assert list(data.ImagerPixelSpacing) == [0.5, 0.5]
    assert data.ViewPosition == some.films.table["view"][7]
