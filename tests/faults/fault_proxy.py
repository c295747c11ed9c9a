"""A proxy in front of PostgreSQL that cuts a connection after so many bytes."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Final, Literal

from databases import with_query
from psycopg.conninfo import conninfo_to_dict

__all__ = ["CuttingProxy", "Way"]

Way = Literal["to server", "to client"]
CHUNK: Final = 1 << 16


class CuttingProxy:
    """
    Passes bytes on until it is told to cut, then drops the connection that carries the byte.

    Args:
        url: The server behind it.
        folder: Where its socket goes.

    Attributes:
        url: What clients connect to.
        cuts: How many connections were cut.
        passed: How many bytes went each way.
    """

    def __init__(self, url: str, folder: Path) -> None:
        held = conninfo_to_dict(url)
        self._host, self._port = str(held["host"]), int(held.get("port") or 5432)
        self.url = with_query(url, host=str(folder), port="5432", sslmode="disable")
        self.cuts = 0
        self.passed: dict[Way, int] = {"to server": 0, "to client": 0}
        self._left: dict[Way, int | None] = {"to server": None, "to client": None}
        self._lock = threading.Lock()
        self._ends: set[socket.socket] = set()
        self._closing = False
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(folder / ".s.PGSQL.5432"))
        self._listener.listen(64)
        self._listener.settimeout(0.1)
        self._threads: list[threading.Thread] = []
        self._start(self._accept)

    def _start(self, target: Callable[..., None], *args: object) -> threading.Thread:
        thread = threading.Thread(target=target, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()
        return thread

    def cut_after(self, count: int, way: Way) -> None:
        """Cut the connection that carries byte *count* from now on in that direction."""
        with self._lock:
            self._left[way] = count

    def heal(self) -> None:
        """Cut nothing any more."""
        with self._lock:
            self._left = {"to server": None, "to client": None}

    def _accept(self) -> None:
        while not self._closing:
            with suppress(TimeoutError):
                client, _ = self._listener.accept()
                self._start(self._serve, client)

    def _serve(self, client: socket.socket) -> None:
        unix = self._host.startswith("/")
        with client, socket.socket(socket.AF_UNIX if unix else socket.AF_INET) as server:
            server.connect(
                f"{self._host}/.s.PGSQL.{self._port}" if unix else (self._host, self._port)
            )
            with self._lock:
                self._ends |= {client, server}
            back = self._start(self._pass, server, client, "to client")
            self._pass(client, server, "to server")
            back.join()
            with self._lock:
                self._ends -= {client, server}

    def _pass(self, source: socket.socket, target: socket.socket, way: Way) -> None:
        with suppress(OSError):
            while data := source.recv(CHUNK):
                with self._lock:
                    left = self._left[way]
                    cut = left is not None and left < len(data)
                    if left is not None:
                        self._left[way] = None if cut else left - len(data)
                    self.cuts += cut
                    self.passed[way] += len(data)
                target.sendall(data[:left] if cut else data)
                if cut:
                    break
        _shut(source, target)

    def __enter__(self) -> CuttingProxy:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._closing = True
        self._threads[0].join()
        with self._lock:
            _shut(*self._ends)
        for thread in tuple(self._threads):
            thread.join(10)
        self._listener.close()


def _shut(*ends: socket.socket) -> None:
    for end in ends:
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
