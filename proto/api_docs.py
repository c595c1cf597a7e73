"""Write docs/api.md from the .proto files and the server's table of reasons.

`python proto/api_docs.py`; a test says when the page is out of date.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
    FileDescriptorSet,
    ServiceDescriptorProto,
)

from generate import PROTO_DIR, build_image
from mgie.server.errors import REASONS

PAGE = PROTO_DIR.parent / "docs" / "api.md"
FILES = ("edit_service", "model_service", "system_service", "types")
_MESSAGE, _ENUM, _SERVICE, _FIELD, _VALUE, _METHOD = 4, 5, 6, 2, 2, 2  # field numbers in descriptor.proto
_INTRODUCTION = """\
# The wire: `mgie.v1`

Made from `proto/mgie/v1/*.proto` by `make proto`; do not edit.

A server listens on a Unix socket (mode 0600), on loopback where there are none, or, with
`mgie serve --listen`, on any address behind TLS. `server.json` in its state folder names address, process,
token file and the certificate's SHA-256. **Every call, health and reflection included, brings the token**:
metadata `authorization: Bearer TOKEN`. Metadata `mgie-client` names the client whose turn in the queue an
edit takes.

A picture goes up once (`FindMissingBlobs`, `UploadBlob`) and is then named by the SHA-256 of its bytes.
`CreateEdit` answers as soon as the edit is on disk; from then on no crash loses it. `WatchEdit` tells its
events. Those with a sequence number are complete, in order and can be asked for again after any number;
those without (previews and queue positions) are the latest of their kind. Python programs use `mgie.client`.

Health (`grpc.health.v1`): `""`, `mgie.v1.ModelService` and `mgie.v1.SystemService` serve as soon as the
server is up, `mgie.v1.EditService` once the default model is loaded. Edits are taken before; they wait.
"""


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")


def page() -> str:
    """The whole page."""
    with tempfile.TemporaryDirectory() as folder:
        image = Path(folder) / "image.binpb"
        build_image(PROTO_DIR, image)
        files = {Path(file.name).stem: file for file in FileDescriptorSet.FromString(image.read_bytes()).file}
    parts = [_INTRODUCTION]
    for name in FILES:
        parts += _file(files[name])
    parts += _reasons()
    return "\n".join(parts)


def _file(file: FileDescriptorProto) -> Iterator[str]:
    locations = file.source_code_info.location
    comments = {tuple(place.path): " ".join(place.leading_comments.split()) for place in locations}
    for index, service in enumerate(file.service):
        yield from _service(service, comments, (_SERVICE, index))
    if not file.service:
        yield "## Shared values\n"
    for index, message in enumerate(file.message_type):
        yield from _message(message, comments, (_MESSAGE, index))
    for index, enum in enumerate(file.enum_type):
        yield from _enum(enum, comments, (_ENUM, index))


def _service(
    service: ServiceDescriptorProto, comments: Mapping[tuple[int, ...], str], path: tuple[int, ...]
) -> Iterator[str]:
    yield f"## {service.name}\n\n{comments[path]}\n"
    yield "| method | takes | gives | does |\n|---|---|---|---|"
    for index, method in enumerate(service.method):
        takes, gives = _link(method.input_type), _link(method.output_type)
        takes = f"stream of {takes}" if method.client_streaming else takes
        gives = f"stream of {gives}" if method.server_streaming else gives
        yield f"| `{method.name}` | {takes} | {gives} | {comments[(*path, _METHOD, index)]} |"
    yield ""


def _message(
    message: DescriptorProto, comments: Mapping[tuple[int, ...], str], path: tuple[int, ...]
) -> Iterator[str]:
    yield f"### {message.name}\n\n{comments[path]}\n"
    entries = {f".mgie.v1.{message.name}.{nested.name}": nested for nested in message.nested_type}
    if message.field:
        yield "| field | type | meaning |\n|---|---|---|"
    for index, field in enumerate(message.field):
        told = _type(field, entries)
        if field.HasField("oneof_index") and not field.proto3_optional:
            told += f", one of `{message.oneof_decl[field.oneof_index].name}`"
        yield f"| `{field.name}` | {told} | {comments[(*path, _FIELD, index)]} |"
    yield ""


def _enum(
    enum: EnumDescriptorProto, comments: Mapping[tuple[int, ...], str], path: tuple[int, ...]
) -> Iterator[str]:
    yield f"### {enum.name}\n\n{comments[path]}\n"
    yield "| value | number | meaning |\n|---|---|---|"
    for index, value in enumerate(enum.value):
        yield f"| `{value.name}` | {value.number} | {comments[(*path, _VALUE, index)]} |"
    yield ""


def _type(field: FieldDescriptorProto, entries: Mapping[str, DescriptorProto]) -> str:
    if field.type_name in entries:
        key, value = entries[field.type_name].field
        return f"map from {_type(key, {})} to {_type(value, {})}"
    name = FieldDescriptorProto.Type.Name(field.type).removeprefix("TYPE_").lower()
    told = _link(field.type_name) if field.type_name else name
    if field.label == FieldDescriptorProto.LABEL_REPEATED:
        return f"list of {told}"
    return f"optional {told}" if field.proto3_optional else told


def _link(type_name: str) -> str:
    short = type_name.rpartition(".")[2]
    return f"[{short}](#{short.lower()})" if type_name.startswith(".mgie.") else f"`{type_name[1:]}`"


def _reasons() -> Iterator[str]:
    yield "## Reasons\n"
    yield "Every failed call and every failed edit carries a `google.rpc.Status` with exactly one"
    yield "`ErrorInfo` (domain `mgie`) and a `Help`; `RetryInfo` where waiting helps.\n"
    for name, reason in REASONS.items():
        yield f"### {name}\n\n`{reason.code.name}`. {reason.advice}\n"


if __name__ == "__main__":
    main()
