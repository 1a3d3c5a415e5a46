"""The server of a browser test, and when it is left alone."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pytest_django.live_server_helper import LiveServer

from tests.faults.processes import wait_until


@contextmanager
def left_alone_afterwards(server: LiveServer) -> Iterator[None]:
    """Waits after the block, in which all browsers are closed, until every connection has ended.

    A page may still load something when its test is over. The answer to that reads tables which the end of
    the test empties: on a slow machine both wait for each other, until PostgreSQL lets one of them fail.
    """
    httpd: Any = server.thread.httpd
    taken, closed = httpd.process_request, httpd.close_request
    lock, connections = threading.Lock(), set[int]()

    def take(request: socket.socket, address: object) -> None:
        with lock:
            connections.add(id(request))
        taken(request, address)

    def close(request: socket.socket) -> None:
        closed(request)
        with lock:
            connections.discard(id(request))

    httpd.process_request, httpd.close_request = take, close
    try:
        yield
        wait_until("the server to be left alone", lambda: not connections)
    finally:
        del httpd.process_request, httpd.close_request
