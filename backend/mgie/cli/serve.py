"""`mgie serve`, `mgie status`, `mgie stop`, `mgie logs`."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from mgie.cli.server_options import remote_options, take_choice
from mgie.model.company import OVERLAPS, Overlap
from mgie.model.load_options import PLACEMENTS, PRECISIONS, PlacementMode, Precision

if TYPE_CHECKING:
    from mgie.client.blocking import Client
    from mgie.client.discovery import Discovery
    from mgie.client.servers import RemoteServer

state_dir_option = click.option(
    "--state-dir",
    type=click.Path(path_type=Path),
    default=None,
    help="Where the server keeps jobs, blobs, token and log.  [default: this user's state folder]",
)


@click.command()
@state_dir_option
@click.option(
    "--listen",
    default="",
    metavar="HOST:PORT",
    help="Listen on TCP instead of a Unix socket. Any address but loopback is served with TLS.",
)
@click.option(
    "--tls-cert",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Certificate, PEM.  [default: generated]",
)
@click.option("--tls-key", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="Its key, PEM.")
@click.option(
    "--model",
    default="mgie-mini",
    show_default=True,
    help="Name or folder of the model for edits that name none.",
)
@click.option(
    "--models-dir",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of your models.  [default: MGIE_MODELS_DIR, or the user's data folder]",
)
@click.option(
    "--sources",
    envvar="MGIE_SOURCES",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Your own list of models that can be pulled (TOML).  [MGIE_SOURCES]",
)
@click.option(
    "--hub",
    envvar="HF_ENDPOINT",
    default="",
    help="Another Hugging Face hub to pull from, e.g. a mirror.  [HF_ENDPOINT]",
)
@click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda, cuda:1 or mps.")
@click.option(
    "--precision",
    type=click.Choice(["auto", *PRECISIONS]),
    default="auto",
    show_default=True,
    help="Numbers that models compute in; auto: what works on the device.",
)
@click.option(
    "--placement",
    type=click.Choice(["auto", *PLACEMENTS]),
    default="auto",
    show_default=True,
    help="How much of a model stays on the device; auto: as much as fits.",
)
@click.option(
    "--overlap",
    type=click.Choice(OVERLAPS),
    default="auto",
    show_default=True,
    help="Write the next edit's words while this one is painted; auto: on an NVIDIA GPU.",
)
@click.option("--preload/--no-preload", default=True, show_default=True, help="Load the model at once.")
@click.option("--max-samples", default=4, show_default=True, help="Pictures denoised together, 1 to 64.")
@click.option("--quota-gb", default=20.0, show_default=True, help="Disk space for pictures and results, GB.")
@click.option(
    "--idle-unload",
    default=900.0,
    show_default=True,
    metavar="SECONDS",
    help="Free the device after so long without an edit; 0: never.",
)
@click.option(
    "--idle-exit",
    default=0.0,
    show_default=True,
    metavar="SECONDS",
    help="End after so long without a call; 0: never.",
)
@click.option(
    "--ray",
    "ray_address",
    default="",
    metavar="ADDRESS",
    help='Run lanes as Ray actors: a cluster\'s address, or "local".',
)
@click.option("--lanes", default=1, show_default=True, help="How many lanes, with --ray.")
def serve(
    state_dir: Path | None,
    listen: str,
    tls_cert: Path | None,
    tls_key: Path | None,
    model: str,
    models_dir: Path | None,
    sources: Path | None,
    hub: str,
    device: str,
    precision: Precision | Literal["auto"],
    placement: PlacementMode | Literal["auto"],
    overlap: Overlap,
    preload: bool,
    max_samples: int,
    quota_gb: float,
    idle_unload: float,
    idle_exit: float,
    ray_address: str,
    lanes: int,
) -> None:
    """Run the backend that the panel and the command line talk to. Ctrl-C ends it."""
    from mgie.cli.supervise import start_again_after_crashes

    died_of = start_again_after_crashes()  # before anything is imported that has threads
    from mgie.api.system import Limits
    from mgie.client.discovery import default_state_dir
    from mgie.server.lifecycle import serve as run
    from mgie.server.logs import configure_logging
    from mgie.server.settings import ServerSettings
    from mgie.weights.sources import SOURCES_PATH

    quota_bytes = round(quota_gb * 1e9)
    settings = ServerSettings(
        state_dir=(state_dir or default_state_dir()).absolute(),
        listen=listen,
        tls_certificate=tls_cert,
        tls_key=tls_key,
        model=model,
        models_dir=models_dir,
        sources=sources or SOURCES_PATH,
        hub=hub,
        device=device,
        precision=precision,
        placement=placement,
        overlap=overlap,
        preload=preload,
        limits=Limits(blob_quota_bytes=quota_bytes, max_blob_bytes=min(quota_bytes, 4 << 30)),
        max_samples=max_samples,
        idle_unload_s=idle_unload,
        idle_exit_s=idle_exit,
        ray_address=ray_address,
        num_lanes=lanes,
    )
    configure_logging(log_path(settings.state_dir))
    notices = [f"the server crashed ({died_of}) and was started again; see crash.log"] if died_of else []
    asyncio.run(run(settings, on_ready=_announce, notices=notices))


@click.command()
@state_dir_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@remote_options
def status(state_dir: Path | None, as_json: bool, **options: Any) -> None:
    """Say whether a backend runs, and what it is doing. The exit status is 3 where none does."""
    found = _found(state_dir, options)
    if found is None:
        click.echo(json.dumps({"running": False}) if as_json else "no backend is running")
        raise SystemExit(3)
    client, place = found
    with client:
        facts = {"running": True, **place, **_facts(client)}
    if as_json:
        click.echo(json.dumps(facts, indent=2))
        return
    for name, value in facts.items():
        shown = ", ".join(map(str, value)) if isinstance(value, list) else value
        click.echo(f"{name.replace('_', ' '):>14}  {shown if shown != '' else '-'}")


def _facts(client: Client) -> dict[str, object]:
    from mgie.client.async_client import EDITS

    info, resources = client.info(), client.resources()
    return {
        "pid": info.pid,
        "version": info.version,
        "default_model": info.default_model,
        "ready": client.is_serving(EDITS),
        "loaded_models": [name.removeprefix("models/") for name in resources.loaded_models],
        "queued": resources.num_queued,
        "running_edits": resources.num_running,
        "held": resources.num_held,
        "devices": [f"{device.name} ({device.device})" for device in resources.devices],
        "ram_ours_mib": resources.ram_ours_bytes >> 20,
        "blobs_mib": resources.blob_bytes >> 20,
        "notices": list(info.notices),
    }


@click.command()
@state_dir_option
@click.option("--now", is_flag=True, help="Do not wait for running edits; they run again at the next start.")
@remote_options
def stop(state_dir: Path | None, now: bool, **options: Any) -> None:
    """End the backend, after the edits that run."""
    from filelock import FileLock

    from mgie.client.discovery import LOCK_NAME, default_state_dir

    is_remote = bool(options["server"])
    found = _found(state_dir, options)
    if found is None:
        click.echo("no backend is running")
        return
    with found[0] as client:
        client.shutdown(drain_s=0.0 if now else None)
    if is_remote:
        click.echo("ends after the edits that run")
        return
    with FileLock((state_dir or default_state_dir()) / LOCK_NAME):
        click.echo("ended")  # no longer found is not yet that: edits that run may still end


@click.command()
@state_dir_option
@click.option("-n", "--lines", default=50, show_default=True, help="How many of the last lines.")
@click.option("-f", "--follow", is_flag=True, help="Go on with new lines until Ctrl-C.")
def logs(state_dir: Path | None, lines: int, follow: bool) -> None:
    """Print the backend's log."""
    from mgie.client.discovery import default_state_dir

    path = log_path(state_dir or default_state_dir())
    if not path.is_file():
        click.echo(f"there is no log at {path} yet")
        return
    with path.open(encoding="utf-8", errors="replace") as file:
        for line in file.readlines()[-lines:] if lines > 0 else []:
            click.echo(line, nl=False)
        file.seek(0, 2)
        while follow:
            line = file.readline()
            if line:
                click.echo(line, nl=False)
            else:
                time.sleep(0.2)


def log_path(state_dir: Path) -> Path:
    """Where a server writes its log."""
    return state_dir / "log" / "server.log"


def _announce(discovery: Discovery) -> None:
    click.echo(f"listening at {discovery.address} (process {discovery.pid})")
    if discovery.fingerprint:
        click.echo(f"certificate SHA-256 {discovery.fingerprint}")
    click.echo(f"token in {discovery.token_path}")


def _found(state_dir: Path | None, options: dict[str, Any]) -> tuple[Client, dict[str, object]] | None:
    """A client of the backend, and where that is; None where none runs on this machine."""
    from mgie.client.blocking import Client
    from mgie.client.discovery import read_discovery

    remote = take_choice(options).remote()
    if remote is not None:
        return Client(remote.endpoint), _place(remote)
    discovery = read_discovery(state_dir)
    if discovery is None:
        return None
    return Client.connect(discovery), _place(discovery)


def _place(server: Discovery | RemoteServer) -> dict[str, object]:
    return {"address": server.address, "fingerprint": server.fingerprint}
