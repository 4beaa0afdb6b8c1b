"""Training: it learns, it repeats itself bit for bit, it keeps the best epoch, and it says what went on."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

torch = pytest.importorskip("torch")

from safetensors.torch import load  # noqa: E402
from sklearn.metrics import log_loss, roc_auc_score  # noqa: E402

from casestudies.errors import ConfigError, DataError, RunError  # noqa: E402
from casestudies.imaging.asked.augmenting import Augmenting  # noqa: E402
from casestudies.imaging.asked.training import Model  # noqa: E402
from casestudies.imaging.films import Films  # noqa: E402
from casestudies.imaging.trained import Trained, has_half  # noqa: E402
from casestudies.imaging.training import train_network  # noqa: E402

SMALL = Model(epochs=6, batch=16, widths=[4, 8], rate=2e-2, precision="float32", dropout=0.0)
PLAIN = Augmenting(corruptions=0.0, shift=0.0)


def silent(fraction, message):
    pass


def films(rows, seed):
    """Noise, with a bright spot of 3 x 3 somewhere on films of class 1."""
    random = np.random.default_rng(seed)
    pixels = random.uniform(0.2, 0.6, (rows, 1, 16, 16)).astype(np.float32)
    label = (np.arange(rows) % 2).astype(np.int8)
    for row in np.flatnonzero(label):
        y, x = random.integers(0, 13, 2)
        pixels[row, 0, y : y + 3, x : x + 3] += 0.4
    names = np.array([f"{seed}_{row}.png" for row in range(rows)])
    empty = pd.DataFrame(index=range(rows))
    return Films(pixels, names, label, names, False, np.full(rows, ""), empty, empty, classes=("healthy", "ill"))


@pytest.fixture(scope="module")
def parts():
    return films(160, 1), films(80, 2)


@pytest.fixture(scope="module")
def trained(parts):
    return train_network(*parts, SMALL, PLAIN, 0, silent)


def test_it_learns_what_there_is_to_learn(trained):
    new = films(200, 3)
    assert roc_auc_score(new.label, trained.logits(new.pixels)) > 0.95


def test_log_odds_are_those_of_the_module(trained, parts):
    pixels = parts[1].pixels
    with torch.no_grad():
        by_hand = trained.module(torch.from_numpy(pixels)).numpy()
    np.testing.assert_allclose(trained.logits(pixels), by_hand, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(trained.read(trained.features(pixels, batch=7)), by_hand, rtol=1e-4, atol=1e-5)
    assert trained.features(pixels).shape == (80, 16)


def test_a_draft_is_near_and_it_is_over_afterwards(trained, parts):
    exact, draft = (trained.features(parts[1].pixels, draft=draft) for draft in (False, True))
    assert np.abs(draft - exact).max() < 0.05 * np.abs(exact).max()
    assert (draft != exact).any() == has_half(torch.device("cpu"))
    np.testing.assert_array_equal(trained.features(parts[1].pixels), exact)


def test_the_kept_epoch_is_the_one_with_the_least_validation_log_loss(trained, parts):
    p = 1 / (1 + np.exp(-trained.logits(parts[1].pixels)))
    held_out = trained.trace["held_out_loss"]
    assert log_loss(parts[1].label, p) == pytest.approx(held_out.min(), rel=1e-4)
    assert f"kept epoch {held_out.argmin()} of 6" in trained.notes[1]


def test_one_seed_gives_the_same_bytes_and_another_gives_others(trained, parts):
    before = torch.random.get_rng_state()
    again = train_network(*parts, SMALL, PLAIN, 0, silent)
    other = train_network(*parts, SMALL.model_copy(update={"epochs": 1}), PLAIN, 1, silent)
    assert again.files("n") == trained.files("n")
    assert other.files("n")["n.safetensors"] != trained.files("n")["n.safetensors"]
    assert torch.equal(before, torch.random.get_rng_state())  # nobody else's random numbers were disturbed


def test_varied_and_corrupted_films_are_learnt_from_too(parts):
    model = SMALL.model_copy(update={"epochs": 2})
    one, two = (train_network(*parts, model, Augmenting(corruptions=0.5), 0, silent) for _ in range(2))
    assert one.files("n") == two.files("n")
    assert one.trace["value"][1] != train_network(*parts, model, PLAIN, 0, silent).trace["value"][1]


def test_the_files_give_the_network_back(trained, parts, tmp_path):
    files = trained.files("network0")
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    back = Trained.open(tmp_path, "network0")
    np.testing.assert_array_equal(back.logits(parts[1].pixels), trained.logits(parts[1].pixels))
    assert (back.spec, back.notes, back.findings) == (trained.spec, trained.notes, trained.findings)
    assert set(load(files["network0.safetensors"])) == set(trained.module.state_dict())
    assert back.files("network0") == files


@pytest.mark.parametrize("harm", ["missing", "cut", "other", "huge", "text"])
def test_a_damaged_file_is_refused(trained, tmp_path, harm):
    for name, data in trained.files("n").items():
        (tmp_path / name).write_bytes(data)
    weights, told = tmp_path / "n.safetensors", tmp_path / "n.json"
    if harm == "missing":
        weights.unlink()
    if harm == "cut":
        weights.write_bytes(weights.read_bytes()[:-10])
    if harm == "other":
        told.write_text(told.read_text().replace('"side": 16', '"side": 16, "depth": 3'))
    if harm == "huge":
        told.write_text(told.read_text().replace("      4,", "      400000000,"))
    if harm == "text":
        told.write_text("{")
    with pytest.raises(RunError, match="not a network as this suite writes one"):
        Trained.open(tmp_path, "n")


def test_patience_ends_it_and_the_best_epoch_not_the_last_is_kept(parts):
    model = SMALL.model_copy(update={"patience": 1, "epochs": 60, "schedule": "constant", "rate": 0.05})
    early = train_network(*parts, model, PLAIN, 0, silent)
    held_out = early.trace["held_out_loss"]
    assert len(held_out) - 1 == held_out.argmin() + 1 < 60
    assert any("ended before epoch 60" in note for note in early.notes)
    p = 1 / (1 + np.exp(-early.logits(parts[1].pixels)))
    assert log_loss(parts[1].label, p) == pytest.approx(held_out.min(), rel=1e-5)  # running means of that epoch, too


def test_an_explosion_is_survived_and_told(parts):
    wild = SMALL.model_copy(update={"optimizer": "sgd", "rate": 1.0, "decay": 10.0, "schedule": "constant"})
    done = train_network(*parts, wild, PLAIN, 0, silent)
    assert np.isfinite(done.logits(parts[1].pixels)).all()
    assert "exploded" in done.findings[0]
    assert any("ended before epoch 6: The value exploded" in note for note in done.notes)


@pytest.mark.parametrize("optimizer", ["adam", "sgd", "adam-sgd"])
@pytest.mark.parametrize("schedule", ["cosine", "constant"])
def test_every_way_down_goes_down(parts, optimizer, schedule):
    model = SMALL.model_copy(update={"optimizer": optimizer, "schedule": schedule, "epochs": 4, "decay": 1e-4})
    done = train_network(*parts, model, PLAIN, 0, silent)
    assert done.trace["held_out_loss"].min() < 0.9 * done.trace["held_out_loss"][0]
    assert any("Adam" in note for note in done.notes) == (optimizer == "adam-sgd")


def test_the_rate_follows_its_schedule(parts):
    rates = {
        schedule: train_network(*parts, SMALL.model_copy(update={"schedule": schedule, "epochs": 4}), PLAIN, 0, silent).trace["rate"][1:]
        for schedule in ("one-cycle", "cosine", "constant")
    }  # fmt: skip
    assert rates["constant"] == pytest.approx([2e-2] * 4)
    assert (np.diff(rates["cosine"]) < 0).all()
    assert rates["one-cycle"].argmax() in (0, 1)
    assert rates["one-cycle"][-1] < 1e-3 * 2e-2 * 10


def test_focal_loss_keeps_the_epoch_by_the_log_loss_of_its_probabilities(parts):
    from casestudies.optim.losses import Focal

    done = train_network(*parts, SMALL.model_copy(update={"focal": 2.0}), PLAIN, 0, silent)
    p = Focal(2.0).inverse_link(done.logits(parts[1].pixels))
    best = done.trace["held_out_metric"].min()
    assert log_loss(parts[1].label, p) == pytest.approx(best, rel=1e-3)


def test_smoothed_labels_hold_log_odds_back(parts, trained):
    held = train_network(*parts, SMALL.model_copy(update={"smoothing": 0.4}), PLAIN, 0, silent)
    z, free = (np.abs(one.logits(parts[1].pixels)).mean() for one in (held, trained))
    assert z < free
    assert z < 2.5  # labels of 0.2 and 0.8 are log-odds of 1.4


def test_colour_films_are_learnt_from(parts):
    colour = [replace(one, pixels=np.repeat(one.pixels, 3, axis=1)) for one in parts]
    done = train_network(*colour, SMALL.model_copy(update={"channels": 3, "epochs": 1}), PLAIN, 0, silent)
    assert done.logits(colour[1].pixels).shape == (80,)


def test_it_says_how_far_it_is_and_can_be_stopped(parts):
    seen = []

    def stop(fraction, message):
        seen.append((fraction, message))
        if fraction >= 0.5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_network(*parts, SMALL, PLAIN, 0, stop)
    assert [fraction for fraction, _ in seen] == pytest.approx([0, 1 / 6, 2 / 6, 0.5])
    assert seen[0][1] == "epoch 0 of 6"
    assert "epoch 3 of 6, validation log loss 0." in seen[3][1]


def test_the_trace_has_no_clock_and_one_row_an_epoch(trained):
    assert "seconds" not in trained.trace
    assert {len(column) for column in trained.trace.values()} == {7}
    assert list(trained.trace["step"]) == list(range(7))


def test_torch_is_left_as_it_was(parts):
    before = torch.get_num_threads()
    train_network(*parts, SMALL.model_copy(update={"epochs": 1}), PLAIN, 0, silent, threads=2)
    assert torch.get_num_threads() == before


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"label": np.where(np.arange(160) == 3, -1, np.arange(160) % 2).astype(np.int8)}, "1 of 160 training images have no label"),
        ({"label": np.zeros(160, np.int8)}, "all 160 training images are 'healthy'"),
    ],
)  # fmt: skip
def test_parts_that_cannot_teach_are_refused(parts, change, said):
    with pytest.raises(DataError, match=said):
        train_network(replace(parts[0], **change), parts[1], SMALL, PLAIN, 0, silent)


def test_an_empty_validation_part_is_refused(parts):
    with pytest.raises(DataError, match="no validation images"):
        train_network(parts[0], parts[1].take(np.arange(0)), SMALL, PLAIN, 0, silent)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a graphics card")
def test_a_graphics_card_that_is_not_there_is_refused(parts):
    with pytest.raises(ConfigError, match="model.device: no graphics card"):
        train_network(*parts, SMALL.model_copy(update={"device": "cuda"}), PLAIN, 0, silent)
