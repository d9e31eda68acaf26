"""A threaded HTTP/1.1 server that listens on this machine only."""

import errno
import ipaddress
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from waitress.server import create_server

# A long poll keeps a thread for 20 s, and a slow function for 29 s.
_THREADS = 48


class PortTaken(Exception):
    """Another program listens on the port."""


class NotLoopback(Exception):
    """The address can be reached from other machines."""


@contextmanager
def taking(port: int) -> Iterator[None]:
    """Raises PortTaken where another program has it."""
    try:
        yield
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        raise PortTaken(f"Port {port} is taken by another program.") from error


class Server:
    def __init__(self, application: Any, *, host: str, port: int, threads: int = _THREADS) -> None:
        host = "127.0.0.1" if host == "localhost" else host
        _refuse_other_machines(host)
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)
        self._sockets: dict[int, Any] = {}
        with taking(port):
            self._server = create_server(
                application,
                map=self._sockets,
                host=host,
                port=port,
                threads=threads,
                connection_limit=1000,
                asyncore_use_poll=True,
                clear_untrusted_proxy_headers=True,
                ident=None,
            )
        self._thread = threading.Thread(target=self._server.run, daemon=True)

    @property
    def address(self) -> str:
        return f"http://{self._server.effective_host}:{self._server.effective_port}"

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Close the port and every connection; calls under way are not waited for."""
        self._server.task_dispatcher.shutdown(timeout=0.1)
        things = list(self._sockets.values())
        self._sockets.clear()
        self._server.trigger.pull_trigger()
        if self._thread.is_alive():
            self._thread.join(timeout=2)
        for thing in things:
            thing.close()


def _refuse_other_machines(host: str) -> None:
    try:
        loopback = ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise NotLoopback(f"The local cloud serves this machine only, not {host}.")
