from __future__ import annotations

import asyncio
import socket

import pytest

from conformance.http_client import Request, TargetUrlError, open_url
from tests.http_client.tcp_servers import Recorder, listening


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("127.0.0.1:8787/v1", "did you mean http://127.0.0.1:8787/v1"),
        ("localhost", "no scheme"),
        ("SELF_HOSTED_GATEWAY_URL", "no scheme"),
        ("", "empty"),
        ("http://", "no host"),
        ("http:///v1", "no host"),
        ("http://:8787/v1", "no host"),
        ("ftp://host/v1", "has the scheme 'ftp'; use http or https"),
        ("http+unix://host/v1", "use http or https"),
        ("http://host/v1#part", "fragment"),
        ("http://host/v1#", "fragment"),
        ("http://host:port/v1", "1 to 65535"),
        ("http://host:99999/v1", "1 to 65535"),
        ("http://host:0/v1", "1 to 65535"),
        ("http://[::1/v1", "not a valid URL"),
        ("http://a b/v1", "whitespace"),
        ("http://host/v1\n", "control"),
        ("http://host/\ud800", "surrogates"),
        ("http://a..b/v1", "IDNA"),
    ],
)
def test_an_unusable_url_is_rejected_with_the_reason(url: str, expected: str) -> None:
    with pytest.raises(TargetUrlError) as caught:
        open_url(url)
    assert isinstance(caught.value, ValueError)
    assert expected in str(caught.value)
    assert expected in caught.value.problem


@pytest.mark.parametrize(
    "url",
    [
        "https://user:hunter2@host/v1",
        "https://hunter2@host/v1",
        "https://:hunter2@host/v1",
        "https://user:hun/ter2@host/v1",
        "https://user:hunter2#@host/v1",
        "https://user:hunter2?@host/v1",
        "https://user:hunter2@[::1/v1",
        "user:hunter2@host/v1",
        "ftp://user:hunter2@host/v1",
    ],
)
def test_a_password_in_a_url_is_rejected_and_never_shown(url: str) -> None:
    with pytest.raises(TargetUrlError) as caught:
        open_url(url)
    shown = f"{caught.value} {caught.value.url} {caught.value.problem}"
    assert "hunter2" not in shown
    assert "ter2" not in shown
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_the_message_about_a_password_names_the_header() -> None:
    with pytest.raises(TargetUrlError, match="give the credential as a header, such as 'Authorization: "):
        open_url("https://user:hunter2@host/v1")


def test_an_error_does_not_show_query_values() -> None:
    with pytest.raises(TargetUrlError) as caught:
        open_url("http://host/v1?api-key=sk-secret#x")
    assert "sk-secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "public"),
    [
        ("http://127.0.0.1:8787/v1", "http://127.0.0.1:8787/v1"),
        ("https://host:443/v1/", "https://host/v1/"),
        ("HTTP://Host/v1", "http://host/v1"),
        ("http://[::1]:80/v1", "http://[::1]/v1"),
        ("http://bücher.example/v1", "http://xn--bcher-kva.example/v1"),
        (
            "https://h/openai/deployments/x?api-version=2024-02-01&code=sk-secret&flag",
            "https://h/openai/deployments/x?api-version=2024-02-01&code=***&***",
        ),
    ],
)
def test_the_description_is_the_url_without_secrets(url: str, public: str) -> None:
    assert open_url(url).description == {"url": public}


def test_an_ipv6_host_is_reached_and_written_in_brackets(recorder: Recorder) -> None:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no IPv6 loopback")

    async def scenario() -> str:
        async with listening(recorder, host="::1") as at, open_url(f"http://{at}/v1") as target:
            exchange = await target.send(Request())
            assert exchange.response is not None
            return at

    at = asyncio.run(scenario())
    assert at.startswith("[::1]:")
    assert recorder.header_lines[0] == f"Host: {at}".encode()


@pytest.mark.parametrize("timeout", [0, -1, float("nan"), float("inf")])
def test_an_invalid_timeout_is_rejected(timeout: float) -> None:
    with pytest.raises(ValueError, match="positive"):
        open_url("http://host/v1", timeout=timeout)
