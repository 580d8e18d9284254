"""The connections to one HTTP server: session, time limits, proxy and certificates, and the errors of a connection."""

import errno
import os
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.request import getproxies, proxy_bypass

import aiohttp
from yarl import URL

from fellowship.formatting.shorten import shorten
from fellowship.formatting.terminal_text import single_line
from fellowship.protocols.errors import (
    ConfigurationError,
    MalformedResponse,
    ProviderError,
    ProviderTimeout,
    ProviderUnavailable,
)
from fellowship.providers.server import Server
from fellowship.providers.transport import Transport

MASKED_KEY = re.compile(r"(?<!\S)\S*?\*{3,}\S*|\b(?:sk|pk|gsk)[-_][\w-]{8,}|\bAIza[\w-]{20,}")
MAX_QUOTE_LENGTH = 120
CERTIFICATES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


@dataclass(frozen=True, slots=True)
class ServerInfo:
    """A server, as errors name it, and the variable that holds its key; the key itself is never shown."""

    name: str
    url: str
    key_variable: str | None = None
    key: str | None = field(default=None, repr=False)

    def __str__(self) -> str:
        return f"{self.name} at {self.url}"

    def quoted(self, text: str | bytes) -> str:
        """A text from the server, shortened and without the key, for an error message."""
        return quoted(text, self.key)


class HttpClient:
    """The connections to one server, opened with the first request, so that a provider may be made anywhere."""

    def __init__(self, server: ServerInfo, headers: Mapping[str, str], options: Server) -> None:
        self._server, self._connect_s, self._total_s = server, options.connect_timeout_s, options.timeout_s
        self._first_byte_s = options.first_byte_timeout_s or options.timeout_s
        self._headers = {"Content-Type": "application/json", "User-Agent": "llm-fellowship", **headers}
        self.transport: Transport | None = None
        self._closed = False

    async def close(self) -> None:
        """Close all connections; closing twice is no error."""
        self._closed = True
        transport, self.transport = self.transport, None
        if transport is not None:
            await transport.close()

    def open(self, url: URL) -> Transport:
        """Open a session for requests to this address; ConfigurationError after `close`."""
        if self._closed:
            raise ConfigurationError(f"the provider {self._server} is closed; open another provider")
        session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=30.0, ssl=_certificates(url)),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=self._connect_s),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers=self._headers,
        )
        # Found once: aiohttp's trust_env looks for proxies and .netrc in a thread for every request.
        self.transport = Transport(
            session, first_byte_s=self._first_byte_s, total_s=self._total_s, proxy=proxy_for(url)
        )
        return self.transport

    def no_response(self, error: Exception) -> ProviderError:
        """ProviderTimeout, ProviderUnavailable or MalformedResponse for a request that got no response."""
        server = self._server
        if isinstance(error, aiohttp.ServerTimeoutError):
            return ProviderTimeout(f"{server} gave no connection within {self._connect_s:g} s")
        if isinstance(error, TimeoutError):
            first_s, total_s = self._first_byte_s, self._total_s
            what = f"first byte within {first_s:g} s" if first_s < total_s else f"complete answer within {total_s:g} s"
            return ProviderTimeout(f"{server} gave no {what}")
        reason = getattr(getattr(error, "os_error", error), "strerror", None) or type(error).__name__
        if isinstance(error, aiohttp.ClientHttpProxyError | aiohttp.ClientProxyConnectionError):
            return ProviderUnavailable(f"{server} cannot be reached through the proxy: {reason}")
        if isinstance(error, aiohttp.ClientResponseError):
            return MalformedResponse(f"a server is listening for {server}, but it does not answer in HTTP")
        if isinstance(error, aiohttp.ClientConnectorDNSError):
            return ProviderUnavailable(f"{server}: the host has no address; check the base URL and the network")
        if isinstance(error, aiohttp.ClientSSLError):
            return ProviderUnavailable(
                f"a server is listening for {server}, but no secure connection came about: {reason}"
            )
        if isinstance(error, aiohttp.ClientConnectorError):
            if getattr(error.os_error, "errno", None) == errno.ECONNREFUSED:
                return ProviderUnavailable(f"no server is listening for {server}; start it, or change the base URL")
            return ProviderUnavailable(f"no connection to {server}: {reason}")
        return ProviderUnavailable(f"a server is listening for {server}, but the connection broke: {reason}")


def quoted(text: str | bytes, secret: str | None = None) -> str:
    """At most 120 characters of a foreign text, on one line; the secret and all that looks like a key are masked."""
    line = text.decode(errors="replace") if isinstance(text, bytes) else text
    if secret:
        line = line.replace(secret, "[key]")
    line = MASKED_KEY.sub("[key]", line)
    return shorten(single_line(line), MAX_QUOTE_LENGTH)


def checked_url(base_url: str, api_key: str | None) -> URL:
    """The base URL. ConfigurationError for an unusable URL, or a key that cannot be sent in a header."""
    try:
        url = URL(base_url)
    except ValueError:
        url = URL()
    if url.scheme not in ("http", "https") or not url.host:
        msg = f"the base URL {base_url!r} cannot be used; expected a form like 'http://localhost:8000/v1'"
        raise ConfigurationError(msg)
    if api_key and not (api_key.isascii() and api_key.isprintable()):
        msg = f"the key for {url.host} contains characters that no key has, such as a line break; copy it once more"
        raise ConfigurationError(msg)
    if api_key and url.user:
        msg = f"the base URL for {url.host} has a user name in it, and there is a key too; expected one of them"
        raise ConfigurationError(msg)
    return url


def proxy_for(url: URL) -> URL | None:
    """The proxy that the environment names for this address; None for addresses of this machine."""
    address = getproxies().get(url.scheme)
    host = url.host or ""
    if not address or host in ("localhost", "127.0.0.1", "::1") or proxy_bypass(host):
        return None
    return URL(address if "://" in address else f"http://{address}")


def _certificates(url: URL) -> ssl.SSLContext | bool:
    """The trusted certificate authorities: those of the system, or of the file named by SSL_CERT_FILE and the like."""
    variable = next(filter(os.environ.get, CERTIFICATES), None)
    if url.scheme != "https" or variable is None:
        return True
    named = os.environ[variable]
    try:
        return ssl.create_default_context(cafile=named)
    except (OSError, ssl.SSLError) as error:
        msg = f"the certificates in {named}, which {variable} names, cannot be read: {error.strerror or error}"
        raise ConfigurationError(msg) from error
