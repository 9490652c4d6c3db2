from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from pathlib import Path
from typing import Any

import pytest
import trustme
from cryptography.hazmat.primitives import serialization

from conformance.http_client import CertificateFileError, Exchange, FailureKind, Request, open_url
from tests.http_client.outcomes import failure_of
from tests.http_client.tcp_servers import Recorder, listening


def send(handler: Any, tls: ssl.SSLContext | None, count: int = 1, **options: Any) -> Exchange:
    async def scenario() -> Exchange:
        async with (
            listening(handler, tls=tls) as at,
            open_url(f"https://{at}/v1", **{"timeout": 5.0, **options}) as target,
        ):
            exchanges = [await target.send(Request(body=b"{}")) for _ in range(count)]
            return exchanges[-1]

    return asyncio.run(scenario())


def test_a_private_authority_is_trusted_if_it_is_given(
    recorder: Recorder, server_tls: ssl.SSLContext, ca_file: Path
) -> None:
    exchange = send(recorder, server_tls, ca=ca_file, count=3)
    assert exchange.failure is None
    assert exchange.response is not None
    assert exchange.response.body == b"ok"
    assert recorder.connections == 1


def test_an_unknown_authority_is_not_trusted(recorder: Recorder, server_tls: ssl.SSLContext) -> None:
    failure = failure_of(send(recorder, server_tls))
    assert failure.kind is FailureKind.TLS
    assert "(option ca)" in failure.detail
    assert recorder.messages == []


def test_a_certificate_for_another_host_is_not_trusted(
    recorder: Recorder, authority: trustme.CA, ca_file: Path
) -> None:
    other = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("other.example").configure_cert(other)
    failure = failure_of(send(recorder, other, ca=str(ca_file)))
    assert failure.kind is FailureKind.TLS
    assert "127.0.0.1" in failure.detail
    assert recorder.messages == []


def test_a_plain_http_server_at_an_https_url_is_a_tls_failure_with_a_hint(ca_file: Path) -> None:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    failure = failure_of(send(handler, None, ca=ca_file))
    assert failure.kind is FailureKind.TLS
    assert "plain http" in failure.detail


def test_a_server_that_closes_during_the_handshake_is_a_tls_failure(ca_file: Path) -> None:
    async def handler(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        pass

    assert failure_of(send(handler, None, ca=ca_file)).kind is FailureKind.TLS


def test_the_timeout_of_an_endless_handshake_names_the_handshake(ca_file: Path) -> None:
    async def handler(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(5)

    failure = failure_of(send(handler, None, ca=ca_file, timeout=1))
    assert failure.kind is FailureKind.TIMEOUT
    assert "TLS handshake" in failure.detail


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize("given", [True, False])
def test_a_server_that_requires_a_client_certificate_gets_it_or_is_a_tls_failure(
    server_tls: ssl.SSLContext,
    authority: trustme.CA,
    ca_file: Path,
    tmp_path: Path,
    version: ssl.TLSVersion,
    given: bool,
) -> None:
    server_tls.verify_mode = ssl.CERT_REQUIRED
    server_tls.minimum_version = server_tls.maximum_version = version
    authority.configure_trust(server_tls)
    client = tmp_path / "client.pem"
    authority.issue_cert("client@example.org").private_key_and_cert_chain_pem.write_to_path(str(client))

    async def scenario(url: str) -> Exchange:
        async with open_url(url, ca=ca_file, cert=client if given else None, timeout=30) as target:
            return await target.send(Request())

    # In a thread: asyncio's TLS server closes without the alert that real servers send.
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve_once, args=(listener, server_tls))
        thread.start()
        exchange = asyncio.run(scenario(f"https://127.0.0.1:{listener.getsockname()[1]}"))
        thread.join()
    if given:
        assert exchange.failure is None
    else:
        assert failure_of(exchange).kind is FailureKind.TLS
        assert "(option cert)" in failure_of(exchange).detail


def serve_once(listener: socket.socket, tls: ssl.SSLContext) -> None:
    connection, _ = listener.accept()
    with tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False) as secure:
        try:
            secure.do_handshake()
            secure.recv(65536)
            secure.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        except ssl.SSLError:
            raw = secure.detach()  # an immediate close could overtake the alert
            with socket.socket(fileno=raw) as plain:
                plain.settimeout(5)
                while plain.recv(65536):
                    pass


def test_large_bodies_are_sent_and_received_over_tls(
    recorder: Recorder, server_tls: ssl.SSLContext, ca_file: Path
) -> None:
    large = bytes(range(256)) * 20_000
    recorder.response = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(large) + large

    async def scenario() -> Exchange:
        async with (
            listening(recorder, tls=server_tls) as at,
            open_url(f"https://{at}", ca=ca_file, timeout=30) as target,
        ):
            return await target.send(Request(body=large))

    exchange = asyncio.run(scenario())
    assert exchange.response is not None
    assert exchange.response.body == large
    assert recorder.body == large


@pytest.mark.parametrize("option", ["ca", "cert"])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_an_unusable_certificate_file_is_rejected_at_once(tmp_path: Path, option: str, scheme: str) -> None:
    text = tmp_path / "not.pem"
    text.write_text("hello")
    for file, expected in ((tmp_path / "no.pem", "does not exist"), (tmp_path, "not a file"), (text, "PEM")):
        options: dict[str, Any] = {option: file}
        with pytest.raises(CertificateFileError, match=expected) as caught:
            open_url(f"{scheme}://127.0.0.1:1", **options)
        assert caught.value.file == file
        assert str(file) in str(caught.value)
        assert isinstance(caught.value, ValueError)


def test_a_client_certificate_needs_its_key(ca_file: Path) -> None:
    with pytest.raises(CertificateFileError, match="private key"):
        open_url("https://127.0.0.1:1", cert=ca_file)


def test_an_encrypted_key_is_rejected_without_a_password_prompt(
    tmp_path: Path, authority: trustme.CA
) -> None:
    issued = authority.issue_cert("client@example.org")
    key = serialization.load_pem_private_key(issued.private_key_pem.bytes(), None)
    encryption = serialization.BestAvailableEncryption(b"hunter2")
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)
    file = tmp_path / "client.pem"
    file.write_bytes(pem + issued.cert_chain_pems[0].bytes())
    with pytest.raises(CertificateFileError, match="unencrypted"):
        open_url("https://127.0.0.1:1", cert=file)
