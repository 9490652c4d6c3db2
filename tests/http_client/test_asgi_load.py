from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.endpoints import HTTPEndpoint

from conformance.http_client import AppLoadError, AppProblem, open_app

MODULE = """
import types

async def app(scope, receive, send): ...

def wsgi(environ, start_response): ...

class Flask:
    def __call__(self, environ, start_response): ...

class Gateway:
    async def __call__(self, scope, receive, send): ...

class Asgi2:
    def __init__(self, scope): ...

def create_app(): return app
def failing_factory(): raise ValueError("no config")
def wsgi_factory(): return wsgi

flask = Flask()
gateway = Gateway()
holder = types.SimpleNamespace(application=app)
number = 3
"""


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty working directory; modules imported from it are removed at the end."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        if str(tmp_path) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


@pytest.fixture
def module(directory: Path) -> Path:
    file = directory / "my_gateway.py"
    file.write_text(MODULE)
    return file


@pytest.mark.usefixtures("module")
@pytest.mark.parametrize("attribute", ["app", "gateway", "holder.application", "create_app()", "Gateway()"])
def test_an_application_is_found_in_the_current_directory(attribute: str) -> None:
    target = open_app(f"my_gateway:{attribute}")
    assert target.description == {"app": f"my_gateway:{attribute}"}


@pytest.mark.usefixtures("module")
@pytest.mark.parametrize(
    ("name", "kind", "expected"),
    [
        ("my_gateway", AppProblem.NAME, "MODULE:ATTR"),
        ("my_gateway:", AppProblem.NAME, "MODULE:ATTR"),
        (":app", AppProblem.NAME, "MODULE:ATTR"),
        ("my_gateway.py:app", AppProblem.MODULE, "my_gateway"),
        ("./my_gateway:app", AppProblem.NAME, "MODULE:ATTR"),
        ("my_gatewey:app", AppProblem.MODULE, "no module 'my_gatewey'"),
        ("nowhere.at.all:app", AppProblem.MODULE, "no module 'nowhere'"),
        ("my_gateway:ap", AppProblem.ATTRIBUTE, "'app'"),
        ("my_gateway:holder.aplication", AppProblem.ATTRIBUTE, "'application'"),
        ("my_gateway:wsgi", AppProblem.WSGI, "a2wsgi"),
        ("my_gateway:flask", AppProblem.WSGI, "a2wsgi"),
        ("my_gateway:wsgi_factory()", AppProblem.WSGI, "a2wsgi"),
        ("my_gateway:create_app", AppProblem.FACTORY, "'my_gateway:create_app()'"),
        ("my_gateway:Gateway", AppProblem.FACTORY, "'my_gateway:Gateway()'"),
        ("my_gateway:failing_factory()", AppProblem.FACTORY, "ValueError: no config"),
        ("my_gateway:number()", AppProblem.FACTORY, "int"),
        ("my_gateway:number", AppProblem.NOT_ASGI, "int"),
        ("my_gateway:Asgi2", AppProblem.NOT_ASGI, "(scope, receive, send)"),
    ],
)
def test_an_unusable_name_is_rejected_with_the_reason(name: str, kind: AppProblem, expected: str) -> None:
    with pytest.raises(AppLoadError) as caught:
        open_app(name)
    assert caught.value.kind is kind
    assert caught.value.app == name
    assert expected in caught.value.problem
    assert isinstance(caught.value, ValueError)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import no_such_library", "No module named 'no_such_library'"),
        ("raise ValueError('no config')", "ValueError: no config"),
        ("import sys; sys.exit(3)", "SystemExit"),
        ("def app(:", "SyntaxError"),
    ],
)
def test_a_module_that_fails_at_import_is_distinguished_from_a_missing_one(
    directory: Path, source: str, expected: str
) -> None:
    (directory / "my_failing.py").write_text(source)
    with pytest.raises(AppLoadError) as caught:
        open_app("my_failing:app")
    assert caught.value.kind is AppProblem.IMPORT
    assert expected in caught.value.problem


def wsgi(environ: Any, start_response: Any) -> list[bytes]:
    return [environ, start_response]


@pytest.mark.parametrize("app", [3, "a b", wsgi, Starlette, dict])
def test_an_object_that_is_not_an_application_is_rejected(app: Any) -> None:
    with pytest.raises(AppLoadError):
        open_app(app)


class Endpoint(HTTPEndpoint):
    pass


def test_applications_of_every_form_are_accepted() -> None:
    assert open_app(Starlette()).description == {"app": "starlette.applications:Starlette"}
    assert open_app(Endpoint).description == {"app": f"{__name__}:Endpoint"}

    async def app(*_args: Any) -> None: ...

    assert "app" in open_app(app).description["app"]


def test_an_invalid_timeout_is_rejected() -> None:
    with pytest.raises(ValueError, match="positive"):
        open_app(Starlette(), timeout=0)
