"""Published files become a native model that computes the published numbers, or are refused by name."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.torch
import torch

from mgie.editors.loading import load_editor
from mgie.errors import BadCheckpoint, BadOption, BadTokenizer, MgieError
from mgie.model.config import ModelConfig
from mgie.model.editor import run_edit
from mgie.model.events import EditDone
from mgie.model.generators import drain
from mgie.model.networks import build_networks
from mgie.model.presets import MGIE_7B, TINY, TINY_INSPIX2PIX
from mgie.weights.checkpoint import load_networks
from mgie.weights.convert import import_model
from mgie.weights.manifest import Manifest, verify
from mgie.weights.source_keys import MGIE_RULES, published_key
from mgie.weights.source_layouts import InsPix2PixFiles, MgieFiles
from mgie.weights.stable_diffusion import start_from_stable_diffusion, widen_conv_in
from support.parity_weights import PACK
from support.published_files import (
    clip,
    old_vae,
    published_weights,
    rewrite,
    with_prefix,
    write_insp2p,
    write_published,
)
from support.tiny import tiny_editor, tiny_networks, tiny_picture


def _import(
    files: MgieFiles | InsPix2PixFiles, folder: Path, config: ModelConfig = TINY, **options: Any
) -> Manifest:
    steps = import_model(files, folder, config, name="tiny", license="CC0-1.0", source="a test", **options)
    return drain(steps)


@pytest.fixture(scope="module")
def originals(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("published")
    write_published(root)
    return root


@pytest.fixture
def files(originals: Path, tmp_path: Path) -> MgieFiles:
    """A copy that a test may spoil."""
    root = tmp_path / "published"
    shutil.copytree(originals, root)
    return MgieFiles(
        llava=root / "LLaVA-7B-v1",
        mllm=root / "mgie_7b" / "mllm.pt",
        unet=root / "mgie_7b" / "unet.pt",
        diffusion=root / "instruct-pix2pix",
        clip=root / "clip-vit-large-patch14",
    )


def test_every_published_weight_lands_in_its_network(files: MgieFiles, tmp_path: Path) -> None:
    manifest = _import(files, tmp_path / "tiny")
    assert manifest.kind == "mgie"
    assert len(list(verify(tmp_path / "tiny"))) == len(manifest.files)
    got, want = load_networks(tmp_path / "tiny").state_dict(), tiny_networks().state_dict()
    assert got.keys() == want.keys()
    assert all(torch.equal(got[key], want[key]) for key in want)


def test_imported_weights_compute_the_published_numbers(files: MgieFiles, tmp_path: Path) -> None:
    """Edit embeddings, first noise prediction and image latents of a golden case, from files alone."""
    _import(files, tmp_path / "tiny")
    networks = load_networks(tmp_path / "tiny")
    assert networks.edit_head is not None
    assert networks.emb is not None
    painted_file = min((PACK / "cases").glob("*_diffusion*.npz"), key=lambda path: path.stat().st_size)
    painted = np.load(painted_file)
    golden = np.load(PACK / "cases" / f"{painted_file.name.partition('_diffusion')[0]}_mllm.npz")
    with torch.inference_mode():
        edit = networks.edit_head(torch.from_numpy(golden["hid8"])[None], networks.emb)
        noise_pred = networks.unet(
            torch.from_numpy(painted["unet_in_0"]),
            torch.tensor(painted["unet_t_0"]),
            torch.from_numpy(painted["unet_ctx"]),
        ).sample
        image = torch.from_numpy(painted["image_pre_u8"]).float().permute(2, 0, 1)[None] / 127.5 - 1
        image_latents = networks.vae.encode(image).latent_dist.mode()
    # PACK.md: 1e-4 for the language side, 1e-3 for UNet and autoencoder (float32, other thread counts)
    np.testing.assert_allclose(edit, golden["edit"], atol=1e-4)
    np.testing.assert_allclose(noise_pred, painted["unet_out_0"], atol=1e-3)
    np.testing.assert_allclose(image_latents, painted["image_latents"], atol=1e-3)


def test_an_imported_model_edits_like_the_published_weights(files: MgieFiles, tmp_path: Path) -> None:
    manifest = _import(files, tmp_path / "tiny")
    editor = load_editor(tmp_path / "tiny")
    assert (editor.info.id, editor.info.digest) == ("tiny", manifest.digest)
    assert editor.info.license == "CC0-1.0"
    options = {"num_inference_steps": 2}
    results = [
        list(run_edit(candidate, tiny_picture(), "make it red", seed=7, options=options))[-1]
        for candidate in (editor, tiny_editor())
    ]
    ours, theirs = (result for result in results if isinstance(result, EditDone))
    assert ours.encoding.raw_text == theirs.encoding.raw_text
    np.testing.assert_array_equal(ours.sampled.image, theirs.sampled.image)


def test_newer_layouts_give_the_same_model(files: MgieFiles, tmp_path: Path) -> None:
    """Safetensors, today's VAE spelling, `emb` in the file, added tokens in tokenizer_config.json."""
    old = _import(files, tmp_path / "old")
    vae = files.diffusion / "vae"
    (vae / "diffusion_pytorch_model.bin").unlink()
    safetensors.torch.save_file(
        with_prefix("vae.", strip="vae."), vae / "diffusion_pytorch_model.safetensors"
    )
    (files.clip / "pytorch_model.bin").unlink()
    safetensors.torch.save_file(clip(), files.clip / "model.safetensors")
    rewrite(files.mllm, {"emb": published_weights()["model.embed_tokens.weight"][-8:][None].clone()})
    (files.llava / "added_tokens.json").unlink()
    decoder = {
        "640": {"content": "<im_patch>"},
        "641": {"content": "<im_start>"},
        "642": {"content": "<im_end>"},
    }
    (files.llava / "tokenizer_config.json").write_text(json.dumps({"added_tokens_decoder": decoder}))
    new = _import(files, tmp_path / "new")
    assert new.digest == old.digest


def test_weights_keep_their_published_dtype(files: MgieFiles, tmp_path: Path) -> None:
    torch.save({key: t.half() for key, t in torch.load(files.unet).items()}, files.unet)
    _import(files, tmp_path / "tiny")
    networks = load_networks(tmp_path / "tiny")
    assert networks.unet.conv_in.weight.dtype == torch.float16
    assert networks.vae.encoder.conv_in.weight.dtype == torch.float32


def test_a_vae_folder_may_be_given_itself(files: MgieFiles, tmp_path: Path) -> None:
    direct = MgieFiles(
        llava=files.llava,
        mllm=files.mllm,
        unet=files.unet,
        diffusion=files.diffusion / "vae",
        clip=files.clip,
    )
    assert _import(direct, tmp_path / "a").digest == _import(files, tmp_path / "b").digest


def test_inspix2pix_is_imported_from_its_diffusers_folder(tmp_path: Path) -> None:
    folder = write_insp2p(tmp_path)
    _import(InsPix2PixFiles(folder=folder), tmp_path / "tiny", TINY_INSPIX2PIX)
    got = load_networks(tmp_path / "tiny").state_dict()
    want = build_networks(TINY_INSPIX2PIX, seed=3).state_dict()
    assert all(torch.equal(got[key], want[key]) for key in want)
    assert load_editor(tmp_path / "tiny").info.kind == "insp2p"
    (folder / "tokenizer" / "tokenizer.model").unlink()
    with pytest.raises(BadTokenizer, match="is missing"):
        _import(InsPix2PixFiles(folder=folder), tmp_path / "again", TINY_INSPIX2PIX)


def test_a_preset_of_another_kind_is_refused(files: MgieFiles, tmp_path: Path) -> None:
    with pytest.raises(BadOption, match="of kind mgie, the preset is of kind insp2p"):
        _import(files, tmp_path / "tiny", TINY_INSPIX2PIX)


def _lacks_a_key(files: MgieFiles) -> None:
    rewrite(files.unet, {"conv_in.weight": None})


def _has_a_further_key(files: MgieFiles) -> None:
    rewrite(files.mllm, {"model.layers.0.mlp.up_proj.weight": torch.zeros(1)})


def _has_four_input_channels(files: MgieFiles) -> None:
    rewrite(files.unet, {"conv_in.weight": torch.zeros(16, 4, 3, 3)})


def _lacks_the_visual_rows(files: MgieFiles) -> None:
    rewrite(files.mllm, {"model.embed_tokens.weight": torch.zeros(643, 64)})


def _has_another_emb(files: MgieFiles) -> None:
    rewrite(files.mllm, {"emb": torch.zeros(8, 63)})


def _is_cut(files: MgieFiles) -> None:
    files.unet.write_bytes(files.unet.read_bytes()[:-1000])


def _holds_code(files: MgieFiles) -> None:
    torch.save({"edit_head.query": Path}, files.mllm)


def _lacks_a_shard(files: MgieFiles) -> None:
    (files.llava / "pytorch_model-00002-of-00002.bin").unlink()


def _is_a_delta(files: MgieFiles) -> None:
    for name in ("pytorch_model-00001-of-00002.bin", "pytorch_model-00002-of-00002.bin"):
        tensors = torch.load(files.llava / name)
        norms = {key: 0.001 * tensor for key, tensor in tensors.items() if key.endswith("norm.weight")}
        rewrite(files.llava / name, norms)


def _selects_another_layer(files: MgieFiles) -> None:
    (files.llava / "config.json").write_text(json.dumps({"mm_vision_select_layer": -1}))


def _selects_no_layer(files: MgieFiles) -> None:
    (files.llava / "config.json").write_text(json.dumps({"num_attention_heads": 4}))


def _has_no_config(files: MgieFiles) -> None:
    (files.llava / "config.json").unlink()


def _has_a_broken_config(files: MgieFiles) -> None:
    (files.llava / "config.json").write_text("[")


def _has_no_vae(files: MgieFiles) -> None:
    shutil.rmtree(files.diffusion / "vae")


def _has_a_vae_of_another_age(files: MgieFiles) -> None:
    renamed = {key.replace(".query.", ".q."): tensor for key, tensor in old_vae().items()}
    torch.save(renamed, files.diffusion / "vae" / "diffusion_pytorch_model.bin")


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (_lacks_a_key, r"unet\.pt lacks conv_in\.weight \(shape \(16, 8, 3, 3\)\)"),
        (_has_a_further_key, r"mllm\.pt: model\.layers\.0\.mlp\.up_proj\.weight belongs to no network"),
        (_has_four_input_channels, r"unet\.pt: conv_in\.weight has shape \(16, 4, 3, 3\) instead of"),
        (_lacks_the_visual_rows, r"mllm\.pt: model\.embed_tokens\.weight has shape \(643, 64\) instead of"),
        (_has_another_emb, r"mllm\.pt: emb has shape \(8, 63\) instead of \(8, 64\)"),
        (_is_cut, r"unet\.pt is cut short"),
        (_holds_code, r"mllm\.pt holds code"),
        (_lacks_a_shard, r"pytorch_model-00002-of-00002\.bin is missing"),
        (_is_a_delta, r"delta\* weights.*apply_delta"),
        (_selects_another_layer, r"mm_vision_select_layer is -1, this model needs -2"),
        (_selects_no_layer, r"does not say which layer .* add \"mm_vision_select_layer\": -2"),
        (_has_no_config, r"config\.json is missing"),
        (_has_a_broken_config, r"config\.json is no JSON"),
        (_has_no_vae, r"holds no diffusion_pytorch_model"),
        (_has_a_vae_of_another_age, r"diffusion_pytorch_model\.bin.* lacks .*to_q"),
    ],
    ids=lambda value: value.__name__.strip("_") if callable(value) else "",
)
def test_a_spoilt_part_is_refused_by_file_and_key(
    files: MgieFiles, tmp_path: Path, spoil: Callable[[MgieFiles], None], message: str
) -> None:
    spoil(files)
    with pytest.raises(BadCheckpoint, match=message):
        _import(files, tmp_path / "tiny")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["published"]


@pytest.mark.parametrize(
    "added",
    [
        None,  # a bare Vicuna or LLaMA
        {},
        {"[PAD]": 640},
        {f"[IMG{index}]": 640 + index for index in range(8)},  # what the published demo makes of a bare one
        {"<im_patch>": 641, "<im_start>": 640, "<im_end>": 642},
        {"<im_patch>": 640, "<im_start>": 641, "<im_end>": 642, "<extra>": 643},
    ],
)
def test_a_wrong_tokenizer_is_refused(files: MgieFiles, tmp_path: Path, added: dict[str, int] | None) -> None:
    if added is None:
        (files.llava / "added_tokens.json").unlink()
    else:
        (files.llava / "added_tokens.json").write_text(json.dumps(added))
    with pytest.raises(BadTokenizer):
        _import(files, tmp_path / "tiny")
    assert not (tmp_path / "tiny").exists()


def test_a_damaged_vocabulary_is_refused(files: MgieFiles, tmp_path: Path) -> None:
    (files.llava / "tokenizer.model").write_bytes(b"nothing")
    with pytest.raises(BadTokenizer, match="not a sentencepiece model"):
        _import(files, tmp_path / "tiny")


def test_the_full_size_preset_has_exactly_the_published_keys() -> None:
    """`mllm.pt` and `unet.pt` as derived from the published code; `emb` is not in every file."""
    wanted: dict[str, dict[str, list[int]]] = {rule.source: {} for rule in MGIE_RULES}
    for key, like in build_networks(MGIE_7B, device="meta").state_dict().items():
        source, published = published_key(key, MGIE_RULES)
        wanted[source][published] = list(like.shape)
    full_size = json.loads((PACK / "full_size_keys.json").read_text())
    assert wanted["mllm"].pop("emb") == [8, 4096]
    assert wanted["mllm"] == full_size["mllm.pt"]
    assert wanted["unet"] == full_size["unet.pt"]
    assert len(wanted["llava"]) == 32 * 9 + 3  # 32 layers, the last norm, the projector


def test_widening_keeps_what_the_first_convolution_saw() -> None:
    narrow = torch.randn(16, 4, 3, 3)
    widened = widen_conv_in(narrow, 8)
    assert torch.equal(widened[:, :4], narrow)
    assert not widened[:, 4:].any()


def test_training_starts_from_stable_diffusion_with_its_bias(tmp_path: Path) -> None:
    unet = with_prefix("unet.", strip="unet.")
    unet["conv_in.weight"] = unet["conv_in.weight"][:, :4].clone()
    for name in ("unet", "vae"):
        (tmp_path / name).mkdir()
    safetensors.torch.save_file(unet, tmp_path / "unet" / "diffusion_pytorch_model.safetensors")
    torch.save(old_vae(), tmp_path / "vae" / "diffusion_pytorch_model.bin")
    networks = build_networks(TINY)
    start_from_stable_diffusion(networks, tmp_path)
    assert torch.equal(networks.unet.conv_in.weight[:, :4], unet["conv_in.weight"])
    assert not networks.unet.conv_in.weight[:, 4:].any()
    assert torch.equal(networks.unet.conv_in.bias, unet["conv_in.bias"])
    key = "encoder.mid_block.attentions.0.to_q.weight"
    assert torch.equal(networks.vae.state_dict()[key], published_weights()["vae." + key])


def test_stable_diffusion_of_another_shape_is_refused(tmp_path: Path) -> None:
    folder = write_insp2p(tmp_path)
    rewritten = {"conv_in.weight": torch.zeros(16, 9, 3, 3)}
    path = folder / "unet" / "diffusion_pytorch_model.safetensors"
    safetensors.torch.save_file(safetensors.torch.load_file(path) | rewritten, path)
    with pytest.raises(MgieError, match=r"conv_in\.weight has shape \(16, 9, 3, 3\)"):
        start_from_stable_diffusion(build_networks(TINY), folder)
