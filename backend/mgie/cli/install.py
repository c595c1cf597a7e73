"""`mgie install` and `mgie uninstall`: the plug-ins of GIMP and Krita."""

from __future__ import annotations

import importlib.util
import os
import sys
from importlib.metadata import version
from pathlib import Path

import click

from mgie.errors import MgieError
from mgie.host import install as steps
from mgie.host.errors import HostError
from mgie.host.install_paths import HostName, HostProfile, gimp_profiles, given_profile, krita_profiles
from mgie.host.launcher import Installed

_PANEL_MODULES = ("PyQt6", "grpc")
_AFTERWARDS: dict[HostName, str] = {
    "gimp": "Restart GIMP; the entry is Filters > MGIE > Edit with an instruction.",
    "krita": "Restart Krita; the docker is Settings > Dockers > MGIE. Krita must be closed while this runs.",
}
_program = click.argument("program", type=click.Choice(["gimp", "krita"]))
_profile = click.option(
    "--profile",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="GIMP's profile folder or Krita's resource folder.  [default: all that are found]",
)
_dry_run = click.option("--dry-run", is_flag=True, help="Only say what would be done.")


class HostNotFoundError(MgieError):
    """GIMP or Krita was not found, or has never been started."""

    reason = "HOST_NOT_FOUND"


class InstallError(MgieError):
    """The plug-in could not be written."""

    reason = "INSTALL_FAILED"


@click.command()
@_program
@_profile
@_dry_run
def install(program: HostName, folder: Path | None, dry_run: bool) -> None:
    """Install the plug-in for GIMP or Krita, in every version that is found."""
    installed = Installed(interpreter=sys.executable, version=version("mgie"))
    missing = [name for name in _PANEL_MODULES if importlib.util.find_spec(name) is None]
    if missing:
        click.echo(f"note: the panel needs {', '.join(missing)}; run `pip install 'mgie[panel]'` here.")
    for profile in _profiles(program, folder):
        _install_into(profile, installed, dry_run)
    if not dry_run:
        click.echo(_AFTERWARDS[program])


@click.command()
@_program
@_profile
@_dry_run
def uninstall(program: HostName, folder: Path | None, dry_run: bool) -> None:
    """Remove the plug-in from GIMP or Krita; everything else stays as it is."""
    for profile in _profiles(program, folder):
        adapter, others = steps.installed_paths(profile)
        if dry_run:
            present = [path for path in (adapter, *others) if path.exists()]
            click.echo(
                "\n".join(f"would remove {path}" for path in present) or f"nothing in {profile.folder}"
            )
            continue
        try:
            removed = steps.uninstall(profile)
        except OSError as error:
            raise InstallError(f"{error}; close the program and check the folder's permissions") from error
        click.echo(f"{_title(profile)}: {'removed' if removed else 'was not installed'}")


def _profiles(program: HostName, folder: Path | None) -> list[HostProfile]:
    """The profile that was named, or all that are found."""
    if folder is not None:
        return [given_profile(program, folder.absolute())]
    find = gimp_profiles if program == "gimp" else krita_profiles
    found = find(sys.platform, Path.home(), os.environ)
    if not found:
        name = "GIMP 3" if program == "gimp" else "Krita"
        raise HostNotFoundError(
            f"no {name} profile was found; start {name} once, or name its folder with --profile"
        )
    return found


def _install_into(profile: HostProfile, installed: Installed, dry_run: bool) -> None:
    """One profile: write what is missing and check that all of it is there."""
    try:
        plan = steps.plan_install(profile, installed)
        if dry_run:
            for file in plan.missing:
                click.echo(f"would write {file.path}")
            click.echo(f"{_title(profile)}: {len(plan.missing)} of {len(plan.files)} files to write")
            return
        changed = steps.install(plan)
    except HostError as error:
        raise InstallError(f"{error.message}; {error.advice}") from error
    except OSError as error:
        raise InstallError(f"{error}; close the program and check the folder's permissions") from error
    if plan.missing:
        raise InstallError(f"{plan.missing[0].path} is not what was written; is another install running?")
    done = f"installed, {changed} files written" if changed else "is up to date"
    click.echo(f"{_title(profile)}: {done} in {plan.folder}")
    if profile.note:
        click.echo(f"note: {profile.note}")


def _title(profile: HostProfile) -> str:
    name = "GIMP" if profile.program == "gimp" else "Krita"
    return " ".join(part for part in (name, profile.version, f"({profile.package})") if part)
