"""What surrounds a run: caches, exports, adapters, averages, sample grids, the command line."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from accelerate import Accelerator
from accelerate.state import AcceleratorState
from click.testing import CliRunner

import fake_datasets
from mgie.cli.main import cli
from mgie.errors import BadCheckpoint, BadData, BadOption
from mgie.model.checkpoint import load_networks
from mgie.model.events import EditorKind
from mgie.train.cache import CachedExamples, CacheMaker, build_cache
from mgie.train.checkpoints import list_checkpoints, read_checkpoint
from mgie.train.config import (
    CacheConfig,
    DataConfig,
    LearningRates,
    LoraConfig,
    ObjectiveConfig,
    OptimizerConfig,
    PicturesConfig,
    RunConfig,
    StartConfig,
    TextConfig,
    TrainConfig,
)
from mgie.train.draws import draw
from mgie.train.ema import Ema
from mgie.train.examples import Collator, Drawn, MadeExamples
from mgie.train.export import export_model, export_published, trained_model
from mgie.train.loop import train_step
from mgie.train.lora import add_adapters, merge_adapters
from mgie.train.parts import parameter_groups, trained
from mgie.train.run import run
from mgie.train.schedule import rate_factor
from mgie.train.session import Session
from mgie.train.start import Started, example_maker, start
from tiny import TOKENIZER_FILE, tiny_networks

PACK = Path(__file__).parents[2] / "data" / "parity" / "train"
TEXTS = str(PACK / "ipr2pr_expressive.json")


def _config(kind: EditorKind = "mgie", **changes: object) -> TrainConfig:
    config = TrainConfig(
        name="tiny",
        start=StartConfig(preset="tiny", tokenizer=str(TOKENIZER_FILE), kind=kind),
        data=(DataConfig(layout="mgie-tsv", path=str(PACK), split="task", expressive=TEXTS),),
        pictures=PicturesConfig(size_px=32, intermediate_px=None),
        learning_rates=LearningRates() if kind != "insp2p" else LearningRates(embeddings=0, edit_head=0),
        run=RunConfig(
            num_steps=2, batch_size=2, num_workers=0, save_every=1, log_every=1, num_samples=1, sample_steps=1
        ),
    )
    return replace(config, **changes)


def _started(kind: EditorKind = "mgie") -> Started:
    files = (TOKENIZER_FILE,)
    return Started(networks=tiny_networks(kind), tokenizer_files=files, license="Apache-2.0", source="test")


def _cache_maker(config: TrainConfig) -> CacheMaker:
    started = _started()
    source = fake_datasets.pairs(5)
    return CacheMaker(
        config=config, networks=started.networks, source=source, maker=example_maker(started, config)
    )


@pytest.mark.parametrize("has_features", [True, False])
def test_cached_examples_give_the_losses_of_made_ones(has_features: bool, tmp_path: Path) -> None:
    config = _config(cache=CacheConfig(folder=str(tmp_path), has_features=has_features))
    cache = _cache_maker(config)
    building = build_cache(cache, tmp_path, block=2)
    next(building)
    building.close()  # stopped after the first block, then gone on with
    with pytest.raises(BadData, match="unfinished"):
        CachedExamples(cache, tmp_path)
    assert [progress.num_read for progress in build_cache(cache, tmp_path, block=2)] == [4, 5]
    session = Session(cache.networks, config, Accelerator(cpu=True))
    losses: list[float] = []
    for examples in (CachedExamples(cache, tmp_path), MadeExamples(cache.source, cache.maker)):
        drawn = [Drawn(examples[i], draw(0, i, cache.maker.latent_shape, 1000), ()) for i in range(5)]
        with torch.no_grad():
            result = session.model(Collator(cache.maker)(drawn))
        losses += [float(result.instruction + result.edit)]
    assert losses[0] == pytest.approx(losses[1], rel=1e-4)  # features are kept in half precision


def test_a_cache_of_something_else_is_refused(tmp_path: Path) -> None:
    config = _config(cache=CacheConfig(folder=str(tmp_path)))
    list(build_cache(_cache_maker(config), tmp_path))
    other = replace(config, pictures=PicturesConfig(size_px=64, intermediate_px=None))
    with pytest.raises(BadData, match="made from other data"):
        CachedExamples(_cache_maker(other), tmp_path)


@pytest.mark.parametrize("kind", ["mgie", "lgie", "insp2p"])
def test_every_kind_trains_samples_and_exports(kind: EditorKind, tmp_path: Path) -> None:
    config = _config(kind)
    config = replace(
        config,
        run=replace(config.run, sample_every=2),
        optimizer=OptimizerConfig(ema_decay=0.5, warmup_fraction=0),
    )
    session = run(config, tmp_path / "run")
    lines = [json.loads(line) for line in (tmp_path / "run" / "log.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines] == [1, 2]
    assert (tmp_path / "run" / "samples" / "step-00000002.png").is_file()
    export_model(trained_model(config, tmp_path / "run"), tmp_path / "model", name="tiny")
    loaded = load_networks(tmp_path / "model")
    session.networks.derive_emb()
    expected = session.networks.state_dict()
    assert all(torch.equal(value, expected[name]) for name, value in loaded.state_dict().items())
    averaged = trained_model(config, tmp_path / "run", average=True).networks
    assert not torch.equal(averaged.unet.conv_in.weight, session.networks.unet.conv_in.weight)
    with pytest.raises(BadOption, match="holds a run already"):
        run(config, tmp_path / "run")


def test_the_published_files_hold_what_the_demo_needs(tmp_path: Path) -> None:
    networks = tiny_networks()
    export_published(networks, tmp_path)
    mllm = torch.load(tmp_path / "mllm.pt", weights_only=True)
    unet = torch.load(tmp_path / "unet.pt", weights_only=True)
    assert torch.equal(mllm["emb"], mllm["model.embed_tokens.weight"][-8:])
    assert {name for name in mllm if not name.startswith("edit_head.")} == {
        "model.embed_tokens.weight",
        "lm_head.weight",
        "emb",
    }
    assert set(unet) == set(networks.unet.state_dict())
    assert all(value.dtype == torch.float16 for value in [*mllm.values(), *unet.values()])
    with pytest.raises(BadOption, match="native folder"):
        export_published(tiny_networks("insp2p"), tmp_path)


def test_adapters_train_alone_and_vanish_into_the_weights(tmp_path: Path) -> None:
    frozen = LearningRates(embeddings=0, edit_head=5e-5, unet=0)
    config = _config(
        learning_rates=frozen,
        lora=LoraConfig(rank=2, alpha=4, learning_rate=1e-2),
        optimizer=OptimizerConfig(warmup_fraction=0),
    )
    session = run(config, tmp_path)
    names = session.trained_names
    assert all(".lora_" in name or name.startswith("edit_head.") for name in names)
    assert any(name.startswith("unet.") for name in names)
    assert any(name.startswith("language_model.") for name in names)
    merged = trained_model(config, tmp_path).networks
    assert set(merged.state_dict()) == set(tiny_networks().state_dict())
    fresh = start(config.start, seed=0).networks
    key = "language_model.model.layers.0.self_attn.q_proj.weight"
    assert not torch.equal(merged.get_parameter(key), fresh.get_parameter(key))


def test_untrained_adapters_change_nothing() -> None:
    networks, expected = tiny_networks(), tiny_networks().state_dict()
    add_adapters(networks, LoraConfig(), seed=0)
    merge_adapters(networks)
    assert all(torch.equal(value, expected[name]) for name, value in networks.state_dict().items())


def test_half_precision_and_checkpointing_train_the_same_weights() -> None:
    plain = _config()
    frugal = replace(plain, run=replace(plain.run, precision="bf16", gradient_checkpointing=True))
    results: list[float] = []
    for config in (plain, frugal):
        started = _started()
        maker = example_maker(started, config)
        mixed = {"fp32": "no", "bf16": "bf16"}[config.run.precision]
        session = Session(started.networks, config, Accelerator(cpu=True, mixed_precision=mixed))
        examples = MadeExamples(fake_datasets.pairs(2), maker)
        drawn = [Drawn(examples[i], draw(0, i, maker.latent_shape, 1000), ()) for i in range(2)]
        results.append(float(train_step(session, [Collator(maker)(drawn)], config, 0).loss))
        AcceleratorState._reset_state(reset_partial_state=True)
    assert results[1] == pytest.approx(results[0], rel=0.05)


def test_a_part_that_no_loss_reaches_is_refused() -> None:
    with pytest.raises(BadOption, match="no such part"):
        parameter_groups(tiny_networks("insp2p"), _config())
    with pytest.raises(BadOption, match="edit_weight is 0"):
        parameter_groups(tiny_networks(), _config(objective=ObjectiveConfig(edit_weight=0)))


def test_every_weight_of_a_trained_tower_gets_a_gradient() -> None:
    """Layers behind the one that is read are left out; DDP would wait for them for ever."""
    rates = LearningRates(vision_tower=1e-4, projector=1e-4, language_model=1e-4)
    config = _config(learning_rates=rates)
    started = _started()
    maker = example_maker(started, config)
    session = Session(started.networks, config, Accelerator(cpu=True))
    example = maker(fake_datasets.pairs(1)[0])
    losses = session.model(Collator(maker)([Drawn(example, draw(0, 0, maker.latent_shape, 1000), ())]))
    (losses.instruction + losses.edit).backward()
    assert [name for name, weight in trained(session.model) if weight.grad is None] == []


def test_ablations_change_what_they_say() -> None:
    assert start(replace(_config().start, num_visual_tokens=4), seed=0).config.tokens.num_visual_tokens == 4  # type: ignore[union-attr]  # mgie has tokens
    how = "USER: how will this image look if '{instruction}'\n{image} ASSISTANT:"
    assert start(replace(_config().start, prompt=how), seed=0).config.prompt == how
    pair = fake_datasets.pairs(1)[0]
    ids = [
        example_maker(_started("insp2p"), _config("insp2p", text=TextConfig(conditioning=text)))(
            pair
        ).prompt_ids
        for text in ("instruction", "expressive")
    ]
    assert ids[0] != ids[1]


def test_an_expressive_condition_needs_an_expressive_instruction() -> None:
    silent = replace(fake_datasets.pairs(1)[0], expressive_instruction=" ")
    assert example_maker(_started("insp2p"), _config("insp2p"))(silent).prompt_ids is not None
    maker = example_maker(_started("insp2p"), _config("insp2p", text=TextConfig(conditioning="expressive")))
    with pytest.raises(BadData, match="has no expressive instruction"):
        maker(silent)


def test_a_text_too_long_keeps_its_visual_tokens() -> None:
    config = _config(text=TextConfig(max_tokens=330))
    maker = example_maker(_started(), config)
    long = replace(fake_datasets.pairs(1)[0], expressive_instruction="The sky would be red. " * 20)
    text = maker(long).text
    assert text is not None
    assert len(text.ids) == 330
    assert text.ids[-9:] == [*range(643, 651), 2]
    crowded = dataclasses.replace(long, instruction="make the sky red " * 40)
    with pytest.raises(BadData, match="no room for an answer"):
        maker(crowded)


def test_averages_follow_the_weights() -> None:
    weight = torch.nn.Parameter(torch.zeros(3))
    ema = Ema({"w": weight}, decay=0.5)
    weight.data += 1
    ema.update()
    expected = 1 - 2 / 11  # the first update uses (1 + 1) / (10 + 1)
    assert torch.allclose(ema.averages["w"], torch.full((3,), expected))
    with ema.applied():
        assert torch.allclose(weight, torch.full((3,), expected))
    assert torch.equal(weight, torch.ones(3))


def test_the_rate_warms_up_and_falls_to_zero() -> None:
    config = OptimizerConfig(warmup_fraction=0.1)
    rates = [rate_factor(step, 100, config) for step in range(100)]
    assert rates[:3] == [0.0, 0.1, 0.2]
    assert max(rates) == rates[10] == 1.0
    assert rates[99] < 0.001
    assert rate_factor(50, 100, OptimizerConfig(schedule="constant")) == 1.0


def test_checkpoints_are_kept_and_damage_is_named(tmp_path: Path) -> None:
    config = _config()
    run(replace(config, run=replace(config.run, keep_checkpoints=1)), tmp_path)
    (kept,) = list_checkpoints(tmp_path / "checkpoints")
    assert kept.name == "step-00000002"
    (kept / "weights.safetensors").write_bytes(b"cut")
    with pytest.raises(BadCheckpoint, match="remove it to resume"):
        read_checkpoint(kept)


def test_the_command_line_trains_resumes_and_exports(tmp_path: Path) -> None:
    runner, out = CliRunner(), str(tmp_path / "run")
    preset = Path(__file__).parents[3] / "backend/mgie/train/presets/tiny.yaml"
    changes = {
        "start.tokenizer": str(TOKENIZER_FILE),
        "data.0.path": str(PACK),
        "data.0.expressive": TEXTS,
        "run.num_steps": "1",
    }
    flags = [flag for key, value in changes.items() for flag in ("--set", f"{key}={value}")]
    result = runner.invoke(cli, ["train", "--config", str(preset), "--out", out, *flags])
    assert result.exit_code == 0, result.output
    result = runner.invoke(cli, ["train", "--resume", out, "--set", "run.num_steps=2"])
    assert result.exit_code == 0, result.output
    result = runner.invoke(
        cli, ["train", "export", out, "--out", str(tmp_path / "model"), "--dtype", "float16"]
    )
    assert result.exit_code == 0, result.output
    assert load_networks(tmp_path / "model").unet.dtype == torch.float16
    assert "published-mgie-7b" in runner.invoke(cli, ["train", "--presets"]).output
    checked = runner.invoke(cli, ["data", "check", "--config", f"{out}/config.yaml"])
    assert "ipr2pr: 5 good, 0 bad" in checked.output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--out", "x"], "give --config and --out"),
        (["--resume", "x", "--out", "y"], "leave --config and --out away"),
        (["--config", "tiny", "--out", "x", "--set", "run.seed"], "lacks '='"),
        (["--config", "tiny", "--out", "x", "--set", "data.9.path=y"], "there is no '9'"),
        (["--config", "nowhere.yaml", "--out", "x"], "cannot be read"),
    ],
)
def test_a_wrong_call_says_what_to_do(arguments: list[str], message: str) -> None:
    result = CliRunner().invoke(cli, ["train", *arguments])
    assert isinstance(result.exception, BadOption)
    assert message in str(result.exception)
