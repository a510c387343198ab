"""One call of another system's address, guarded: it may be anybody's, and it is we who make the call.

The name is resolved once and every address it has must be a public one; the connection goes to an address that was
looked at, so a name that changes its mind in between (DNS rebinding) leads nowhere else. No redirect is followed, no
proxy is asked, the whole call ends in time whatever the other side does, and little of the answer is read.
"""

from __future__ import annotations

import contextlib
import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from testamur.kernel.refusal import Refused, _

#: Seconds until a connection must stand, and until the whole call must be over.
CONNECT, WHOLE = 5.0, 15.0
#: Bytes of the answer that are read, and characters of it that are kept.
LARGEST, KEPT = 16_384, 400
#: Prefixes in which another address is hidden: NAT64, 6to4, Teredo.
HIDING = tuple(map(ipaddress.IPv6Network, ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32")))


@dataclass(frozen=True)
class Answer:
    """What came of a call.

    Attributes:
        code: of the HTTP answer; None where there was none.
        problem: why it did not arrive; "" where it did.
        text: how the answer began.
        took: milliseconds.
    """

    code: int | None
    problem: str
    text: str
    took: int


def check_url(url: str, *, private: bool = False) -> None:
    """Refuse an address that is never called, as far as it can be told without asking the network.

    Args:
        private: allow plain http and addresses of this machine's own network.

    Raises:
        Refused: no https address, with a user in it, or one of a private network.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port, parts = "", None, urlsplit("")
    if parts.scheme not in (("https", "http") if private else ("https",)) or not host or port == 0:
        raise Refused(
            _("Give an address that begins with https:// and names a host."),
            rule="notices.url", field="url",
        )  # fmt: skip
    if parts.username is not None or parts.fragment:
        raise Refused(
            _("Leave user names, passwords and # out of the address; the signature says that we call."),
            rule="notices.url", field="url",
        )  # fmt: skip
    try:
        literal = ipaddress.ip_address(host)
    except ValueError:
        quiet = "." not in host or host.endswith((".local", ".internal", ".localhost"))
    else:
        quiet = not public(literal)
    if quiet and not private:
        raise Refused(
            _("{host} is no public address; what we call must be reachable from the internet."), {"host": host},
            rule="notices.url", field="url",
        )  # fmt: skip


def public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Say whether an address is anybody's to call: no private, loopback, link-local, multicast or hiding one."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return public(address.ipv4_mapped)
        if any(address in one for one in HIDING):
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def call(url: str, body: bytes, headers: Mapping[str, str], *, private: bool = False) -> Answer:
    """Send a body to an address by POST; never raises."""
    began = time.monotonic()
    code, text = None, ""
    try:
        check_url(url, private=private)
        code, text = _post(url, body, headers, private)
        problem = "" if 200 <= code < 300 else f"HTTP {code}"
    except Refused as refused:
        problem = refused.sentence()
    except TimeoutError:
        problem = _("no answer in time")
    except (OSError, http.client.HTTPException, UnicodeError, ValueError) as error:
        problem = f"{type(error).__name__}: {error}"
    return Answer(code, problem[:200], text, int((time.monotonic() - began) * 1000))


def _post(url: str, body: bytes, headers: Mapping[str, str], private: bool) -> tuple[int, str]:
    parts = urlsplit(url)
    host, secure = parts.hostname or "", parts.scheme == "https"
    port = parts.port or (443 if secure else 80)
    ends = time.monotonic() + WHOLE
    connection = http.client.HTTPConnection(host, port, timeout=CONNECT)
    wire = _connected(_addresses(host, port, private), port)
    try:
        wire.settimeout(WHOLE)
        if secure:
            wire = ssl.create_default_context().wrap_socket(wire, server_hostname=host, do_handshake_on_connect=False)
        # Time-outs of a socket begin anew with every byte; this one ends the call whatever drips in.
        guard = threading.Timer(max(0.1, ends - time.monotonic()), _cut, [wire])
        guard.daemon = True
        guard.start()
        try:
            if isinstance(wire, ssl.SSLSocket):
                wire.do_handshake()
            connection.sock = wire
            target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            connection.request("POST", target, body=body, headers={**headers, "Connection": "close"})
            response = connection.getresponse()
            read = response.read(LARGEST)
            if time.monotonic() >= ends - 0.1:
                raise TimeoutError  # what was cut off looks like an end
            return response.status, read.decode("utf-8", "replace").replace("\0", "")[:KEPT]
        except (OSError, http.client.HTTPException) as error:
            if time.monotonic() >= ends - 0.1:
                raise TimeoutError from error
            raise
        finally:
            guard.cancel()
    finally:
        connection.close()
        wire.close()


def _cut(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):  # it was over already
        connection.shutdown(socket.SHUT_RDWR)


def _addresses(host: str, port: int, private: bool) -> list[str]:
    found = list(dict.fromkeys(str(one[4][0]) for one in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))
    # One private address among them is enough to refuse: the name answers differently at different times.
    if not private and any(not public(ipaddress.ip_address(one.split("%")[0])) for one in found):
        raise Refused(
            _("{host} is no public address; what we call must be reachable from the internet."), {"host": host},
            rule="notices.url", field="url",
        )  # fmt: skip
    return found


def _connected(addresses: list[str], port: int) -> socket.socket:
    problem: OSError = OSError("the name has no address")
    for one in addresses[:4]:
        try:
            return socket.create_connection((one, port), timeout=CONNECT)
        except OSError as error:
            problem = error
    raise problem
