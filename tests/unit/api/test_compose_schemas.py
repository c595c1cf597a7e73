"""Every field of `ComposeOptions` is described for people, with the range that is checked."""

from dataclasses import fields, replace

import pytest

from mgie.api.compose_options import RANGES, ComposeOptions
from mgie.api.compose_schemas import NOT_SET, compose_schemas
from mgie.errors import BadOption

SCHEMAS = {schema.name: schema for schema in compose_schemas()}


def test_every_field_is_described_or_said_not_to_be_a_persons() -> None:
    assert set(SCHEMAS) | set(NOT_SET) == {field.name for field in fields(ComposeOptions)}
    for schema in SCHEMAS.values():
        assert schema.label
        assert schema.description
        assert schema.check(schema.default_value) == schema.default_value
        assert schema.default_value == getattr(ComposeOptions(), schema.name)


@pytest.mark.parametrize("name", RANGES)
def test_the_described_range_is_the_one_that_is_checked(name: str) -> None:
    schema = SCHEMAS[name]
    for value in (schema.minimum, schema.maximum):
        assert getattr(replace(ComposeOptions(), **{name: value}), name) == value
    with pytest.raises(BadOption, match=name):
        replace(ComposeOptions(), **{name: schema.maximum + 1})


@pytest.mark.parametrize("name", ["context", "transfer"])
def test_every_offered_choice_is_taken(name: str) -> None:
    for choice in SCHEMAS[name].choices:
        assert getattr(replace(ComposeOptions(), **{name: choice}), name) == choice
