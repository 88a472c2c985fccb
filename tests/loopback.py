"""A real HTTP server on loopback, and a cache folder of the test's own."""

import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest


@dataclass
class Loopback:
    """What the server serves: bytes by file name; ``cuts`` says how often each connection breaks off."""

    url: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    cuts: dict[str, int] = field(default_factory=dict)
    stalls: dict[str, threading.Event] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)


@pytest.fixture
def loopback():
    state = Loopback()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            name = self.path.lstrip("/")
            state.asked.append(name)
            if name not in state.files:
                self.send_error(404)
                return
            body = state.files[name]
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if state.cuts.get(name, 0) > 0:
                state.cuts[name] -= 1
                self.wfile.write(body[: len(body) // 2])
                self.close_connection = True
                return
            if name in state.stalls:
                self.wfile.write(body[: len(body) // 2])
                self.wfile.flush()
                state.stalls[name].wait(30)
                return
            self.wfile.write(body)

        def log_message(self, *arguments):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    state.url = f"http://127.0.0.1:{server.server_port}"
    yield state
    for stall in state.stalls.values():
        stall.set()
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def bare(monkeypatch, tmp_path):
    """No data folder, no mirror, no proxy, an empty cache; returns the folder caches are kept in."""
    for name in ("RECBENCH_DATA_HOME", "RECBENCH_DATA_URL", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"
