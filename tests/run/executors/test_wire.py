"""What a driver and a process it started with ``subprocess`` say to each other."""

from __future__ import annotations

import subprocess
import sys
from multiprocessing.connection import Connection
from pathlib import Path
from socket import socketpair

import numpy as np
import pytest
import torch

from recbench.data.dataset import Dataset
from recbench.run.executors.wire import receive, send

ECHO = """
import sys
from multiprocessing.connection import Connection
from recbench.run.executors.wire import receive, send

connection = Connection(int(sys.argv[1]))
what, (dataset, tensor) = receive(connection)
send(connection, (what, (dataset.content_hash, dataset.encoder.encode(dataset.test), tensor)))
"""


def test_tensors_reach_a_process_that_multiprocessing_did_not_start(people: Dataset, tmp_path: Path) -> None:
    ours, theirs = socketpair()
    words = [sys.executable, "-c", ECHO, str(theirs.fileno())]
    child = subprocess.Popen(words, pass_fds=[theirs.fileno()])
    theirs.close()
    connection = Connection(ours.detach())
    tensor = torch.from_numpy(np.random.default_rng(0).normal(size=(1000, 100)))
    assert people.encoder is not None
    send(connection, ("dataset", (people, tensor)))
    what, (content, encoded, back) = receive(connection)
    assert what == "dataset" and content == people.content_hash
    assert torch.equal(back, tensor) and torch.equal(encoded, people.encoder.encode(people.test))
    assert child.wait(30) == 0
    with pytest.raises((EOFError, OSError)):
        receive(connection)
