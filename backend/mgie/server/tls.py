"""Certificates: the owner's own, or one made here, known to clients by its fingerprint."""

from __future__ import annotations

import datetime
import hashlib
import ipaddress
import socket
import ssl
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from mgie.client.secret_file import write_secret
from mgie.errors import BadOption

VALID_DAYS = 3650
SERVER_NAME = "mgie"  # every certificate made here answers to this name


class Certificate(NamedTuple):
    """What a TLS server needs."""

    key_pem: bytes
    certificate_pem: bytes

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate, hex; clients pin it."""
        return hashlib.sha256(ssl.PEM_cert_to_DER_cert(self.certificate_pem.decode())).hexdigest()


def read_certificate(certificate: Path, key: Path) -> Certificate:
    """The owner's own certificate and key."""
    try:
        return Certificate(key.read_bytes(), certificate.read_bytes())
    except OSError as error:
        raise BadOption(f"the TLS certificate or its key cannot be read: {error}") from error


def own_certificate(folder: Path, host: str) -> Certificate:
    """The certificate made for this server; the same at every start, so that a pinned one stays valid."""
    key_path, certificate_path = folder / "tls-key.pem", folder / "tls-certificate.pem"
    if not (key_path.is_file() and certificate_path.is_file()):
        made = make_certificate(host)
        write_secret(key_path, made.key_pem)
        write_secret(certificate_path, made.certificate_pem)
    return read_certificate(certificate_path, key_path)


def make_certificate(host: str) -> Certificate:
    """A self-signed certificate for a host, this machine's name and `SERVER_NAME`."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, SERVER_NAME)])
    now = datetime.datetime.now(datetime.UTC)
    names: list[x509.GeneralName] = [x509.DNSName(SERVER_NAME), x509.DNSName("localhost")]
    names += [_general_name(text) for text in {host, socket.gethostname()} if text]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=VALID_DAYS))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return Certificate(private, certificate.public_bytes(serialization.Encoding.PEM))


def _general_name(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        return x509.DNSName(text)
