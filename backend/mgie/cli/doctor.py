"""`mgie doctor`: what is installed, what this machine has, what is missing and how to get it."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import os
import platform
import shutil
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import click

from mgie.client.discovery import Discovery, read_discovery
from mgie.client.servers import remembered_servers
from mgie.errors import MgieError
from mgie.host.connection_file import find_links, links_folder
from mgie.host.errors import HostError
from mgie.host.install import installed_paths
from mgie.host.install_paths import HostName, gimp_profiles, krita_profiles
from mgie.host.remote import RemoteHost
from mgie.weights.installed import default_models_dir, installed_models
from mgie.weights.manifest import Manifest
from mgie.weights.sources import published_models

# import name -> what it is for; what the extras in pyproject.toml bring
_BACKEND = {
    "torch": "networks",
    "transformers": "LLaMA and CLIP",
    "diffusers": "UNet and autoencoder",
    "accelerate": "placing parts on the device",
    "safetensors": "weights",
    "sentencepiece": "tokenizer",
    "grpc": "server",
}
_PANEL = {"PyQt6": "panel", "grpc": "panel's connection"}
_DISTRIBUTIONS = {"grpc": "grpcio"}
_HOST_NAMES: dict[HostName, str] = {"gimp": "GIMP", "krita": "Krita"}


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One line of the report."""

    section: str
    name: str
    value: str
    advice: str = ""  # what to do about it; "" when all is well
    is_blocking: bool = False  # nothing can be edited until it is solved


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON array instead of text.")
@click.option(
    "--models-dir",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of your models.  [default: MGIE_MODELS_DIR, or the user's data folder]",
)
def doctor(as_json: bool, models_dir: Path | None) -> None:
    """Report versions, devices, memory and models, and what is missing.

    The exit status is 1 when nothing can be edited yet.
    """
    findings = list(examine(models_dir or default_models_dir(), os.environ, Path.home()))
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in findings], indent=2))
    else:
        _print(findings)
    sys.exit(any(finding.is_blocking for finding in findings))


def examine(
    models_dir: Path, environ: Mapping[str, str], home: Path, *, state_dir: Path | None = None
) -> Iterator[Finding]:
    """Look at everything, one finding after the other.

    state_dir: where a server announces itself; None is the user's own folder.
    """
    yield Finding(section="program", name="mgie", value=importlib.metadata.version("mgie"))
    yield Finding(section="program", name="Python", value=f"{platform.python_version()} ({sys.executable})")
    yield Finding(section="program", name="system", value=platform.platform())
    yield from _packages("backend", _BACKEND, is_blocking=True)
    yield from _packages("panel", _PANEL, is_blocking=False)
    if importlib.util.find_spec("torch") is not None:
        yield from _devices()
    yield from _memory()
    yield from _models(models_dir)
    yield from _servers(state_dir)
    yield from _hosts(environ, home)
    yield from _links(environ, home)


def _packages(extra: str, needed: dict[str, str], *, is_blocking: bool) -> Iterator[Finding]:
    for module, purpose in needed.items():
        name = _DISTRIBUTIONS.get(module, module)
        if importlib.util.find_spec(module) is not None:
            yield Finding(section=extra, name=name, value=importlib.metadata.version(name))
            continue
        yield Finding(
            section=extra,
            name=name,
            value=f"missing ({purpose})",
            advice=f"pip install 'mgie[{extra}]'",
            is_blocking=is_blocking,
        )


def _devices() -> Iterator[Finding]:
    import torch

    yield Finding(
        section="device",
        name="cpu",
        value=f"{platform.processor() or platform.machine()}, {torch.get_num_threads()} threads",
    )
    yield _overlap(torch.cuda.is_available() and torch.version.hip is None)
    for index in range(torch.cuda.device_count()):
        free, total = torch.cuda.mem_get_info(index)
        value = f"{torch.cuda.get_device_name(index)}, {free / 1e9:.1f} of {total / 1e9:.1f} GB free"
        yield Finding(section="device", name=f"cuda:{index}", value=value)
        yield _graphs(index)
    if torch.backends.mps.is_available():
        yield Finding(section="device", name="mps", value="Apple GPU, shares the main memory")
    if not torch.cuda.is_available() and not torch.backends.mps.is_available():
        yield Finding(
            section="device",
            name="accelerator",
            value="none",
            advice="mgie-mini runs on the CPU; MGIE-7B wants a GPU (for NVIDIA, install torch with CUDA)",
        )


def _overlap(is_nvidia: bool) -> Finding:
    """Whether the next edit's words are written while this one is painted."""
    value = (
        "written while this one is painted, where the whole model is on the GPU and memory is left"
        if is_nvidia
        else "written when this one is painted: both would share the processor's cores"
    )
    return Finding(section="device", name="next words", value=value)


def _graphs(index: int) -> Finding:
    """Whether a GPU can replay what Python would launch piece by piece."""
    import torch

    from mgie.model.graphs import graphs_for

    device = torch.device("cuda", index)
    graphs = graphs_for(device)
    source = torch.arange(4.0, device=device)
    graphs.run("a trial", None, lambda: 2 * source, lambda: 2 * source)
    problem = "; ".join(graphs.refused.values()) or (
        "" if graphs.is_available else "not offered by this torch"
    )
    return Finding(
        section="device",
        name="CUDA graphs",
        value=f"not used: {problem}" if problem else "work",
        advice="edits run, but wait for the processor in between" if problem else "",
    )


def _plan(manifest: Manifest) -> str:
    """What a model would be loaded as now, where its kind has plans; "" otherwise."""
    from mgie.editors.devices import best_device
    from mgie.editors.table import kind_named
    from mgie.model.load_options import LoadOptions

    kind = kind_named(manifest.kind)
    if kind.memory_plan is None or importlib.util.find_spec("torch") is None:
        return ""
    device = best_device()
    config = kind.read_config(manifest.config)
    plan = kind.memory_plan(manifest.name, config, LoadOptions(device=device), 0)
    return f"; on {device}: {plan}"


def _memory() -> Iterator[Finding]:
    if importlib.util.find_spec("psutil") is None:
        return
    import psutil

    memory = psutil.virtual_memory()
    value = f"{memory.available / 1e9:.1f} of {memory.total / 1e9:.1f} GB available"
    yield Finding(section="memory", name="main memory", value=value)


def _models(models_dir: Path) -> Iterator[Finding]:
    from mgie.editors.readiness import readiness_of_all  # numpy

    installed = {model.name: model.manifest for model in installed_models(models_dir)}
    num_usable = 0
    for model in readiness_of_all(models_dir):
        manifest = installed.get(model.name)
        value = model.missing
        if manifest is not None and not model.missing:
            num_usable += 1
            value = f"{manifest.kind}, {manifest.num_bytes / 1e9:.2f} GB, {manifest.license}{_plan(manifest)}"
        yield Finding(section="models", name=model.name, value=value, advice=model.command)
    if not num_usable:
        advice = "mgie models pull " + " or ".join(model.name for model in published_models())
        yield Finding(section="models", name="installed", value="none", advice=advice, is_blocking=True)
    existing = next(path for path in (models_dir, *models_dir.parents) if path.is_dir())
    free = shutil.disk_usage(existing).free / 1e9
    yield Finding(section="models", name="folder", value=f"{models_dir}, {free:.1f} GB free")


def _servers(state_dir: Path | None) -> Iterator[Finding]:
    found = read_discovery(state_dir)
    if found is None:
        value = "not running (the panel starts one when needed)"
        yield Finding(section="server", name="server", value=value)
    else:
        value = f"{found.address}, process {found.pid}, version {found.version}"
        yield from _running_server(found, value)
    try:
        for name, server in remembered_servers().items():
            yield Finding(section="server", name=name, value=f"remembered, {server.address}")
    except MgieError as error:
        yield Finding(section="server", name="remembered", value="none", advice=str(error))


def _running_server(found: Discovery, value: str) -> Iterator[Finding]:
    """The server, and what it found wrong with its own state."""
    if importlib.util.find_spec("grpc") is None:
        yield Finding(section="server", name="server", value=value)
        return
    from mgie.api.failure import ServiceError
    from mgie.client.blocking import Client

    try:
        with Client.connect(found) as client:
            notices: tuple[str, ...] = client.info().notices
    except ServiceError as error:
        yield Finding(section="server", name="server", value=f"{value}: {error}", advice=error.advice)
        return
    yield Finding(section="server", name="server", value=value)
    for notice in notices:
        yield Finding(section="server", name="notice", value=notice)


def _hosts(environ: Mapping[str, str], home: Path) -> Iterator[Finding]:
    profiles = gimp_profiles(sys.platform, home, environ) + krita_profiles(sys.platform, home, environ)
    for profile in profiles:
        name = f"{_HOST_NAMES[profile.program]} {profile.version}".strip()
        plugin, _ = installed_paths(profile)
        is_installed = plugin.exists()
        yield Finding(
            section="hosts",
            name=name,
            value=f"{'plug-in installed in' if is_installed else 'no plug-in in'} {profile.folder}",
            advice="" if is_installed else f"mgie install {profile.program}",
        )
    for program in sorted(_HOST_NAMES.keys() - {profile.program for profile in profiles}):
        advice = "GIMP 3 or Krita 5 and later; start it once so that its folders appear"
        yield Finding(section="hosts", name=_HOST_NAMES[program], value="not found", advice=advice)


def _links(environ: Mapping[str, str], home: Path) -> Iterator[Finding]:
    """Whether each running host lets a panel in."""
    for path in find_links(links_folder(sys.platform, home, environ)):
        name = f"link {path.stem}"
        try:
            host = RemoteHost.from_file(path, role="probe", timeout_s=3.0)
        except HostError as error:
            value = f"does not answer: {error.message}"
            yield Finding(section="hosts", name=name, value=value, advice=f"delete {path} if it has ended")
            continue
        count = len(host.state().documents)
        value = f"{host.info.program} {host.info.version} answers"
        host.close()
        yield Finding(section="hosts", name=name, value=f"{value}, {count} documents open")


def _print(findings: list[Finding]) -> None:
    section = ""
    for finding in findings:
        if finding.section != section:
            section = finding.section
            click.secho(section, bold=True)
        mark = "!" if finding.is_blocking else " "
        click.echo(f"{mark} {finding.name:14} {finding.value}")
        if finding.advice:
            click.echo(f"  {'':14} -> {finding.advice}")
