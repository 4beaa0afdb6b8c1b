"""The network: what its parts say of each other, and what cannot change its answer."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from casestudies.errors import ConfigError  # noqa: E402
from casestudies.imaging.asked.training import Model  # noqa: E402
from casestudies.imaging.network import NetworkSpec, SmallNet, Standardise, parameters  # noqa: E402
from casestudies.imaging.trained import Trained, features_of  # noqa: E402


@pytest.fixture
def films():
    return torch.rand(5, 1, 28, 28, generator=torch.Generator().manual_seed(0))


@pytest.fixture
def network():
    torch.manual_seed(0)
    return SmallNet(NetworkSpec(1, 28, (4, 6, 8), 1)).eval()


def test_the_logit_is_the_last_layer_on_pooled_maps(network, films):
    with torch.no_grad():
        maps = network.maps(films)
        by_hand = torch.stack([
            torch.cat([maps[i].flatten(1).mean(1), maps[i].flatten(1).max(1).values]) @ network.last.weight[0] + network.last.bias[0]
            for i in range(len(films))
        ])  # fmt: skip
        assert maps.shape == (5, 8, 7, 7)  # 28, halved twice
        assert (maps >= 0).all()
        torch.testing.assert_close(network(films), by_hand)
        torch.testing.assert_close(network.pooled(maps), network.features(films))


def test_exposure_and_contrast_change_nothing(network, films):
    with torch.no_grad():
        torch.testing.assert_close(network(0.1 + 0.5 * films), network(films), rtol=1e-4, atol=1e-5)


def test_a_burnt_in_mark_hardly_moves_the_rest_of_the_film():
    x = torch.rand(1, 1, 64, 64, generator=torch.Generator().manual_seed(1)) * 0.2
    marked = x.clone()
    marked[..., :6, :20] = 1.0  # 3 % of the pixels, white
    clean, seen = Standardise(speckles=False)(x)[..., 6:, :], Standardise(speckles=False)(marked)[..., 6:, :]
    plain = (marked - marked.mean()) / marked.std()
    assert (seen - clean).abs().mean() < 0.3
    assert (plain[..., 6:, :] - clean).abs().mean() > 0.5
    assert Standardise(speckles=False)(marked).max() == 5.0
    assert Standardise(speckles=True)(marked).max() == 3.0


def test_a_pixel_unlike_all_its_neighbours_is_taken_for_the_nearest_of_them():
    from scipy import ndimage

    x = torch.rand(2, 3, 9, 7, generator=torch.Generator().manual_seed(2))
    around = np.ones((1, 1, 3, 3), dtype=bool)
    around[0, 0, 1, 1] = False
    low, high = (
        one(np.pad(x.numpy(), ((0, 0), (0, 0), (1, 1), (1, 1)), mode="edge"), footprint=around)[..., 1:-1, 1:-1]
        for one in (ndimage.minimum_filter, ndimage.maximum_filter)
    )
    by_hand = np.clip(x.numpy(), low, high)
    mean, spread = (one(by_hand, axis=(1, 2, 3), keepdims=True) for one in (np.mean, np.std))
    plain = torch.from_numpy((by_hand - mean) / spread)
    assert plain.abs().max() < 3  # nothing lies beyond the marks, so the scale is the plain one
    torch.testing.assert_close(Standardise(speckles=True)(x), plain, rtol=1e-4, atol=1e-5)
    assert (by_hand != x.numpy()).any()


def test_dead_pixels_hardly_change_what_is_seen():
    x = torch.rand(1, 1, 64, 64, generator=torch.Generator().manual_seed(1)) * 0.2 + 0.4
    dead = x.clone()
    dead[..., 5::16, 5::16], dead[..., 9::16, 9::16] = 1.0, 0.0
    moved = (Standardise(speckles=True)(dead) - Standardise(speckles=True)(x)).abs()
    assert moved.max() < 3  # of a range of 3.5 that the film has itself; 1.0 as it is would be cut off at 5
    assert moved.mean() < 0.03


def test_a_film_is_judged_by_itself(network, films):
    with torch.no_grad():
        alone = torch.cat([network(films[i : i + 1]) for i in range(5)])
        torch.testing.assert_close(network(films), alone, rtol=1e-5, atol=1e-6)


def test_a_blank_film_has_a_finite_answer(network):
    with torch.no_grad():
        assert network(torch.full((2, 1, 28, 28), 0.3)).isfinite().all()


def test_gradients_reach_the_pixels_and_every_weight(network, films):
    films.requires_grad_()
    network(films).square().sum().backward()
    assert films.grad.abs().sum() > 0
    assert all(one.grad is not None and one.grad.abs().sum() > 0 for one in network.parameters())


def test_the_default_is_small():
    assert parameters(SmallNet(NetworkSpec())) < 300_000
    assert 11_200_000 / parameters(SmallNet(NetworkSpec())) > 50  # a ResNet-18 is fifty times as large


@pytest.mark.parametrize(("side", "stride"), [(28, 1), (47, 1), (48, 2), (64, 2)])
def test_small_films_keep_their_pixels_in_the_first_layer(side, stride):
    assert SmallNet(NetworkSpec(side=side)).standardise.speckles == (stride == 2)
    assert NetworkSpec.of(Model(), side).stem_stride == stride


def test_more_blocks_than_the_side_can_be_halved_are_refused():
    with pytest.raises(ConfigError, match="model.widths: 7 blocks for films of 32 pixels.* at most 6 widths"):
        NetworkSpec(1, 32, (4,) * 7, 1)
    SmallNet(NetworkSpec(1, 32, (4,) * 6, 1)).eval()(torch.rand(1, 1, 32, 32))


def test_a_spec_survives_its_file():
    spec = NetworkSpec(3, 40, (4, 8), 2, 0.1)
    assert NetworkSpec.from_dict(spec.to_dict()) == spec


def test_half_precision_is_near(network, films):
    with torch.no_grad():
        exact = network(films).numpy()
        network.half_precision = True
        assert np.abs(network(films).numpy() - exact).max() < 0.02


@pytest.mark.parametrize("draft", [False, True])
def test_networks_that_standardise_alike_share_it_bit_for_bit(draft):
    torch.manual_seed(1)
    networks = [
        Trained(SmallNet(NetworkSpec(1, 48, (4, 6), 2)).eval(), NetworkSpec(1, 48, (4, 6), 2)) for _ in range(3)
    ]
    pixels = np.random.default_rng(0).random((70, 1, 48, 48), dtype=np.float32)  # more than one batch
    for one, together in zip(networks, features_of(networks, pixels, draft=draft), strict=True):
        assert (one.features(pixels, draft=draft) == together).all()
        assert not one.module.half_precision
    assert len({seen.tobytes() for seen in features_of(networks, pixels)}) == 3


def test_networks_that_standardise_otherwise_are_read_one_by_one():
    torch.manual_seed(1)
    networks = [
        Trained(SmallNet(NetworkSpec(1, 48, (4, 6), 2)).eval(), NetworkSpec(1, 48, (4, 6), 2)) for _ in range(2)
    ]
    networks[1].module.standardise = Standardise(speckles=False)
    pixels = np.random.default_rng(0).random((5, 1, 48, 48), dtype=np.float32)
    for one, together in zip(networks, features_of(networks, pixels), strict=True):
        assert (one.features(pixels) == together).all()
