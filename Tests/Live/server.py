# Licensed under the MIT licence.
"""A `martlet` process of one's own: started in an empty directory on a free port, stopped by its process id."""

import contextlib
import os
import random
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import requests

ROOT = Path(__file__).resolve().parents[2]
BINARY = Path(os.environ.get("MARTLET", ROOT / ".build/debug/martlet")).resolve()
START_DEADLINE = 20
STOP_DEADLINE = 30
GIVEN_PORTS = set()

# What the machine's own environment may hold must not reach a server under test.
OWN_VARIABLES = (
    "SERVER_",
    "REDIS_",
    "JWT_",
    "API_KEYS",
    "CORS_",
    "STORE",
    "DATA_DIR",
    "PING_",
    "RATE_",
    "LOG_",
    "MAX_",
    "TLS_",
    "NODE_",
    "SESSION_",
    "PRESENCE_",
    "HISTORY_",
    "LAST_SEEN_",
    "RECOVERY",
    "TRUSTED_",
    "PROXY_",
    "HANDSHAKES_",
    "CONNECTIONS_",
)


def free_port():
    """A port that no connection is given by chance: servers come back to theirs, and other tests run beside."""
    first = 20_000 + 2_000 * (int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:]) % 6)
    while True:
        port = random.randrange(first, first + 2_000)
        if port in GIVEN_PORTS:
            continue
        with socket.socket() as listener, contextlib.suppress(OSError):
            listener.bind(("127.0.0.1", port))
            GIVEN_PORTS.add(port)
            return port


def environment(**settings):
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(OWN_VARIABLES)}
    return inherited | {name: str(value) for name, value in settings.items()}


class Martlet:
    """One server process with the memory store; `start` may be called again after `stop` or `kill` (same port)."""

    def __init__(self, **settings):
        self.port = free_port()
        self.scheme = "https" if "TLS_CERTIFICATE_FILE" in settings else "http"
        self.url = f"{self.scheme}://127.0.0.1:{self.port}"
        self.settings = {"SERVER_HOST": "127.0.0.1", "SERVER_PORT": self.port, "STORE": "memory"} | settings
        self.directory = tempfile.TemporaryDirectory(prefix="martlet-live-")
        self.log = Path(self.directory.name, "server.log")
        self.process = None

    def start(self):
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [BINARY],
                cwd=self.directory.name,
                env=environment(**self.settings),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        for _ in range(START_DEADLINE * 50):
            try:
                if self.get("/health", timeout=1).json() == {"status": "ok"}:
                    return self
            except requests.RequestException:
                pass
            try:
                self.process.wait(0.02)
            except subprocess.TimeoutExpired:
                continue
            raise AssertionError(f"martlet ended with {self.process.returncode}: {self.output()}")
        self.kill()
        raise AssertionError(f"martlet was not ready after {START_DEADLINE} s: {self.output()}")

    def get(self, path, **options):
        """A GET; a certificate is trusted that signs itself and is the server's."""
        verify = str(self.settings.get("TLS_CERTIFICATE_FILE", "")) or True
        return requests.get(self.url + path, verify=verify, **options)

    def output(self):
        return self.log.read_text(errors="replace")

    def await_line(self, text, count=1, seconds=20):
        """Waits until the log has the text that many times."""
        deadline = time.monotonic() + seconds
        while self.output().count(text) < count:
            assert time.monotonic() < deadline, self.output()
            time.sleep(0.05)

    def stop(self, with_signal=signal.SIGTERM):
        """Asks the process to end and returns its exit status."""
        self.process.send_signal(with_signal)
        try:
            return self.process.wait(STOP_DEADLINE)
        except subprocess.TimeoutExpired:
            self.kill()
            late = f"martlet did not end {STOP_DEADLINE} s after {with_signal!r}"
            raise AssertionError(f"{late}: {self.output()}") from None

    def kill(self):
        self.process.kill()
        self.process.wait()

    def __enter__(self):
        return self.start()

    def __exit__(self, *failure):
        status = self.process.poll()
        if status is None:
            status = self.stop()
        elif status == -signal.SIGKILL:
            status = 0
        output = self.output()
        self.directory.cleanup()
        assert status == 0, f"martlet ended with {status}: {output}"


def refused_start(directory, **settings):
    """Runs a server that must not start; returns its exit status and what it wrote on stderr."""
    settings = {"SERVER_HOST": "127.0.0.1", "STORE": "memory"} | settings
    ended = subprocess.run(
        [BINARY],
        cwd=directory,
        env=environment(**settings),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=START_DEADLINE,
    )
    return ended.returncode, ended.stderr
