"""Presets, numbers and seeds."""

import random

from hypothesis import given
from hypothesis import strategies as st

from mgie.panel.state.settings import CUSTOM, MAX_SEED, PRESETS, ModelDefaults, Settings

MINI = ModelDefaults(name="mini", num_inference_steps=20, guidance_scale=7.5, image_guidance_scale=1.5)


def test_balanced_is_what_the_model_recommends() -> None:
    settings = Settings().for_model(MINI)
    assert (settings.num_inference_steps, settings.guidance_scale, settings.image_guidance_scale) == (
        20,
        7.5,
        1.5,
    )


def test_a_preset_follows_the_model_but_own_numbers_stay() -> None:
    quick = Settings().with_preset("quick", MINI)
    assert quick.num_inference_steps == 6
    own = quick.with_number("guidance_scale", 9.0)
    assert own.preset == CUSTOM
    assert own.for_model(ModelDefaults()) == own


def test_setting_the_same_number_keeps_the_preset() -> None:
    assert Settings().with_number("guidance_scale", 7.5).preset == "balanced"


def test_an_unknown_preset_changes_nothing() -> None:
    assert Settings().with_preset("no such", MINI) == Settings()


@given(st.integers(1, 1000), st.floats(1, 50), st.floats(1, 50), st.sampled_from([p.key for p in PRESETS]))
def test_every_preset_of_every_model_is_in_range(steps: int, text: float, image: float, key: str) -> None:
    model = ModelDefaults(num_inference_steps=steps, guidance_scale=text, image_guidance_scale=image)
    settings = Settings().with_preset(key, model)
    assert 1 <= settings.num_inference_steps <= 1000
    assert 1 <= settings.guidance_scale <= 50
    assert 1 <= settings.image_guidance_scale <= 50


def test_a_locked_seed_stays_and_a_free_one_is_drawn() -> None:
    rng = random.Random(0)
    assert Settings(seed=5, is_seed_locked=True).with_next_seed(rng).seed == 5
    assert Settings(seed=5).with_next_seed(rng).seed != 5


def test_variations_take_the_seeds_that_follow_and_wrap_at_the_end() -> None:
    assert Settings(seed=MAX_SEED, num_variations=3).seeds() == (MAX_SEED, 0, 1)
