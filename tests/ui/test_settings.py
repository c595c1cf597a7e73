"""Presets, options and seeds."""

import random
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from mgie.api.options import Preset
from mgie.panel.state.settings import CUSTOM, MAX_SEED, MODELS_OWN, Settings
from mgie.panel.texts import presets
from support.fake_ports import GUIDANCE, MODEL, STEPS

OTHER = replace(MODEL, options=(replace(STEPS, maximum=10),), presets=())


def test_a_model_brings_its_own_values() -> None:
    settings = Settings().for_model(MODEL)
    assert (settings.preset, settings.options) == (MODELS_OWN, {})
    assert (settings.value(STEPS), settings.value(GUIDANCE)) == (3, 7.5)


def test_a_preset_follows_the_model() -> None:
    quick = Settings().with_preset("quick", MODEL)
    assert quick.value(STEPS) == 1
    slower = replace(MODEL, presets=(Preset(name="quick", options={"num_inference_steps": 2}),))
    assert quick.for_model(slower).value(STEPS) == 2
    assert quick.for_model(OTHER) == Settings()


def test_a_models_own_values_have_its_own_name_for_them() -> None:
    named = replace(MODEL, presets=(Preset(name="balanced", label="Balanced"), *MODEL.presets))
    assert Settings().for_model(named) == Settings(preset="balanced")
    assert [name for _, name in presets(named)] == ["balanced", "quick", CUSTOM]
    assert [name for _, name in presets(MODEL)] == [MODELS_OWN, "quick", CUSTOM]


def test_options_set_by_hand_stay_where_the_model_has_them() -> None:
    own = Settings().with_option(STEPS, 9).with_option(GUIDANCE, 9.0)
    assert own.preset == CUSTOM
    assert own.for_model(MODEL) == own
    assert own.for_model(OTHER).options == {"num_inference_steps": 9}
    assert own.with_option(STEPS, 20).for_model(OTHER).options == {}


def test_setting_the_same_value_keeps_the_preset() -> None:
    assert Settings().with_option(GUIDANCE, 7.5) == Settings()


def test_an_option_back_at_the_models_value_is_not_sent() -> None:
    assert Settings().with_option(STEPS, 9).with_option(STEPS, 3).options == {}


def test_an_unknown_preset_changes_nothing() -> None:
    assert Settings().with_preset("no such", MODEL) == Settings()


@given(
    st.dictionaries(
        st.sampled_from(["num_inference_steps", "guidance_scale", "x"]),
        st.integers() | st.floats() | st.text(),
    )
)
def test_every_preset_of_every_model_is_in_range(options: dict[str, float | str]) -> None:
    model = replace(MODEL, presets=(Preset(name="odd", options=options),))
    settings = Settings().with_preset("odd", model)
    for schema in model.options:
        assert schema.check(settings.value(schema)) == settings.value(schema)
    assert set(settings.options) <= {"num_inference_steps", "guidance_scale"}


def test_a_locked_seed_stays_and_a_free_one_is_drawn() -> None:
    rng = random.Random(0)
    assert Settings(seed=5, is_seed_locked=True).with_next_seed(rng).seed == 5
    assert Settings(seed=5).with_next_seed(rng).seed != 5


def test_variations_take_the_seeds_that_follow_and_wrap_at_the_end() -> None:
    assert Settings(seed=MAX_SEED, num_variations=3).seeds() == (MAX_SEED, 0, 1)
