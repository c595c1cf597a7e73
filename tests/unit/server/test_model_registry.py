"""A server's models: one by name, or a writer and a painter as one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mgie.api.edit import EditSpec
from mgie.api.models import Model
from mgie.api.pixel_blobs import EncodedSpec, PictureBlob
from mgie.errors import BadOption, ModelNotInstalled
from mgie.model.load_options import LoadOptions
from mgie.server.checks import check_against_model, read_model
from mgie.server.model_registry import InstalledModels, load_installed
from mgie.weights.checkpoint import save_model
from support.tiny import CONFIGS, TOKENIZER_FILE, tiny_networks

CPU = LoadOptions(device="cpu")


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> InstalledModels:
    folder = tmp_path_factory.mktemp("models")
    for kind in ("lgie", "insp2p"):
        save_model(
            folder / kind,
            CONFIGS[kind],
            tiny_networks(kind),
            tokenizer_files=[TOKENIZER_FILE],
            name=kind,
            license="CC0-1.0",
            source="a test",
        )
    return InstalledModels(folder)


def test_a_writer_and_a_painter_are_one_model(models: InstalledModels) -> None:
    both = models.model("lgie+insp2p")
    assert (both.id, both.kind, both.writes_instruction) == ("lgie+insp2p", "lgie", True)
    assert load_installed(models, "lgie+insp2p", CPU).editor.info == replace(both, is_shipped=False)
    assert load_installed(models, "lgie", CPU).editor.info.id == "lgie"


def test_what_does_not_go_together_or_is_not_there_is_refused(models: InstalledModels) -> None:
    with pytest.raises(BadOption, match="in this order"):
        models.model("insp2p+lgie")
    with pytest.raises(ModelNotInstalled, match="'nobody'"):
        models.model("lgie+nobody")


@pytest.mark.parametrize("name", ["a+b", "models/mgie-7b", "a.b+c_d", ""])
def test_names_of_models_may_hold_one_plus(name: str) -> None:
    assert read_model(name) == name.removeprefix("models/")


@pytest.mark.parametrize("name", ["a+", "+b", "a+b+c", "../a", "a/b", "a+../b"])
def test_anything_else_is_no_models_name(name: str) -> None:
    with pytest.raises(Exception, match="a model is named by"):
        read_model(name)


def test_an_edit_needs_a_model_that_paints() -> None:
    spec = EditSpec(picture=PictureBlob(blob_digest="0" * 64, encoded=EncodedSpec()), instruction="red")
    with pytest.raises(Exception, match=r"x only writes; name a painter too, as x\+PAINTER"):
        check_against_model(spec, Model(name="models/x", paints=False))
