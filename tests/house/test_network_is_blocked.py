"""No test leaves this machine."""

import socket
import urllib.request

import pytest

from tests.conftest import NetworkBlocked


# 192.0.2.1 is kept free for documentation (RFC 5737), so nobody is reached even where the block fails.
@pytest.mark.parametrize("connect", ["connect", "connect_ex"])
def test_a_foreign_address_is_refused(connect: str) -> None:
    with socket.socket() as sock:
        sock.settimeout(0.2)
        with pytest.raises(NetworkBlocked):
            getattr(sock, connect)(("192.0.2.1", 80))


def test_a_foreign_name_is_not_even_looked_up() -> None:
    with pytest.raises(NetworkBlocked):
        urllib.request.urlopen("http://example.org/", timeout=0.2)


def test_loopback_is_open() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname(), timeout=5) as client,
    ):
        assert client.getpeername() == server.getsockname()
