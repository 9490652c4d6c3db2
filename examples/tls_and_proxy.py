"""The reference server with TLS that requires a client certificate, and an HTTP proxy, to try --ca, --cert and --proxy.

    python tls_and_proxy.py --port 8443 --proxy-port 3128

Writes ca.pem (the private authority of all certificates) and client.pem (a client certificate with its key) to the
current folder. Needs the package trustme: pip install trustme.
"""

from __future__ import annotations

import asyncio
import ssl
from argparse import ArgumentParser
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import trustme
import uvicorn

from conformance.reference import create_app

HOST = "127.0.0.1"


def certificates(server: Path) -> None:
    """Create an authority; write its certificate, a client certificate, and one for the file *server*."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path("ca.pem")
    for name, file in (("client@example.org", Path("client.pem")), (HOST, server)):
        authority.issue_cert(name).private_key_and_cert_chain_pem.write_to_path(str(file))


async def tunnel(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Handle one CONNECT request (RFC 9110, section 9.3.6), and copy all bytes in both directions."""
    with suppress(OSError, asyncio.IncompleteReadError):
        head = await reader.readuntil(b"\r\n\r\n")
        host, _, port = head.split()[1].decode().rpartition(":")
        far_reader, far_writer = await asyncio.open_connection(host, int(port))
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await asyncio.gather(copy(reader, far_writer), copy(far_reader, writer))
    writer.close()


async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Copy bytes until the end of the connection."""
    with suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


async def main() -> None:
    """Serve until a signal."""
    parser = ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--port", type=int, default=8443, help="port of the server")
    parser.add_argument("--proxy-port", type=int, default=3128, help="port of the proxy")
    ports = parser.parse_args()
    with TemporaryDirectory() as folder:
        key = Path(folder, "server.pem")
        certificates(key)
        config = uvicorn.Config(
            create_app(),
            HOST,
            ports.port,
            access_log=False,
            ssl_certfile=key,
            ssl_keyfile=str(key),
            ssl_ca_certs="ca.pem",
            ssl_cert_reqs=ssl.CERT_REQUIRED,
        )
        async with await asyncio.start_server(tunnel, HOST, ports.proxy_port):
            print(f"Proxy running on http://{HOST}:{ports.proxy_port}", flush=True)
            await uvicorn.Server(config).serve()


if __name__ == "__main__":
    asyncio.run(main())
