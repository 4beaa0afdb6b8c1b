"""Weights from elsewhere: a network of an earlier run, a ResNet-18 under its usual names, and nothing else."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from safetensors.torch import save_file  # noqa: E402

from casestudies.errors import ConfigError, DataError  # noqa: E402
from casestudies.imaging.backbones import backbone  # noqa: E402
from casestudies.imaging.network import NetworkSpec, SmallNet  # noqa: E402
from casestudies.imaging.resnet import ResNet18, ResNetSpec  # noqa: E402
from casestudies.imaging.trained import Trained  # noqa: E402

PIXELS = np.random.default_rng(0).random((3, 1, 32, 32), np.float32)


@pytest.fixture(scope="module")
def resnet():
    torch.manual_seed(0)
    return ResNet18(ResNetSpec(1, 32)).eval()


@pytest.fixture
def weights(resnet):
    """As public files have them: with a last layer, without counters."""
    kept = {
        name: value.clone() for name, value in resnet.state_dict().items() if not name.endswith("num_batches_tracked")
    }
    return kept | {"fc.weight": torch.zeros(1000, 512), "fc.bias": torch.zeros(1000)}


def stored(tmp_path, weights):
    file = tmp_path / "net.safetensors"
    save_file({name: value.contiguous() for name, value in weights.items()}, file)
    return file


def test_it_has_the_tensors_and_the_size_that_everybody_s_resnet18_has(resnet):
    shapes = {name: tuple(value.shape) for name, value in resnet.state_dict().items()}
    assert sum(one.numel() for one in resnet.parameters()) == 11_689_512 - 513_000  # published, less its last layer
    assert shapes["conv1.weight"] == (64, 3, 7, 7)
    assert shapes["layer2.0.downsample.0.weight"] == (128, 64, 1, 1)
    assert shapes["layer4.1.bn2.running_var"] == (512,)
    assert "layer1.0.downsample.0.weight" not in shapes
    assert len(shapes) == 120


def test_a_block_by_hand(resnet):
    from torch.nn.functional import conv2d

    x = torch.rand(2, 64, 8, 8)
    block = resnet.layer2[0]

    def normal(z, layer):
        shape = (1, -1, 1, 1)
        z = (z - layer.running_mean.view(shape)) / (layer.running_var.view(shape) + layer.eps).sqrt()
        return z * layer.weight.view(shape) + layer.bias.view(shape)

    inner = normal(conv2d(x, block.conv1.weight, stride=2, padding=1), block.bn1).clamp_min(0)
    inner = normal(conv2d(inner, block.conv2.weight, padding=1), block.bn2)
    beside = normal(conv2d(x, block.downsample[0].weight, stride=2), block.downsample[1])
    with torch.no_grad():
        torch.testing.assert_close(block(x), (inner + beside).clamp_min(0), rtol=1e-4, atol=1e-5)


def test_a_resnet18_makes_features_of_grey_films(tmp_path, weights, resnet):
    found = backbone(stored(tmp_path, weights), 1, 32)
    colour = torch.from_numpy(PIXELS).repeat(1, 3, 1, 1)
    with torch.no_grad():
        expected = resnet.features(colour).numpy()
    np.testing.assert_allclose(found.features(PIXELS), expected, rtol=1e-4, atol=1e-5)
    assert found.features(PIXELS).shape == (3, 512)
    assert found.trace == {}
    assert "11,176,512 parameters, trained elsewhere" in found.notes[0]
    with pytest.raises(ConfigError, match="no last layer of its own"):
        found.logits(PIXELS)


def test_a_resnet18_is_saved_with_the_model(tmp_path, weights):
    found = backbone(stored(tmp_path, weights), 1, 32)
    for name, data in found.files("network0").items():
        (tmp_path / name).write_bytes(data)
    np.testing.assert_array_equal(Trained.open(tmp_path, "network0").features(PIXELS), found.features(PIXELS))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"layer1.2.conv1.weight": torch.zeros(1)}, "has a tensor 'layer1.2.conv1.weight', so it is of a deeper ResNet"),
        ({"module.conv1.weight": torch.zeros(1)}, "has a tensor 'module.conv1.weight', unlike a ResNet-18"),
        ({"conv1.weight": None}, "has no tensor 'conv1.weight'"),
        ({"conv1.weight": torch.zeros(64, 1, 7, 7)}, r"conv1.weight of shape \(64, 1, 7, 7\), and a ResNet-18 \(64, 3, 7, 7\)"),
    ],
)  # fmt: skip
def test_other_weights_are_refused_by_name(tmp_path, weights, change, said):
    other = {name: value for name, value in (weights | change).items() if value is not None}
    with pytest.raises(ConfigError, match=said):
        backbone(stored(tmp_path, other), 1, 32)


def test_what_is_no_file_of_weights_is_refused(tmp_path):
    file = tmp_path / "net.safetensors"
    for content in (b"", b"\x80\x04pickle", b"\xff" * 100):
        file.write_bytes(content)
        with pytest.raises(DataError, match="net.safetensors: not a file of weights"):
            backbone(file, 1, 32)
    with pytest.raises(DataError, match="not a file of weights"):
        backbone(tmp_path / "none.safetensors", 1, 32)


def test_a_network_of_an_earlier_run_is_used_again(tmp_path):
    spec = NetworkSpec(1, 32, (4, 6), 1)
    before = Trained(SmallNet(spec).eval(), spec, notes=("5 parameters", "kept epoch 3"))
    for name, data in before.files("network1").items():
        (tmp_path / name).write_bytes(data)
    found = backbone(tmp_path / "network1.safetensors", 1, 32)
    np.testing.assert_array_equal(found.features(PIXELS), before.features(PIXELS))
    assert found.notes == ("network of 2 blocks, trained in an earlier run (network1.safetensors)",)
    with pytest.raises(ConfigError, match="films of 32 pixels a side, these have 64; write reading.side: 32"):
        backbone(tmp_path / "network1.safetensors", 1, 64)
    with pytest.raises(ConfigError, match="films of 1 channels, these have 3; write model.channels: 1"):
        backbone(tmp_path / "network1.safetensors", 3, 32)
    (tmp_path / "network1.json").write_text("{}")
    with pytest.raises(DataError, match=r"network1.safetensors: .*keep the .json file"):
        backbone(tmp_path / "network1.safetensors", 1, 32)
