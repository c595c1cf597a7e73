"""One file with a painter's transformer is imported; the other parts come from a model or folder."""

from __future__ import annotations

import shutil
from pathlib import Path

import gguf
import numpy as np
import pytest
import torch
from gguf.quants import dequantize, quantize
from safetensors.torch import save_file

from mgie.editors.loading import load_editor
from mgie.editors.single_file import OtherParts, SingleFile, files_of
from mgie.errors import BadCheckpoint, BadOption
from mgie.model.generators import drain
from mgie.weights.checkpoint import open_model_tensors
from mgie.weights.convert import import_cost, import_model
from mgie.weights.manifest import read_manifest
from mgie.weights.single_file import open_single_file
from support.tiny_flux import flux_networks, makers_state, write_published_flux
from support.tiny_klein import klein_networks
from support.tiny_painters import install_painters
from support.tiny_qwen import TINY_QWEN_PLUS, qwen_networks


@pytest.fixture(scope="module")
def models_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return install_painters(tmp_path_factory.mktemp("models"))


def other_flux() -> dict[str, torch.Tensor]:
    """A denoiser that is not the installed one's."""
    return flux_networks(seed=7).transformer.state_dict()


def imported(file: Path, models_dir: Path, root: Path, chosen: str = "") -> dict[str, torch.Tensor]:
    """The tensors of the model folder that is made of a file."""
    found = SingleFile.read(file)
    parts = OtherParts.find(found, chosen, models_dir)
    writing = import_model(
        files_of(found, parts), root / "new", parts.config, name="new", license=parts.license, source="a test"
    )
    manifest = drain(writing)
    load_editor(root / "new")  # nothing is missing
    return {key: tensor.load() for key, tensor in open_model_tensors(root / "new", manifest).items()}


def installed(models_dir: Path, name: str) -> dict[str, torch.Tensor]:
    folder = models_dir / name
    return {key: tensor.load() for key, tensor in open_model_tensors(folder, read_manifest(folder)).items()}


def assert_denoiser(
    made: dict[str, torch.Tensor], expected: dict[str, torch.Tensor], others: dict[str, torch.Tensor]
) -> None:
    for key, tensor in expected.items():
        assert torch.equal(made[f"transformer.{key}"], tensor), key
    rest = {key for key in made if not key.startswith("transformer.")}
    assert rest == {key for key in others if not key.startswith("transformer.")}
    assert all(torch.equal(made[key], others[key]) for key in rest)


@pytest.mark.parametrize("prefix", ["", "model.diffusion_model."])
def test_a_file_in_the_makers_layout_becomes_the_library_s_denoiser(
    prefix: str, models_dir: Path, tmp_path: Path
) -> None:
    state = makers_state(other_flux())
    save_file({prefix + key: value.contiguous() for key, value in state.items()}, tmp_path / "f.safetensors")
    made = imported(tmp_path / "f.safetensors", models_dir, tmp_path)
    assert_denoiser(made, other_flux(), installed(models_dir, "tiny-flux"))


def test_files_in_the_library_s_own_layout_are_taken_as_they_are(models_dir: Path, tmp_path: Path) -> None:
    for name, state in (
        ("tiny-flux", other_flux()),
        ("klein", klein_networks().transformer.state_dict()),
        ("tiny-qwen", qwen_networks(TINY_QWEN_PLUS).transformer.state_dict()),
    ):
        save_file({key: value.contiguous() for key, value in state.items()}, tmp_path / "f.safetensors")
        made = imported(tmp_path / "f.safetensors", models_dir, tmp_path / name)
        assert_denoiser(made, state, installed(models_dir, name))


def test_the_case_of_a_file_s_ending_does_not_matter(tmp_path: Path) -> None:
    tensor = torch.arange(64, dtype=torch.float32).reshape(2, 32)
    save_file({"a.weight": tensor}, tmp_path / "f.SAFETENSORS")
    writer = gguf.GGUFWriter(tmp_path / "F.GGUF", "flux")
    writer.add_tensor("a.weight", tensor.numpy())
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    for name in ("f.SAFETENSORS", "F.GGUF"):
        assert torch.equal(open_single_file(tmp_path / name)["a.weight"].load().float(), tensor)


def test_klein_in_the_makers_layout(models_dir: Path, tmp_path: Path) -> None:
    state = klein_networks().transformer.state_dict()
    made_by_makers: dict[str, torch.Tensor] = {}
    for key, value in state.items():
        made_by_makers[_makers_klein_key(key)] = value.contiguous()
    for side, parts in {
        "img": ("to_q", "to_k", "to_v"),
        "txt": ("add_q_proj", "add_k_proj", "add_v_proj"),
    }.items():
        keys = [f"double_blocks.0.attn.{part}.weight" for part in parts]
        made_by_makers[f"double_blocks.0.{side}_attn.qkv.weight"] = torch.cat(
            [made_by_makers.pop(key) for key in keys]
        )
    scale, shift = state["norm_out.linear.weight"].chunk(2)
    made_by_makers["final_layer.adaLN_modulation.1.weight"] = torch.cat([shift, scale])
    save_file(made_by_makers, tmp_path / "f.safetensors")
    made = imported(tmp_path / "f.safetensors", models_dir, tmp_path)
    assert_denoiser(made, state, installed(models_dir, "klein"))


def _makers_klein_key(key: str) -> str:
    for ours, theirs in (
        ("x_embedder", "img_in"),
        ("context_embedder", "txt_in"),
        ("time_guidance_embed.timestep_embedder.linear_1", "time_in.in_layer"),
        ("time_guidance_embed.timestep_embedder.linear_2", "time_in.out_layer"),
        ("modulation_img.linear", "modulation_img.lin"),
        ("modulation_txt.linear", "modulation_txt.lin"),
        ("stream_modulation.linear", "stream_modulation.lin"),
        ("norm_out.linear", "final_layer.adaLN_modulation.1"),
        ("proj_out", "final_layer.linear"),
        ("single_transformer_blocks.0.attn.to_qkv_mlp_proj", "single_blocks.0.linear1"),
        ("single_transformer_blocks.0.attn.to_out", "single_blocks.0.linear2"),
        ("single_transformer_blocks.0.attn.norm_q.weight", "single_blocks.0.norm.query_norm.scale"),
        ("single_transformer_blocks.0.attn.norm_k.weight", "single_blocks.0.norm.key_norm.scale"),
        ("transformer_blocks.0.attn.norm_q.weight", "double_blocks.0.img_attn.norm.query_norm.scale"),
        ("transformer_blocks.0.attn.norm_k.weight", "double_blocks.0.img_attn.norm.key_norm.scale"),
        ("transformer_blocks.0.attn.norm_added_q.weight", "double_blocks.0.txt_attn.norm.query_norm.scale"),
        ("transformer_blocks.0.attn.norm_added_k.weight", "double_blocks.0.txt_attn.norm.key_norm.scale"),
        ("transformer_blocks.0.attn.to_out.0", "double_blocks.0.img_attn.proj"),
        ("transformer_blocks.0.attn.to_add_out", "double_blocks.0.txt_attn.proj"),
        ("transformer_blocks.0.ff.linear_in", "double_blocks.0.img_mlp.0"),
        ("transformer_blocks.0.ff.linear_out", "double_blocks.0.img_mlp.2"),
        ("transformer_blocks.0.ff_context.linear_in", "double_blocks.0.txt_mlp.0"),
        ("transformer_blocks.0.ff_context.linear_out", "double_blocks.0.txt_mlp.2"),
        ("transformer_blocks.0.", "double_blocks.0."),
    ):
        if key.startswith(ours) or (ours in key and "modulation" in ours):
            return key.replace(ours, theirs)
    raise AssertionError(key)


def write_gguf(
    path: Path, state: dict[str, torch.Tensor], kind: gguf.GGMLQuantizationType
) -> dict[str, torch.Tensor]:
    """A quantised file, and the values that are in it."""
    writer = gguf.GGUFWriter(path, "flux")
    kept: dict[str, torch.Tensor] = {}
    for key, tensor in state.items():
        values = tensor.float().numpy()
        if values.ndim == 2 and values.shape[1] % 32 == 0:
            packed = quantize(values, kind)
            writer.add_tensor(key, packed, raw_dtype=kind)
            sixteen = torch.float16 if kind.name == "F16" else torch.bfloat16
            kept[key] = torch.from_numpy(dequantize(packed, kind)).to(sixteen)
        else:
            writer.add_tensor(key, values)
            kept[key] = torch.from_numpy(values)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return kept


@pytest.mark.parametrize("kind", ["Q8_0", "Q4_0", "BF16", "F16"])
def test_a_gguf_file_is_widened_to_sixteen_bits(kind: str, models_dir: Path, tmp_path: Path) -> None:
    quantised = gguf.GGMLQuantizationType[kind]
    kept = write_gguf(tmp_path / "kontext-q.gguf", makers_state(other_flux()), quantised)
    made = imported(tmp_path / "kontext-q.gguf", models_dir, tmp_path)
    key = "transformer.single_transformer_blocks.0.proj_mlp.weight"
    expected = kept["single_blocks.0.linear1.weight"][96:]
    assert torch.equal(made[key].float(), expected.float())
    assert made[key].dtype == (torch.float16 if kind == "F16" else torch.bfloat16)
    close = other_flux()["single_transformer_blocks.0.proj_mlp.weight"]
    assert (made[key].float() - close).abs().max() < 0.05


def test_a_gguf_file_of_qwen(models_dir: Path, tmp_path: Path) -> None:
    state = qwen_networks(TINY_QWEN_PLUS).transformer.state_dict()
    kept = write_gguf(tmp_path / "qwen.gguf", state, gguf.GGMLQuantizationType.Q8_0)
    assert_denoiser(
        imported(tmp_path / "qwen.gguf", models_dir, tmp_path), kept, installed(models_dir, "tiny-qwen")
    )


def test_a_file_of_qwen_2511_says_by_its_marker_how_pictures_are_treated(
    models_dir: Path, tmp_path: Path
) -> None:
    state = {key: value.contiguous() for key, value in qwen_networks().transformer.state_dict().items()}
    for marked, is_clean in (({}, False), ({"__index_timestep_zero__": torch.tensor([])}, True)):
        save_file(state | marked, tmp_path / "f.safetensors")
        file = SingleFile.read(tmp_path / "f.safetensors")
        parts = OtherParts.find(file, "", models_dir)
        assert parts.config.transformer.is_clean_to_pictures is is_clean
        assert {tensor.key for tensor in files_of(file, parts).tensors(parts.config)} == set(
            installed(models_dir, "tiny-qwen")
        )


def test_eight_bit_floats_are_multiplied_by_their_scales(models_dir: Path, tmp_path: Path) -> None:
    state = makers_state(other_flux())
    scaled, expected = {"scaled_fp8": torch.zeros(2)}, {}
    for key, value in state.items():
        if value.ndim == 2:
            scale = value.abs().max() / 400
            scaled[key] = (value / scale).to(torch.float8_e4m3fn)
            scaled[key.replace(".weight", ".scale_weight")] = scale.reshape(())
            scaled[key.replace(".weight", ".scale_input")] = torch.ones(())
            expected[key] = (scaled[key].float() * scale).bfloat16()
        else:
            scaled[key] = expected[key] = value.contiguous()
    save_file(scaled, tmp_path / "f.safetensors")
    made = imported(tmp_path / "f.safetensors", models_dir, tmp_path)
    q = made["transformer.transformer_blocks.0.attn.to_q.weight"]
    assert torch.equal(q, expected["double_blocks.0.img_attn.qkv.weight"][:32])
    assert (q.float() - other_flux()["transformer_blocks.0.attn.to_q.weight"]).abs().max() < 0.02


def test_the_other_parts_come_from_a_repository_s_folder_without_its_transformer(
    models_dir: Path, tmp_path: Path
) -> None:
    tokenizers = models_dir / "tiny-flux"
    write_published_flux(tmp_path / "published", tokenizers=tokenizers)
    shutil.rmtree(tmp_path / "published" / "transformer")
    save_file({key: value.contiguous() for key, value in other_flux().items()}, tmp_path / "f.safetensors")
    file = SingleFile.read(tmp_path / "f.safetensors")
    parts = OtherParts.find(file, "tiny-flux", models_dir)
    folder = OtherParts(folder=tmp_path / "published", config=parts.config, license="CC0-1.0", manifest=None)
    first, second = (
        {tensor.key: tensor.load() for tensor in files_of(file, source).tensors(parts.config)}
        for source in (parts, folder)
    )
    assert first.keys() == second.keys()
    assert all(torch.equal(first[key], second[key]) for key in first)


def test_what_an_import_needs_is_known_before(models_dir: Path, tmp_path: Path) -> None:
    write_gguf(tmp_path / "kontext-q.gguf", makers_state(other_flux()), gguf.GGMLQuantizationType.Q8_0)
    file = SingleFile.read(tmp_path / "kontext-q.gguf")
    parts = OtherParts.find(file, "", models_dir)
    cost = import_cost(files_of(file, parts), parts.config)
    imported(tmp_path / "kontext-q.gguf", models_dir, tmp_path)
    written = read_manifest(tmp_path / "new").num_bytes
    headers = 100_000  # names and shapes, at most
    assert cost.disk_bytes <= written <= cost.disk_bytes + headers
    widest = 160 * 32  # the values of `single_blocks.0.linear1` ... of which a part is written at a time
    assert cost.memory_bytes >= widest
    assert "GB of disk and, while it works, 0.1 GB of memory" in str(cost)


def test_a_file_alone_is_refused_with_what_it_lacks_and_where_that_is(
    models_dir: Path, tmp_path: Path
) -> None:
    save_file({key: value.contiguous() for key, value in other_flux().items()}, tmp_path / "f.safetensors")
    file = SingleFile.read(tmp_path / "f.safetensors")
    with pytest.raises(BadOption) as caught:
        OtherParts.find(file, "", tmp_path / "empty")
    message = str(caught.value)
    assert message.startswith(
        "f.safetensors holds only the transformer of a FLUX.1 Kontext; it lacks text_encoder (0.2 GB)"
    )
    for what in (
        "text_encoder_2 (9.5 GB)",
        "vae (0.2 GB)",
        "black-forest-labs/FLUX.1-Kontext-dev",
        "--parts",
    ):
        assert what in message
    with pytest.raises(BadOption, match=r"is neither a folder nor an installed FLUX\.1 Kontext"):
        OtherParts.find(file, "nothing", models_dir)
    with pytest.raises(BadOption, match=r"klein is of kind flux2-klein, f\.safetensors of flux-kontext"):
        OtherParts.find(file, str(models_dir / "klein"), models_dir)


def damaged(path: Path, state: dict[str, torch.Tensor]) -> Path:
    save_file({key: value.contiguous() for key, value in state.items()}, path)
    return path


def test_files_that_do_not_fit_are_refused(models_dir: Path, tmp_path: Path) -> None:
    path = tmp_path / "f.safetensors"
    with pytest.raises(
        BadCheckpoint, match=r"holds no denoiser that this version knows; it can be that of FLUX\.1"
    ):
        SingleFile.read(damaged(path, {"a": torch.zeros(1)}))
    state = makers_state(other_flux())
    with pytest.raises(BadCheckpoint, match="surplus belongs to no network"):
        SingleFile.read(damaged(path, state | {"surplus": torch.zeros(3)}))
    with pytest.raises(BadCheckpoint, match=r"lacks what its layout asks for: 'txt_in\.weight'"):
        SingleFile.read(damaged(path, {key: value for key, value in state.items() if key != "txt_in.weight"}))
    with pytest.raises(BadCheckpoint, match=r"img_in\.weight has 33 rows; a FLUX\.1 Kontext has 3072"):
        SingleFile.read(damaged(path, state | {"img_in.weight": torch.zeros(33, 16)}))
    wrong = state | {"txt_in.weight": torch.zeros(32, 99)}
    file = SingleFile.read(damaged(path, wrong))
    parts = OtherParts.find(file, "", models_dir)
    with pytest.raises(BadCheckpoint, match=r"context_embedder\.weight has shape \(32, 99\)"):
        files_of(file, parts).tensors(parts.config)
    (tmp_path / "f.gguf").write_bytes(b"GGUF" + bytes(range(60)))
    with pytest.raises(BadCheckpoint, match="is cut short or no GGUF file"):
        SingleFile.read(tmp_path / "f.gguf")
    whole = tmp_path / "q.gguf"
    write_gguf(whole, state, gguf.GGMLQuantizationType.Q8_0)
    whole.write_bytes(whole.read_bytes()[:-4000])
    with pytest.raises(BadCheckpoint, match="is cut short or no GGUF file"):
        SingleFile.read(whole)
    (tmp_path / "f.ckpt").write_bytes(b"x")
    with pytest.raises(BadCheckpoint, match=r"f\.ckpt is no \.safetensors or \.gguf file"):
        SingleFile.read(tmp_path / "f.ckpt")


def test_rows_are_read_where_they_lie(tmp_path: Path) -> None:
    """A part of a quantised tensor is what it is in the whole."""
    values = np.random.default_rng(0).normal(size=(20, 64)).astype(np.float32)
    write_gguf(tmp_path / "x.gguf", {"x": torch.from_numpy(values)}, gguf.GGMLQuantizationType.Q4_0)
    tensor = open_single_file(tmp_path / "x.gguf")["x"]
    assert torch.equal(tensor.rows(3, 9), tensor.load()[3:9])
    assert tensor.shape == (20, 64)
