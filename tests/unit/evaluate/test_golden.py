"""Every metric against an independent implementation, on noise, a smooth picture and a photograph.

golden/make_golden.py wrote the values with lpips, torchmetrics, pytorch-fid, torchvision and scikit-image
(golden/versions.json). Tolerances: 1e-9 where both sides compute in float64; 1e-5 relative where networks run
in float32 under two releases of torch, which sum in different orders.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.lib.npyio import NpzFile

from mgie.evaluate.metrics.backbones import LPIPS_FILES, BackboneMissing
from mgie.evaluate.metrics.embeddings import ClipEmbedder, ClipPixels, DinoEmbedder
from mgie.evaluate.metrics.fid import FidEmbedder, frechet_distance
from mgie.evaluate.metrics.inception import InceptionFeatures
from mgie.evaluate.metrics.lpips import Lpips, LpipsNet, lpips_shapes
from mgie.evaluate.metrics.pixels import ciede2000, l1, l2, psnr_db
from mgie.evaluate.metrics.similarity import clip_score, directional
from mgie.evaluate.metrics.ssim import ssim, ssim_inner, ssim_mirrored
from support.golden_backbones import GOLDEN, load_backbones

EXACT = 1e-9
FLOAT32 = 1e-5
SEPARABLE = 1e-6  # torchmetrics and the grouped convolution make their window in float32


backbones = load_backbones()
PAIRS = backbones.pairs()
IMAGES = [image for pair in PAIRS.values() for image in pair]


@pytest.fixture(name="golden", scope="module")
def _golden() -> NpzFile:
    return np.load(GOLDEN / "golden.npz")


@pytest.mark.parametrize("name", list(PAIRS))
def test_pixel_metrics_agree_with_torch_torchmetrics_and_scikit_image(name: str, golden: NpzFile) -> None:
    first, second = PAIRS[name]
    assert l1(first, second) == pytest.approx(golden[f"{name}/l1"], abs=1e-7)  # ToTensor rounds to float32
    assert l2(first, second) == pytest.approx(golden[f"{name}/l2"], abs=1e-7)
    assert psnr_db(first, second) == pytest.approx(golden[f"{name}/psnr"], abs=1e-5)
    assert ciede2000(first, second) == pytest.approx(golden[f"{name}/ciede2000"], rel=EXACT)


@pytest.mark.parametrize("name", list(PAIRS))
def test_all_forms_of_ssim_agree_with_their_libraries(name: str, golden: NpzFile) -> None:
    first, second = PAIRS[name]
    assert ssim(first, second) == pytest.approx(golden[f"{name}/ssim_zero_padded"], abs=SEPARABLE)
    assert ssim_mirrored(first, second) == pytest.approx(golden[f"{name}/ssim_torchmetrics"], abs=SEPARABLE)
    assert ssim_inner(first, second) == pytest.approx(golden[f"{name}/ssim_skimage_gaussian"], abs=EXACT)


def write_lpips(folder: Path, net: LpipsNet) -> None:
    """Both files of a net, in torchvision's and lpips' formats, with the seeded weights."""
    (folder / "lpips").mkdir(exist_ok=True)
    for name, shapes in zip(LPIPS_FILES[net], lpips_shapes(net), strict=True):
        torch.save(backbones.seeded(shapes), folder / "lpips" / name)


@pytest.mark.parametrize("net", ["alex", "vgg", "squeeze"])
def test_lpips_agrees_with_the_package(net: LpipsNet, tmp_path: Path, golden: NpzFile) -> None:
    write_lpips(tmp_path, net)
    distance = Lpips(net, tmp_path)
    values = [distance(first, second) for first, second in PAIRS.values()]
    assert values == pytest.approx(golden[f"lpips/{net}"], rel=FLOAT32)
    assert distance(IMAGES[0], IMAGES[0]) == 0


def test_fid_agrees_with_pytorch_fid(tmp_path: Path, golden: NpzFile) -> None:
    network = InceptionFeatures()
    backbones.fill(network)
    torch.save(network.state_dict(), tmp_path / "pt_inception-2015-12-05-6726825d.pth")
    features = FidEmbedder(tmp_path).images(IMAGES)
    np.testing.assert_allclose(features, golden["fid/features"], rtol=1e-4, atol=1e-5)
    rng = np.random.default_rng(1)
    first, second = rng.normal(size=(40, 16)), rng.normal(0.3, 1.4, (50, 16))
    assert frechet_distance(first, second) == pytest.approx(golden["fid/distance"], rel=1e-7)


@pytest.mark.parametrize(
    ("pixels", "key"), [("openai", "clip_images"), ("ip2p", "clip_ip2p"), ("ip2p-legacy", "clip_legacy")]
)
def test_clip_pictures_agree_with_transformers_behind_torchvision(
    pixels: ClipPixels, key: str, backbones_folder: Path, golden: NpzFile
) -> None:
    points = ClipEmbedder("clip-b32", backbones_folder, pixels=pixels).images(IMAGES)
    np.testing.assert_allclose(points, golden[key], atol=FLOAT32)


def test_clip_texts_and_scores_agree(backbones_folder: Path, golden: NpzFile) -> None:
    embedder = ClipEmbedder("clip-b32", backbones_folder)
    texts, images = embedder.texts(backbones.TEXTS), embedder.images(IMAGES)
    np.testing.assert_allclose(texts, golden["clip_texts"], atol=FLOAT32)
    assert directional(images[4], images[5], texts[0], texts[1]) == pytest.approx(
        golden["directional"], abs=1e-4
    )
    # torchmetrics reports 100 cos, Hessel et al. 2.5 cos. It hands transformers a tensor, which is resized by
    # torch instead of Pillow: up to a level of 255 apart, a thousandth in this random network's score.
    (square,) = embedder.images([IMAGES[4][:232]])
    assert clip_score(square, texts[0]) == pytest.approx(2.5 * golden["clip_score"] / 100, abs=2e-3)


def test_a_text_beyond_the_context_is_cut(backbones_folder: Path) -> None:
    embedder = ClipEmbedder("clip-b32", backbones_folder)
    long = "a very long caption " * 20
    np.testing.assert_allclose(embedder.texts([long]), embedder.texts([long + "and more"]))


def test_dino_agrees_with_transformers_behind_torchvision(backbones_folder: Path, golden: NpzFile) -> None:
    np.testing.assert_allclose(DinoEmbedder(backbones_folder).images(IMAGES), golden["dino"], atol=FLOAT32)


def test_a_missing_backbone_is_named(tmp_path: Path) -> None:
    with pytest.raises(BackboneMissing, match="dino-vits16 is not in"):
        DinoEmbedder(tmp_path)
    with pytest.raises(BackboneMissing, match="--backbones"):
        Lpips("alex", None)
