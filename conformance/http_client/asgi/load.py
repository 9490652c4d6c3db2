"""Import an application by its name, and check that it is an ASGI application."""

from __future__ import annotations

import difflib
import importlib
import inspect
import sys
from collections.abc import Awaitable, Callable, MutableMapping
from enum import StrEnum
from pathlib import Path
from typing import Any, cast

from conformance.errors import UsageError

ASGIMessage = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[ASGIMessage]]
Send = Callable[[ASGIMessage], Awaitable[None]]
ASGIApp = Callable[[ASGIMessage, Receive, Send], Awaitable[None]]

SUGGESTIONS = 3


class AppProblem(StrEnum):
    """Why an application cannot be used."""

    NAME = "name"
    MODULE = "module"
    IMPORT = "import"
    ATTRIBUTE = "attribute"
    WSGI = "wsgi"
    FACTORY = "factory"
    NOT_ASGI = "not-asgi"


class AppLoadError(UsageError, ValueError):
    """An application that cannot be used.

    app: its name, MODULE:ATTR, or the type of the object.
    kind: what is wrong.
    problem: one sentence with the fix.
    """

    def __init__(self, app: str, kind: AppProblem, problem: str) -> None:
        self.app = app
        self.kind = kind
        self.problem = problem
        super().__init__(f"application {app!r}: {problem}")


def load_app(name: str) -> ASGIApp:
    """Import the ASGI application called MODULE:ATTR; MODULE:ATTR() calls a factory without arguments.

    The current directory is searched first, as in ASGI servers. Raises `AppLoadError`.
    """
    module_name, colon, attribute = name.partition(":")
    factory = attribute.endswith("()")
    dotted = attribute.removesuffix("()")
    if not (colon and all(part.isidentifier() for part in (*module_name.split("."), *dotted.split(".")))):
        problem = "write the name as MODULE:ATTR, for example 'package.module:app'"
        raise AppLoadError(name, AppProblem.NAME, problem)
    found = _attribute(name, _module(name, module_name), dotted)
    return check_app(_call_factory(name, found) if factory else found, name)


def check_app(app: object, name: str) -> ASGIApp:
    """Return the object if it can be called as in ASGI 3, with (scope, receive, send).

    Raises `AppLoadError` if it certainly cannot. An object whose signature cannot be read is returned.
    """
    if not callable(app):
        kind = type(app).__name__
        problem = (
            f"is not an ASGI application, but an object of type {kind}; give the name of the application"
        )
        raise AppLoadError(name, AppProblem.NOT_ASGI, problem)
    signature = _signature(app)
    is_plain_class = inspect.isclass(app) and not hasattr(app, "__await__")
    if is_plain_class or (signature and not _accepts(signature, 3)):
        raise _not_asgi(name, signature, "a class" if is_plain_class else "a factory")
    return cast(ASGIApp, app)


def _signature(app: Callable[..., object]) -> inspect.Signature | None:
    try:
        return inspect.signature(app)
    except (TypeError, ValueError):
        return None


def _not_asgi(name: str, signature: inspect.Signature | None, maker: str) -> AppLoadError:
    if signature is None or _accepts(signature, 0):
        problem = f"is {maker}, not an application; to call it, write '{name.removesuffix('()')}()'"
        return AppLoadError(name, AppProblem.FACTORY, problem)
    if _accepts(signature, 2):
        problem = (
            "this is a WSGI application, called with (environ, start_response); only ASGI is supported. "
            "Wrap it, for example with a2wsgi: app = a2wsgi.WSGIMiddleware(wsgi_app)"
        )
        return AppLoadError(name, AppProblem.WSGI, problem)
    problem = (
        f"is not an ASGI application: its parameters are {signature}, not (scope, receive, send); "
        "give the name of the application"
    )
    return AppLoadError(name, AppProblem.NOT_ASGI, problem)


def _accepts(signature: inspect.Signature, count: int) -> bool:
    try:
        signature.bind(*range(count))
    except TypeError:
        return False
    return True


def _module(name: str, module_name: str) -> object:
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    importlib.invalidate_caches()
    try:
        return importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name and (module_name == error.name or module_name.startswith(f"{error.name}.")):
            fix = "check the name, or change to its folder"
            problem = f"there is no module {error.name!r} in {here} or on the import path; {fix}"
            raise AppLoadError(name, AppProblem.MODULE, problem) from error
        raise _import_failed(name, module_name, error) from error
    except (Exception, SystemExit) as error:
        raise _import_failed(name, module_name, error) from error


def _import_failed(name: str, module_name: str, error: BaseException) -> AppLoadError:
    problem = f"importing {module_name!r} failed with {type(error).__name__}: {error}"
    return AppLoadError(name, AppProblem.IMPORT, problem)


def _attribute(name: str, found: object, dotted: str) -> object:
    for part in dotted.split("."):
        if not hasattr(found, part):
            close = difflib.get_close_matches(part, dir(found), n=SUGGESTIONS)
            hint = f"; did you mean {' or '.join(repr(match) for match in close)}?" if close else ""
            raise AppLoadError(name, AppProblem.ATTRIBUTE, f"there is no attribute {part!r}{hint}")
        found = getattr(found, part)
    return found


def _call_factory(name: str, factory: object) -> object:
    if not callable(factory):
        problem = f"expected a factory, found an object of type {type(factory).__name__}; remove '()'"
        raise AppLoadError(name, AppProblem.FACTORY, problem)
    try:
        return factory()
    except (Exception, SystemExit) as error:
        problem = f"calling it failed with {type(error).__name__}: {error}"
        raise AppLoadError(name, AppProblem.FACTORY, problem) from error
