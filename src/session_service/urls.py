"""The URL of a database: what it may say, and how its connections are encrypted."""

from __future__ import annotations

import re
import ssl
from pathlib import Path
from urllib.parse import parse_qs

from session_service.errors import InvalidInput

NAME = "SESSION_SERVICE_DATABASE_URL"
FORMS = "sqlite:///file.db, or postgresql://user@host/name, which may end in ?sslmode=verify-full, ?pooler=transaction, or both with &"
MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
TLS = ("sslmode", "sslrootcert", "sslcert", "sslkey")
_PASSED_ON = ("host", "port", "user", "password")  # to the driver
_PARAMETERS = (*TLS, "pooler", *_PASSED_ON)
_SERVER = re.compile(r"[^:]+://(?:[^@]*@)?(?:\[[^/?\]]*\]|[^/?:]*)(?::(?P<port>[^/?]*))?")
_PASSWORD = re.compile(r"(?<=://)[^@/]*@")


def database_url(text: str) -> str:
    """The URL, if its database is one the service knows. Raises InvalidInput, which repeats nothing that may hold a password."""
    scheme = text.partition("://")[0].partition("+")[0]
    if scheme not in {"sqlite", "postgresql", "postgres"}:
        raise InvalidInput(f"{NAME} begins with {scheme!r}; it may be sqlite:///file.db or postgresql://user@host/name")
    if scheme == "sqlite" and (":memory:" in text or "mode=memory" in text or not text.partition("://")[2].strip("/")):
        raise InvalidInput(f"{NAME} names a database in memory: each connection would have one of its own; name a file")
    if scheme != "sqlite":
        _port(text)
        _parameters(text)
    return text


def shown(text: str) -> str:
    """The URL without what may hold a secret: for people."""
    return _PASSWORD.sub("", text.partition("?")[0])


def context(asked: dict[str, str]) -> ssl.SSLContext | str | None:
    """How to encrypt a connection, for the driver, by the parameters of TLS that a URL has; None when it has none. Raises InvalidInput.

    As psql reads them, except for this: to verify without `sslrootcert` takes the authorities that this machine trusts.
    """
    mode, root = asked.get("sslmode", "verify-ca" if "sslrootcert" in asked else "prefer"), asked.get("sslrootcert")
    if not asked or mode in {"disable", "allow", "prefer"}:
        return mode if asked else None
    verified = root is not None or mode.startswith("verify")
    try:
        made = ssl.create_default_context(cafile=root)
        made.check_hostname = mode == "verify-full"
        made.verify_mode = ssl.CERT_REQUIRED if verified else ssl.CERT_NONE
        if "sslcert" in asked:
            made.load_cert_chain(asked["sslcert"], asked.get("sslkey"))
    except (OSError, ssl.SSLError) as error:
        raise InvalidInput(f"{NAME}: the files of sslrootcert, sslcert and sslkey cannot be used: {error}") from error
    return made


def _port(text: str) -> None:
    found = _SERVER.match(text)
    port = found["port"] if found is not None else None
    if port and not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise InvalidInput(f"{NAME} has the port {port!r}; it must be a number from 1 to 65535")


def _parameters(text: str) -> None:
    """Checks what would only fail when a connection is made."""
    given = parse_qs(text.partition("?")[2], keep_blank_values=True)
    if unknown := sorted(set(given) - set(_PARAMETERS)):
        raise InvalidInput(f"{NAME} has the parameter {unknown[0]!r}; there are {', '.join(_PARAMETERS)}")
    for name, allowed in (("pooler", ("transaction",)), ("sslmode", MODES)):
        if name in given and given[name][0] not in allowed:
            raise InvalidInput(f"{NAME} has {name}={given[name][0]!r}; it may be {name}={', '.join(allowed)}, or be left out")
    for name in TLS[1:]:
        if name in given and not Path(given[name][0]).is_file():
            raise InvalidInput(f"{NAME} has {name}={given[name][0]!r}, where there is no file")
