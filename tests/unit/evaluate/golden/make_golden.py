"""What lpips, torchmetrics, pytorch-fid, torchvision and scikit-image say about the pairs of backbones.py.

    python -m venv ref && ref/bin/pip install torch==2.14.1 torchvision==0.29.1 lpips==0.1.4 \
        torchmetrics==1.9.0 pytorch-fid==0.3.0 scikit-image==0.26.0 transformers==5.23.0
    ref/bin/python tests/unit/evaluate/golden/make_golden.py

Writes golden.npz and versions.json beside itself.
"""

from __future__ import annotations

import importlib.metadata
import json
import platform
import tempfile
from pathlib import Path

import lpips
import numpy as np
import pytorch_fid.inception
import torch
import torch.nn.functional as F
from backbones import TEXTS, fill, pairs, write_clip, write_dino
from PIL import Image
from pytorch_fid.fid_score import calculate_frechet_distance
from skimage.color import deltaE_ciede2000, rgb2lab
from skimage.metrics import structural_similarity
from torchmetrics.functional.image import peak_signal_noise_ratio, structural_similarity_index_measure
from torchmetrics.functional.multimodal import clip_score
from torchvision import transforms
from torchvision.transforms import InterpolationMode
from transformers import CLIPModel, CLIPProcessor, CLIPTokenizer, ViTModel

HERE = Path(__file__).parent
LIBRARIES = (
    "torch",
    "torchvision",
    "lpips",
    "torchmetrics",
    "pytorch-fid",
    "scikit-image",
    "transformers",
    "numpy",
)
CLIP_MEAN, CLIP_STD = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)


def tensor(pixels):
    """(1, 3, H, W) in [0, 1]."""
    return transforms.ToTensor()(Image.fromarray(pixels))[None]


def pixel_metrics(first, second):
    """L1, L2, PSNR, two forms of SSIM, CIEDE2000."""
    x, y = tensor(first).double(), tensor(second).double()
    gaussian = structural_similarity(
        first, second, channel_axis=2, gaussian_weights=True, sigma=1.5, use_sample_covariance=False
    )
    return {
        "l1": float(torch.nn.L1Loss()(x, y)),
        "l2": float(torch.nn.MSELoss()(x, y)),
        "psnr": float(peak_signal_noise_ratio(x, y, data_range=1.0)),
        "ssim_torchmetrics": float(structural_similarity_index_measure(x, y, data_range=1.0)),
        "ssim_skimage_gaussian": float(gaussian),
        "ssim_zero_padded": float(ssim_zero_padded(x, y)),
        "ciede2000": float(deltaE_ciede2000(rgb2lab(first), rgb2lab(second)).mean()),
    }


def ssim_zero_padded(x, y):
    """The published formula with a grouped 11x11 convolution and padding 5 of zeros."""
    line = torch.exp(-((torch.arange(11.0, dtype=torch.float64) - 5) ** 2) / (2 * 1.5**2))
    window = torch.outer(line / line.sum(), line / line.sum()).expand(3, 1, 11, 11)

    def blur(values):
        return F.conv2d(values, window, padding=5, groups=3)

    mean_x, mean_y = blur(x), blur(y)
    var_x, var_y, cov = blur(x * x) - mean_x**2, blur(y * y) - mean_y**2, blur(x * y) - mean_x * mean_y
    top = (2 * mean_x * mean_y + 0.01**2) * (2 * cov + 0.03**2)
    return (top / ((mean_x**2 + mean_y**2 + 0.01**2) * (var_x + var_y + 0.03**2))).mean()


def lpips_values(net):
    """lpips' own forward with seeded trunk and linear layers."""
    model = lpips.LPIPS(net=net, pretrained=False, pnet_rand=True, verbose=False).eval()
    trunk = {"alex": "alexnet", "vgg": "vgg16", "squeeze": "squeezenet1_1"}[net]
    import torchvision.models as models

    classifier = getattr(models, trunk)(weights=None)
    fill(classifier)
    for name, weight in model.net.named_parameters():  # sliceN.INDEX.rest -> features.INDEX.rest
        weight.data.copy_(classifier.state_dict()["features." + name.split(".", 1)[1]])
    for index in range(len(model.lins)):
        key = f"lin{index}.model.1.weight"
        lin = getattr(model, f"lin{index}")
        from backbones import seeded

        lin.model[1].weight.data.copy_(seeded({key: tuple(lin.model[1].weight.shape)})[key])
    with torch.no_grad():
        return [float(model(tensor(a) * 2 - 1, tensor(b) * 2 - 1)) for a, b in pairs().values()]


def fid_features():
    """pytorch-fid's 2048 features and its distance between two made-up sets."""
    state = pytorch_fid.inception._inception_v3(num_classes=1008, aux_logits=False, weights=None)
    for name, kind, arguments in (
        ("Mixed_5b", "A", {"pool_features": 32}), ("Mixed_5c", "A", {"pool_features": 64}),
        ("Mixed_5d", "A", {"pool_features": 64}),
    ):  # fmt: skip
        widths = {"Mixed_5b": 192, "Mixed_5c": 256, "Mixed_5d": 288}
        setattr(state, name, getattr(pytorch_fid.inception, f"FIDInception{kind}")(widths[name], **arguments))
    for name, inner in (("Mixed_6b", 128), ("Mixed_6c", 160), ("Mixed_6d", 160), ("Mixed_6e", 192)):
        setattr(state, name, pytorch_fid.inception.FIDInceptionC(768, channels_7x7=inner))
    state.Mixed_7b = pytorch_fid.inception.FIDInceptionE_1(1280)
    state.Mixed_7c = pytorch_fid.inception.FIDInceptionE_2(2048)
    fill(state)
    weights = state.state_dict()
    pytorch_fid.inception.load_state_dict_from_url = lambda *_, **__: weights
    network = pytorch_fid.inception.InceptionV3([3]).eval()
    with torch.no_grad():
        features = [network(tensor(a))[0][0, :, 0, 0].numpy() for pair in pairs().values() for a in pair]
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=(40, 16)), rng.normal(0.3, 1.4, (50, 16))
    distance = calculate_frechet_distance(
        a.mean(0), np.cov(a, rowvar=False), b.mean(0), np.cov(b, rowvar=False)
    )
    return np.stack(features), float(distance)


def openai_transform(size):
    """CLIP's own preprocessing, from torchvision's parts."""
    steps = [transforms.Resize(size, interpolation=InterpolationMode.BICUBIC), transforms.CenterCrop(size)]
    return transforms.Compose([*steps, transforms.ToTensor(), transforms.Normalize(CLIP_MEAN, CLIP_STD)])


class TensorsOut(CLIPModel):
    """torchmetrics 1.9 expects plain tensors, as transformers 4 returned them."""

    def get_image_features(self, *args, **kwargs):
        return super().get_image_features(*args, **kwargs).pooler_output

    def get_text_features(self, *args, **kwargs):
        return super().get_text_features(*args, **kwargs).pooler_output


def pair_of(folder):
    """The model and the processor that torchmetrics asks for."""
    return TensorsOut.from_pretrained(folder).eval(), CLIPProcessor.from_pretrained(folder)


def clip_points(folder):
    """Embeddings by transformers' own calls behind torchvision's transforms; torchmetrics' CLIP score."""
    model, tokenizer = CLIPModel.from_pretrained(folder).eval(), CLIPTokenizer.from_pretrained(folder)
    images = [image for pair in pairs().values() for image in pair]
    made = torch.stack([openai_transform(64)(Image.fromarray(image)) for image in images])

    def ip2p(image, low):  # metrics/clip_similarity.py: squashed, bicubic on the tensor, then normalised
        x = tensor(image) * (1 - low) + low
        x = F.interpolate(x, size=(64, 64), mode="bicubic", align_corners=False)
        return (x[0] - torch.tensor(CLIP_MEAN).view(3, 1, 1)) / torch.tensor(CLIP_STD).view(3, 1, 1)

    def unit(x):
        x = x if isinstance(x, torch.Tensor) else x.pooler_output
        return (x / x.norm(dim=-1, keepdim=True)).numpy()

    with torch.no_grad():
        texts = [
            unit(model.get_text_features(**tokenizer(t, return_tensors="pt", truncation=True)))[0]
            for t in TEXTS
        ]
        points = {
            "clip_images": unit(model.get_image_features(pixel_values=made)),
            "clip_ip2p": unit(
                model.get_image_features(pixel_values=torch.stack([ip2p(i, 0) for i in images]))
            ),
            "clip_legacy": unit(
                model.get_image_features(pixel_values=torch.stack([ip2p(i, -1) for i in images]))
            ),
            "clip_texts": np.stack(texts),
        }
        before, after = points["clip_images"][4:6]
        points["directional"] = F.cosine_similarity(
            torch.tensor(after - before), torch.tensor(texts[1] - texts[0]), dim=0
        ).numpy()
        # square: transformers crops an odd remainder half a pixel off from torchvision
        photograph = torch.from_numpy(images[4][:232].copy()).permute(2, 0, 1)
        points["clip_score"] = clip_score(
            photograph, TEXTS[0], model_name_or_path=lambda: pair_of(folder)
        ).numpy()
    return points


def dino_points(folder):
    """torchvision's transforms as MagicBrush composes them, then the CLS output."""
    steps = [transforms.Resize(256, interpolation=InterpolationMode.BICUBIC), transforms.CenterCrop(224)]
    norm = transforms.Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
    transform = transforms.Compose([*steps, transforms.ToTensor(), norm])
    model = ViTModel.from_pretrained(folder, add_pooling_layer=False).eval()
    images = torch.stack([transform(Image.fromarray(i)) for pair in pairs().values() for i in pair])
    with torch.no_grad():
        points = model(pixel_values=images).last_hidden_state[:, 0]
    return F.normalize(points, dim=-1).numpy()


def main():
    """Everything into golden.npz."""
    golden = {}
    for name, (first, second) in pairs().items():
        golden |= {f"{name}/{key}": np.float64(value) for key, value in pixel_metrics(first, second).items()}
    for net in ("alex", "vgg", "squeeze"):
        golden[f"lpips/{net}"] = np.array(lpips_values(net))
    golden["fid/features"], golden["fid/distance"] = fid_features()
    with tempfile.TemporaryDirectory() as folder:
        golden |= clip_points(write_clip(Path(folder) / "clip"))
        golden["dino"] = dino_points(write_dino(Path(folder) / "dino"))
    np.savez_compressed(HERE / "golden.npz", **golden)
    versions = {library: importlib.metadata.version(library) for library in LIBRARIES}
    (HERE / "versions.json").write_text(
        json.dumps({"python": platform.python_version(), **versions}, indent=1) + "\n"
    )


if __name__ == "__main__":
    main()
