"""`mgie models list`, `verify` and `pull` with --server: on a backend's own machine."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from mgie.api.models import Model
from mgie.errors import LicenseNotAccepted

if TYPE_CHECKING:
    from mgie.api.models import Operation
    from mgie.cli.server_options import ServerChoice
    from mgie.client.blocking import Client


def list_on_server(choice: ServerChoice, *, as_json: bool) -> None:
    """Print the models of a backend and those that it could install."""
    from mgie.cli.server_connection import connected

    with connected(choice) as client:
        models = client.list_models(includes_available=True)
    if as_json:
        click.echo(json.dumps([asdict(model) for model in models], indent=2))
        return
    for model in models:
        click.echo(line_of(model))


def verify_on_server(choice: ServerChoice, names: tuple[str, ...]) -> None:
    """Have a backend check every byte of its models. Ends the program where one is not as it should be."""
    from mgie.cli.server_connection import connected

    bad: list[str] = []
    with connected(choice) as client:
        for name in names or [model.id for model in client.list_models()]:
            end = _watched(client, client.verify_model(f"models/{name}"))
            if end.state == "succeeded":
                click.echo(f"{name}: all as the manifest says")
            else:
                click.echo(f"{name}: {_why(end)}", err=True)
                bad.append(name)
    if bad:
        sys.exit(f"mgie: not as their manifests say: {', '.join(bad)}")


def pull_on_server(choice: ServerChoice, name: str, *, accept_license: bool, parts: str = "") -> None:
    """Have a backend install a published model, or a folder or file of its import folder.

    parts: the model installed there whose other parts a single file takes.
    """
    from mgie.cli.server_connection import connected

    with connected(choice) as client:
        models = {model.id: model for model in client.list_models(includes_available=True)}
        model = models.get(name)
        if model is not None and model.terms and not (accept_license or model.is_license_accepted):
            click.echo(f"{model.source}\n\n{model.terms}\n", err=True)
            ask_for_acceptance(name)
            accept_license = True
        end = _watched(client, client.import_model(name, license_accepted=accept_license, parts=parts))
    if end.state != "succeeded":
        sys.exit(f"mgie: {name} is not installed: {_why(end)}")
    click.echo(f"{name}: installed there")


def ask_for_acceptance(name: str) -> None:
    """Ask whether the terms just shown are accepted. Raises LicenseNotAccepted unless a person says so."""
    if not (sys.stdin.isatty() and click.confirm("Do you accept these terms?", err=True)):
        raise LicenseNotAccepted(f"{name} is not pulled; accept its terms with --accept-license")


def line_of(model: Model) -> str:
    """A model for people, in two lines; a broken one in one."""
    if model.problem:
        return f"{model.id:18} broken: {model.problem}"
    size = model.num_bytes / 1e9
    what = "; ".join(model.abilities)
    return f"{model.id:18} {model.kind:12} {size:6.2f} GB  {model.license}\n{'':18} {what}"


def _watched(client: Client, operation: Operation) -> Operation:
    """Follow work to its end, telling what it does."""
    said = ""
    for operation in client.watch_operation(operation.name):  # noqa: B020 - the last one is what counts
        if operation.message and operation.message != said:
            said = operation.message
            click.echo(f"  {said}", err=True)
    return operation


def _why(end: Operation) -> str:
    return f"{end.error.reason}: {end.error.message}" if end.error else "it was cancelled"
