"""Wire: messages between a driver and its child processes, as plain pickles.

A connection's own way to send would let torch share tensors by file descriptors, which only processes
that ``multiprocessing`` itself started can take.
"""

from __future__ import annotations

import pickle
from multiprocessing.connection import Connection
from typing import Any


def send(connection: Connection, message: tuple[str, Any]) -> None:
    """Send a message.

    Raises:
        OSError: the other end is gone.
    """
    connection.send_bytes(pickle.dumps(message, pickle.HIGHEST_PROTOCOL))


def receive(connection: Connection) -> tuple[str, Any]:
    """Return the next message; wait for it if need be.

    Raises:
        EOFError: the other end is gone, and so does OSError.
    """
    message: tuple[str, Any] = pickle.loads(connection.recv_bytes())
    return message
