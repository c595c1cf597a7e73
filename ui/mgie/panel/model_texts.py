"""Every sentence of the page of models, ready to be translated."""

from __future__ import annotations

import re

from mgie.api.failure import Failure
from mgie.api.models import Model, Operation
from mgie.api.system import Resources
from mgie.panel.failure_texts import known_explanation
from mgie.panel.state.model_page import ModelPage
from mgie.panel.state.server_choice import ServerChoice
from mgie.panel.texts import abilities, decimal, tr


def size(num_bytes: int) -> str:
    """Bytes for people."""
    for unit, one in (("GB", 10**9), ("MB", 10**6)):
        if num_bytes >= one:
            return f"{decimal(num_bytes / one)} {unit}"
    return f"{num_bytes / 1000:.0f} kB"


def what_it_does(model: Model) -> str:
    """In words: what it can do, and whether it writes or paints."""
    words = [abilities(model)]
    if not model.paints:
        words.append(tr("writes only; choose it with a painter"))
    elif not model.writes_instruction:
        words.append(tr("paints your own words; another model may write for it"))
    return "; ".join(word for word in words if word)


def facts(model: Model) -> str:
    """Size and licence, one line."""
    parts = [size(model.num_bytes) if model.num_bytes else "", license_name(model)]
    if model.state == "available" and model.received_bytes:
        parts.append(tr("{size} already downloaded").format(size=size(model.received_bytes)))
    return " \u00b7 ".join(part for part in parts if part)


def license_name(model: Model) -> str:
    """The licence, by its name."""
    return tr("Licence: {name}").format(name=model.license) if model.license else ""


def state(model: Model, *, is_chosen: bool) -> str:
    """Where it is, in one or two words."""
    words = {
        "loaded": tr("in memory"),
        "loading": tr("loading"),
        "installed": tr("installed"),
        "broken": tr("cannot be used"),
        "available": tr("not installed"),
    }[model.state]
    return tr("chosen, {state}").format(state=words) if is_chosen else words


def forecast(model: Model, page: ModelPage) -> str:
    """Whether it fits into the memory of the backend's machine."""
    needed, resources = page.needed.get(model.id) or model.needed_bytes, page.resources
    if not needed or resources is None or model.state == "broken":
        return ""
    device = resources.devices[0] if resources.devices else None
    total = device.total_bytes if device else resources.ram_total_bytes
    free = device.free_bytes + device.ours_bytes if device else resources.ram_free_bytes
    values = {"needed": size(needed), "free": size(free), "total": size(total)}
    if needed <= free:
        return tr("Needs about {needed} of memory; {free} is free: it fits.").format(**values)
    if needed <= total:
        return tr("Needs about {needed} of memory; {free} of {total} is free: close other programs.").format(
            **values
        )
    if device is not None and device.device != "cpu":
        return tr(
            "Needs about {needed}; the graphics card has {total}: it will run in parts, more slowly."
        ).format(**values)
    return tr("Needs about {needed}; this machine has {total}: not enough.").format(**values)


def memory(resources: Resources | None) -> str:
    """The memory of the backend's machine, one line."""
    if resources is None:
        return tr("The backend has not answered yet.")
    device = resources.devices[0] if resources.devices else None
    if device is None:
        values = {"free": size(resources.ram_free_bytes), "total": size(resources.ram_total_bytes)}
        return tr("{free} of {total} of memory free").format(**values)
    values = {"name": device.name, "free": size(device.free_bytes), "total": size(device.total_bytes)}
    return tr("{name}: {free} of {total} of memory free").format(**values)


def work(operation: Operation) -> str:
    """What is being done, and how far it is."""
    words = {
        "import": tr("Downloading"),
        "verify": tr("Checking every byte"),
        "load": tr("Loading"),
        "unload": tr("Freeing memory"),
    }.get(operation.kind, operation.kind)
    if operation.kind == "import" and not operation.total_bytes and operation.done_bytes == 0:
        words = tr("Preparing")
    if not operation.total_bytes:
        return words
    values = {"done": size(operation.done_bytes), "total": size(operation.total_bytes)}
    return tr("{work}: {done} of {total}").format(work=words, **values)


def ended(operation: Operation) -> str:
    """How work ended, where that is worth a line."""
    if operation.state == "succeeded" and operation.kind == "verify":
        return tr("All files are intact.")
    if operation.state == "cancelled" and operation.kind == "import":
        return tr("Paused; what has arrived is kept.")
    return ""


def problem(failure: Failure) -> str:
    """What went wrong with a model, and what to do."""
    known = known_explanation(failure.reason)
    if known is not None and failure.reason != "MODEL_INVALID":  # that one says which file, and why
        return f"{known.sentence} {known.advice}"
    return failure.message or failure.reason


def get_label(model: Model) -> str:
    """The button that fetches a model."""
    return tr("Resume") if model.received_bytes else tr("Get {size}").format(size=size(model.num_bytes))


def terms_title(model_id: str) -> str:
    """What the terms belong to."""
    return tr("Accept the licence of {model} first").format(model=model_id)


def server(choice: ServerChoice) -> str:
    """Where the backend is that is used."""
    return tr("At {server}").format(server=choice.name) if choice.name else tr("On this machine")


def references(count: int, most: int) -> str:
    """How many reference pictures there are, and how many the model looks at."""
    if not most:
        return tr("This model does not use them.")
    return tr("{count} of at most {most}").format(count=count, most=most)


def at_server(words: str, server: str) -> str:
    """The state of a backend on another machine."""
    return tr("{words}, at {server}").format(words=words, server=server) if server else words


def with_abilities(words: str, model: Model | None, *, in_short: bool) -> str:
    """The state of a backend and what its model can do; in short: the first words, up to a colon or comma."""
    can = abilities(model) if model is not None else ""
    if in_short:
        can = re.split("[:\uff1a,\u3001]", can)[0].strip()
    return f"{words} \u00b7 {can}" if can else words


def own_words() -> str:
    """The choice of no writer."""
    return tr("Your own words")


def choose_parts() -> str:
    """The first line of the choice whose other parts a single file takes."""
    return tr("Other parts from\u2026")


def words_by(writer: Model) -> str:
    """The choice of a writer for a painter."""
    return tr("Words by {model}").format(model=writer.id)


LABELS = {
    "back": lambda: tr("Back to the edit"),
    "title": lambda: tr("Models"),
    "page": lambda: tr("Models: installed and available"),
    "import": lambda: tr("Import folder\u2026"),
    "import_help": lambda: tr("Install a model from a folder of this machine"),
    "free": lambda: tr("Free memory now"),
    "free_help": lambda: tr("Unload every model from memory once the running edits are done"),
    "choose": lambda: tr("Choose"),
    "choose_help": lambda: tr("Use it for this document from now on"),
    "chosen": lambda: tr("Chosen"),
    "get": lambda: tr("Get"),
    "get_help": lambda: tr("Download it; its licence is shown first"),
    "pause": lambda: tr("Pause"),
    "pause_help": lambda: tr("What has arrived is kept, and the next try continues there"),
    "stop": lambda: tr("Stop"),
    "verify": lambda: tr("Verify"),
    "verify_help": lambda: tr("Check every byte of its files"),
    "load": lambda: tr("Load now"),
    "load_help": lambda: tr("Load it into memory, so that the next edit does not have to wait"),
    "writer": lambda: tr("Who writes the words that it paints"),
    "parts": lambda: tr("Whose other parts it takes"),
    "progress": lambda: tr("Progress"),
    "accept": lambda: tr("Accept and get"),
    "decline": lambda: tr("Do not accept"),
    "terms": lambda: tr("Terms of the licence"),
    "open": lambda: tr("Models"),
    "open_help": lambda: tr("Choose, download and check models (Ctrl+Shift+M)"),
    "folder": lambda: tr("A folder with a model"),
    "import_file": lambda: tr("Import file\u2026"),
    "file_help": lambda: tr("Install a painter from one .safetensors or .gguf file; its size is shown first"),
    "file": lambda: tr("A file with a painter"),
}


def label(name: str) -> str:
    """A fixed text of the page."""
    return LABELS[name]()
