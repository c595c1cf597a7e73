"""Who gets in: only callers with the token, over a socket only this user can open, or behind TLS."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import grpc
import pytest

import mgie.v1.edit_service_pb2 as edits
import mgie.v1.model_service_pb2 as models
import mgie.v1.system_service_pb2 as system
from mgie.api.failure import ServiceError
from mgie.client.blocking import Client
from mgie.client.errors import error_of_call
from mgie.errors import BadOption
from mgie.server.address import read_address
from mgie.server.settings import ServerSettings
from support.service_calls import kind_of, make_spec

HEALTH = ("/grpc.health.v1.Health/Check", "/grpc.health.v1.Health/Watch")
REFLECTION = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"


def every_method() -> Iterator[str]:
    """The full name of every RPC, health and reflection included."""
    for file in (edits, models, system):
        for service in file.DESCRIPTOR.services_by_name.values():
            yield from (f"/{service.full_name}/{method.name}" for method in service.methods)
    yield from HEALTH
    yield REFLECTION
    yield "/mgie.v1.EditService/NoSuchMethod"


def call(channel: grpc.Channel, method: str, *metadata: tuple[str, str | bytes]) -> ServiceError:
    """Call a method with raw bytes and return what refuses it."""
    invoke = channel.unary_unary(method, request_serializer=bytes, response_deserializer=bytes)
    with pytest.raises(grpc.RpcError) as caught:
        invoke(b"", metadata=metadata, timeout=10)
    return error_of_call(caught.value)


@pytest.mark.parametrize(
    "metadata",
    [
        (),
        (("authorization", "Bearer wrong"),),
        (("authorization", ""),),
        (("authorization", "Bearer "),),
        (("authorization", "Basic TOKEN"),),
        (("authorization", "Bearer TOKENx"),),
        (("authorization", "Bearer wrong"), ("authorization", "Bearer TOKEN")),
        (("token", "TOKEN"),),
        (("authorization-bin", b"Bearer TOKEN"),),
    ],
)
def test_without_the_right_token_every_method_is_refused(start, metadata) -> None:
    server = start()
    token = server.discovery.endpoint().token
    filled = [
        (key, value.replace("TOKEN", token) if isinstance(value, str) else value) for key, value in metadata
    ]
    with grpc.insecure_channel(server.discovery.address) as channel:
        for method in every_method():
            assert call(channel, method, *filled).reason == "TOKEN_INVALID", method


def test_with_the_token_health_and_reflection_answer(start) -> None:
    server = start()
    client = server.connect()
    assert client.is_serving()
    assert next(client.watch_health("mgie.v1.ModelService"))
    channel = server.raw().channel
    invoke = channel.stream_stream(REFLECTION, request_serializer=bytes, response_deserializer=bytes)
    request = b"\x3a\x00"  # ServerReflectionRequest(list_services="")
    metadata = (("authorization", f"Bearer {server.discovery.endpoint().token}"),)
    assert b"mgie.v1.EditService" in next(iter(invoke(iter([request]), metadata=metadata, timeout=10)))


def test_the_socket_and_everything_beside_it_belong_to_one_user(start) -> None:
    server = start()
    socket = Path(server.discovery.address.removeprefix("unix:"))
    assert stat.S_IMODE(socket.stat().st_mode) == 0o600
    for name, mode in (("token", 0o600), ("server.json", 0o600), (".", 0o700), ("blobs", 0o700)):
        assert stat.S_IMODE((server.state_dir / name).stat().st_mode) == mode, name


@pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="needs root to become another user")
def test_another_user_cannot_connect_even_with_the_token(start) -> None:
    server = start()
    socket = server.discovery.address.removeprefix("unix:")
    script = (
        "import os, socket, sys\n"
        "os.setgroups([]), os.setgid(65534), os.setuid(65534)\n"
        "try: socket.socket(socket.AF_UNIX).connect(sys.argv[1])\n"
        "except PermissionError: print('refused')\n"
    )
    answer = subprocess.run(
        [sys.executable, "-S", "-c", script, socket],
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.stdout.strip() == "refused", answer.stderr


def test_every_start_has_its_own_token(start, state_dir) -> None:
    tokens = set()
    for _ in range(2):
        server = start()
        tokens.add(server.discovery.endpoint().token)
        start.close()
    assert len(tokens) == 2
    assert all(len(token) >= 43 for token in tokens)


def test_loopback_needs_the_token_and_no_certificate(start) -> None:
    server = start(listen="127.0.0.1:0")
    assert server.discovery.address.startswith("127.0.0.1:")
    assert not server.discovery.fingerprint
    client = server.connect()
    edit = client.create_edit(make_spec(client))
    assert kind_of(list(client.watch_edit(edit.name))[-1]) == "finished"
    with grpc.insecure_channel(server.discovery.address) as channel:
        assert call(channel, HEALTH[0]).reason == "TOKEN_INVALID"


def test_any_other_address_is_served_behind_tls_only(start) -> None:
    server = start(listen="0.0.0.0:0")
    assert len(server.discovery.fingerprint) == 64
    port = server.discovery.address.rpartition(":")[2]
    reachable = replace(server.discovery, address=f"127.0.0.1:{port}")
    with Client.connect(reachable) as client:
        edit = client.create_edit(make_spec(client))
        assert kind_of(list(client.watch_edit(edit.name))[-1]) == "finished"
    with grpc.insecure_channel(reachable.address) as plain:
        invoke = plain.unary_unary(HEALTH[0], request_serializer=bytes, response_deserializer=bytes)
        with pytest.raises(grpc.RpcError):
            invoke(b"", timeout=3)
    server.discovery = reachable  # so that the fixture can end it


def test_another_certificate_than_the_pinned_one_is_refused(start) -> None:
    server = start(listen="0.0.0.0:0")
    port = server.discovery.address.rpartition(":")[2]
    forged = replace(server.discovery, address=f"127.0.0.1:{port}", fingerprint="0" * 64)
    with pytest.raises(ServiceError) as caught:
        Client.connect(forged).info()
    assert caught.value.reason == "CERTIFICATE_CHANGED"


@pytest.mark.parametrize("listen", ["7860", "host:port", "host:99999", "host:-1"])
def test_an_address_that_makes_no_sense_is_refused(tmp_path: Path, listen: str) -> None:
    with pytest.raises(BadOption, match="HOST:PORT"):
        read_address(ServerSettings(state_dir=tmp_path, listen=listen))


@pytest.mark.parametrize(
    ("listen", "needs_tls"),
    [
        ("127.0.0.1:1", False),
        ("[::1]:1", False),
        ("localhost:1", False),
        ("0.0.0.0:1", True),
        ("[::]:1", True),
        ("192.168.1.5:1", True),
        ("studio.example:1", True),
        (":7860", True),
    ],
)
def test_only_loopback_does_without_tls(tmp_path: Path, listen: str, needs_tls: bool) -> None:
    assert read_address(ServerSettings(state_dir=tmp_path, listen=listen)).needs_tls is needs_tls


def test_a_long_state_folder_still_gets_a_socket(tmp_path: Path) -> None:
    address = read_address(ServerSettings(state_dir=tmp_path / ("x" * 120)))
    assert address.socket is not None
    assert len(os.fsencode(address.socket)) <= 100
    address.socket.parent.rmdir()


@pytest.mark.parametrize("model", ["../../etc", "/etc/passwd", "models/../x", "a/b", ".", "..", "a\\b"])
def test_a_path_is_never_a_model(client: Client, model: str) -> None:
    for attempt in (
        lambda: client.create_edit(make_spec(client, model=model)),
        lambda: client.import_model(model, license_accepted=True),
        lambda: client.verify_model(f"models/{model}"),
    ):
        with pytest.raises(ServiceError) as caught:
            attempt()
        assert caught.value.reason in ("REQUEST_INVALID", "MODEL_NOT_INSTALLED")
