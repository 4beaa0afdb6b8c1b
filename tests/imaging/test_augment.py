import numpy as np
import pytest
import torch

from casestudies.imaging import synthetic
from casestudies.imaging.asked.augmenting import Augmenting
from casestudies.imaging.augment import augment
from casestudies.imaging.corruptions import TRAINED

STILL = {"orientation": "upright", "shift": 0.0, "corruptions": 0.0}


@pytest.fixture(scope="module")
def batch() -> torch.Tensor:
    return torch.from_numpy(synthetic.films(40, seed=9).pixels[:64])


def varied(batch, seed=0, **asked) -> torch.Tensor:
    return augment(batch, Augmenting(**{**STILL, **asked}), torch.Generator().manual_seed(seed))


def turns(film: np.ndarray) -> list[np.ndarray]:
    """The eight ways in which a square can lie."""
    return [np.rot90(way, turn) for way in (film, film[:, ::-1]) for turn in range(4)]


def test_with_nothing_asked_a_film_stays_as_it_is(batch):
    assert torch.equal(varied(batch), batch)


def test_the_generator_alone_decides(batch):
    asked = {"orientation": "any", "shift": 0.1, "corruptions": 0.7}
    assert torch.equal(varied(batch, 3, **asked), varied(batch, 3, **asked))
    assert not torch.equal(varied(batch, 3, **asked), varied(batch, 4, **asked))


def test_what_was_given_is_not_changed_and_the_range_is_kept(batch):
    before = batch.clone()
    for seed in range(5):
        out = varied(batch, seed, orientation="any", shift=0.2, corruptions=1.0)
        assert out.shape == batch.shape
        assert out.dtype == torch.float32
        assert float(out.min()) >= 0
        assert float(out.max()) <= 1
    assert torch.equal(batch, before)


def test_mirrored_films_are_themselves_or_their_mirror(batch):
    out = varied(batch, orientation="mirrored")
    same = [torch.equal(one, was) for one, was in zip(out, batch, strict=True)]
    mirror = [torch.equal(one, was.flip(2)) for one, was in zip(out, batch, strict=True)]
    assert all(a != b for a, b in zip(same, mirror, strict=True))
    assert 15 < sum(mirror) < 50


def test_films_of_any_orientation_lie_in_all_eight_ways(batch):
    out = varied(batch, orientation="any")
    ways = []
    for one, was in zip(out[:, 0].numpy(), batch[:, 0].numpy(), strict=True):
        fits = [np.array_equal(one, way) for way in turns(was)]
        assert sum(fits) == 1
        ways.append(fits.index(True))
    assert set(ways) == set(range(8))


def test_a_shift_moves_the_whole_film_by_at_most_its_share(batch):
    most = 6
    out = varied(batch, shift=most / 64)[:, 0].numpy()
    found = set()
    for one, was in zip(out, batch[:, 0].numpy(), strict=True):
        inner = slice(most, -most)
        moved = [
            (y, x)
            for y in range(-most, most + 1)
            for x in range(-most, most + 1)
            if np.array_equal(np.roll(was, (y, x), (0, 1))[inner, inner], one[inner, inner])
        ]
        assert len(moved) == 1
        y, x = moved[0]
        around = np.pad(was, most, mode="reflect")[most - y : most - y + 64, most - x : most - x + 64]
        assert np.array_equal(around, one)
        found |= {y, x}
    assert found == set(range(-most, most + 1))


def test_colours_move_together(batch):
    colour = batch[:16].repeat(1, 3, 1, 1) * torch.tensor([1.0, 0.5, 0.25])[:, None, None]
    out = varied(colour, orientation="any", shift=0.1)
    assert torch.equal(out[:, 1], 0.5 * out[:, 0])
    assert torch.equal(out[:, 2], 0.25 * out[:, 0])


@pytest.mark.parametrize("share", [0.25, 1.0])
def test_about_the_share_asked_for_is_corrupted(batch, share):
    changed = [
        bool((one != was).any())
        for seed in range(12)
        for one, was in zip(varied(batch, seed, corruptions=share), batch, strict=True)
    ]
    assert np.mean(changed) == pytest.approx(share, abs=0.06)


def test_only_kinds_marked_as_trained_are_used(batch, monkeypatch):
    """Each of them is, and at levels within its own five."""
    seen = {}
    for one in TRAINED:
        kept = one.change

        def noted(films, level, generator, one=one, kept=kept):
            seen.setdefault(one.name, []).append(level)
            return kept(films, level, generator)

        monkeypatch.setitem(one.__dict__, "change", noted)
    for seed in range(20):
        varied(batch, seed, corruptions=1.0)
    assert set(seen) == {one.name for one in TRAINED}
    for one in TRAINED:
        assert min(one.levels) <= min(seen[one.name]) < max(seen[one.name]) <= max(one.levels)
