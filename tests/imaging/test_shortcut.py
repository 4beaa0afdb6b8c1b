import numpy as np
import pytest

from casestudies.imaging.shortcut import shortcut


def drawn(seed, planted=0.0, leaning=0.0, harder=0.0, patients=600):
    """Patients of two sites: `planted` moves the diseased to site B, `leaning` is what the score gains there, `harder`
    the share of the difference between the classes that is lost there."""
    generator = np.random.default_rng(seed)
    sick = (generator.random(patients) < 0.28).astype(np.int8)
    at_b = generator.random(patients) < np.where(sick == 1, 0.35 + 0.6 * planted, 0.35 - 0.3 * planted)
    seen = 2.0 * (2.0 * sick - 1.0) * (1.0 - harder * at_b) + generator.normal(size=patients) + leaning * at_b
    site = np.where(at_b, "B", "A")
    train = np.arange(patients) < 0.7 * patients
    return shortcut((sick[train], site[train]), (sick[~train], site[~train]), seen[~train], seed)


def test_a_planted_shortcut_is_there_in_twenty_of_twenty_and_used_where_the_score_leans():
    found = [drawn(seed, planted=0.8, leaning=1.5) for seed in range(20)]
    assert all(one.there(0.01) for one in found)
    assert sum(one.used(0.01) for one in found) == 20
    assert all(one.shift > 0 for one in found)


def test_where_nothing_is_planted_at_most_one_of_forty_is_flagged():
    assert sum(drawn(seed).there(0.01) for seed in range(40)) <= 1


def test_a_score_that_reads_the_image_alone_uses_no_shortcut_though_there_is_one():
    found = [drawn(seed, planted=0.8) for seed in range(40)]
    assert all(one.there(0.01) for one in found)
    assert sum(one.used(0.01) for one in found) <= 2


def test_harder_images_at_a_site_are_a_difference_but_no_shortcut():
    found = [drawn(seed, harder=0.6, patients=1200) for seed in range(12)]
    assert sum(one.used(0.01) for one in found) == 0
    assert sum(one.there(0.01) for one in found) <= 1


def test_leaning_the_other_way_is_no_use_of_what_training_showed():
    found = drawn(0, planted=0.8, leaning=-1.5)
    assert found.there(0.01)
    assert not found.used(0.01)
    assert found.depends <= 0.01
    assert found.leans > 0.99


def test_p_values_under_the_null_are_even():
    p = np.array(
        [(one.learnable, one.leans, one.depends) for one in (drawn(seed, patients=200) for seed in range(100))]
    )
    for column in p.T:
        assert 0.4 < column.mean() < 0.6
        assert (column <= 0.05).mean() < 0.12


@pytest.mark.parametrize("label", [0, 1])
def test_leaning_in_one_class_alone_is_seen(label):
    generator = np.random.default_rng(label)
    sick = (np.arange(600) % 3 == 0).astype(np.int8)
    site = np.where(generator.random(600) < np.where(sick == 1, 0.7, 0.3), "B", "A")
    score = 3.0 * sick + generator.normal(size=600) + 1.5 * ((site == "B") & (sick == label))
    assert shortcut((sick, site), (sick, site), score, 0).used(0.01)


def test_the_scale_of_the_score_does_not_matter():
    generator = np.random.default_rng(0)
    sick, site = (generator.random(200) < 0.3).astype(np.int8), generator.choice(["A", "B", "C"], 200)
    score = generator.normal(size=200)
    one, other = (shortcut((sick, site), (sick, site), s, 3) for s in (score, 1e6 * score + 5))
    assert (one.learnable, one.leans, one.depends) == (other.learnable, other.leans, other.depends)
    assert one.shift == pytest.approx(other.shift)
