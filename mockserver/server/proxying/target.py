"""Where the upstream is, and how to get there."""

from __future__ import annotations

import base64
import ssl
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from mockserver.errors import UsageError


@dataclass(frozen=True, slots=True)
class Address:
    """An http(s) URL in its parts.

    Attributes:
        host: A name or an address, without brackets.
        base: What stands before every path, without a slash at its end; "" for nothing.
        credentials: `user:password` of the URL, decoded; "" for none.
    """

    scheme: str
    host: str
    port: int
    base: str = ""
    credentials: str = ""

    @property
    def is_tls(self) -> bool:
        """Whether the connection is encrypted."""
        return self.scheme == "https"

    @property
    def authority(self) -> str:
        """The `Host` field (RFC 9110 section 7.2): without the port where it is the usual one."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.is_tls else 80) else f"{host}:{self.port}"

    @property
    def origin(self) -> str:
        """Scheme and authority."""
        return f"{self.scheme}://{self.authority}"

    def __str__(self) -> str:
        return self.origin + self.base


def address(text: str, what: str) -> Address:
    """Return the address that a URL names.

    Args:
        text: What a person wrote.
        what: How to call it in messages, e.g. `UPSTREAM`.

    Raises:
        UsageError: It is no http(s) URL, or has a query or a fragment.
    """
    seen = f"{what} is {text!r}"
    try:
        parts = urlsplit(text)
        port = parts.port
        host = (parts.hostname or "").encode("idna" if not (parts.hostname or "").isascii() else "ascii")
    except (ValueError, UnicodeError) as error:
        raise UsageError(f"{seen}, which is no URL: {error}") from error
    if parts.scheme not in ("http", "https") or not host:
        raise UsageError(f"{seen}; write an http or https URL, e.g. http://localhost:8080/v1")
    if parts.query or parts.fragment:
        raise UsageError(f"{seen}; leave out what follows the path: requests bring their own query")
    credentials = ""
    if parts.username is not None:
        credentials = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    base = parts.path.rstrip("/")
    if not base.isascii() or any(character.isspace() for character in base):
        raise UsageError(f"{seen}; write its path percent-encoded")
    usual = 443 if parts.scheme == "https" else 80
    return Address(parts.scheme, host.decode(), usual if port is None else port, base, credentials)


def basic(credentials: str) -> str:
    """Return the value of a field with these credentials (RFC 7617)."""
    return f"Basic {base64.b64encode(credentials.encode()).decode()}"


@dataclass(frozen=True, slots=True)
class Trust:
    """Whom to trust, and who we are.

    Attributes:
        ca: A file with the certificates to trust instead of the system's.
        insecure: Whether any certificate will do.
        cert: A file with our own certificate, and with its key where `key` is None.
        key: A file with the key of our certificate.
    """

    ca: Path | None = None
    insecure: bool = False
    cert: Path | None = None
    key: Path | None = None

    def context(self) -> ssl.SSLContext:
        """Return what TLS connections are made with.

        Raises:
            UsageError: A file is missing, or is of no use.
        """
        for name, path in (("--ca", self.ca), ("--cert", self.cert), ("--cert-key", self.key)):
            if path is not None and not path.is_file():
                raise UsageError(f"{name}: there is no file {path}")
        if self.key is not None and self.cert is None:
            raise UsageError("--cert-key needs --cert: a key alone says nothing of who we are")
        try:
            context = ssl.create_default_context(cafile=None if self.ca is None else str(self.ca))
        except (ssl.SSLError, OSError, ValueError) as error:
            raise UsageError(f"--ca: {self.ca} holds no certificates in PEM: {error}") from error
        if self.insecure:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        if self.cert is not None:
            try:
                context.load_cert_chain(self.cert, self.key, password=_no_password)
            except (ssl.SSLError, OSError, ValueError) as error:
                reason = f"{self.cert} and its key are of no use: {error}"
                raise UsageError(f"--cert: {reason}") from error
        context.set_alpn_protocols(["http/1.1"])
        return context


def _no_password() -> str:
    raise ValueError("the key is encrypted; decrypt it with `openssl pkey`")
