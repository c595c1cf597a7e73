"""`mgie models show`, `load` and `unload`: what a model can do, and whether it is in a backend's memory."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mgie.cli.server_options import ServerChoice, remote_options, take_choice

if TYPE_CHECKING:
    from mgie.api.models import Model, Operation


@click.command("show")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of text.")
@remote_options
@click.pass_obj
def show_model(models_dir: Path, name: str, as_json: bool, **options: Any) -> None:
    """Show what a model can do, and what can be set for it with --option."""
    choice = take_choice(options)
    model = _remote_model(choice, name) if choice.server else _local_model(name, models_dir)
    if as_json:
        click.echo(json.dumps(asdict(model), indent=2))
        return
    click.echo(f"{model.id}: {model.kind}, {model.num_bytes / 1e9:.2f} GB, {model.license}, {model.source}")
    for ability in model.abilities:
        click.echo(f"  {ability}")
    for schema in model.options:
        click.echo(f"  --option {schema.name}={schema.default_value}  {schema.label} ({schema.allowed})")
    for preset in model.presets:
        values = " ".join(f"{key}={value}" for key, value in preset.options.items())
        click.echo(f"  --preset {preset.name}  {preset.label}: {values or 'the defaults'}")


@click.command("load")
@click.argument("name")
@remote_options
def load_model(name: str, **options: Any) -> None:
    """Load a model into the backend's memory now, so that the next edit need not wait."""
    _operate(take_choice(options), lambda client: client.load_model(f"models/{name}"))


@click.command("unload")
@click.argument("name", required=False)
@remote_options
def unload_model(name: str | None, **options: Any) -> None:
    """Free the backend's memory of a model, or of all. A running edit ends first."""
    _operate(take_choice(options), lambda client: client.unload_model(f"models/{name}" if name else ""))


def _operate(choice: ServerChoice, begin: Callable[[Any], Operation]) -> None:
    """Begin long work on a model and follow it to its end."""
    from mgie.api.failure import Failure, ServiceError
    from mgie.cli.server_connection import running_server

    with running_server(choice) as client:
        if client is None:
            raise SystemExit("no backend is running")
        operation = begin(client)
        for state in client.watch_operation(operation.name):
            operation = state
            if operation.message:
                click.echo(operation.message, err=True)
        if operation.state != "succeeded":
            failure = Failure(reason="OPERATION_CANCELLED", message=f"the {operation.kind} was cancelled")
            raise ServiceError(operation.error or failure)
        loaded = [name.removeprefix("models/") for name in client.resources().loaded_models]
        click.echo(f"in memory: {', '.join(loaded) or 'nothing'}")


def _remote_model(choice: ServerChoice, name: str) -> Model:
    from mgie.cli.server_connection import connected

    with connected(choice) as client:
        return client.get_model(f"models/{name}")


def _local_model(name: str, models_dir: Path) -> Model:
    from mgie.editors.describe import describe_named

    return describe_named(name, models_dir=models_dir)
