# Licensed under the MIT licence.
"""A `conformance-server` process of one's own, for what only the library does and the chat does not."""

import contextlib
import os
import socket
import subprocess
import tempfile
from pathlib import Path

from server import ROOT, STOP_DEADLINE, environment, free_port

BINARY = Path(os.environ.get("CONFORMANCE_SERVER", ROOT / ".build/debug/conformance-server")).resolve()
START_DEADLINE = 20


class ConformanceServer:
    """One server process, ended by its process id."""

    def __init__(self, **settings):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.directory = tempfile.TemporaryDirectory(prefix="conformance-live-")
        self.log = Path(self.directory.name, "server.log")
        self.settings = {"PORT": self.port} | settings
        self.process = None

    def __enter__(self):
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
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return self
            except OSError:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self.process.wait(0.02)
                    break
        raise AssertionError(f"conformance-server did not start: {self.log.read_text(errors='replace')}")

    def __exit__(self, *failure):
        self.process.terminate()
        try:
            status = self.process.wait(STOP_DEADLINE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            status = self.process.wait()
        output = self.log.read_text(errors="replace")
        self.directory.cleanup()
        assert status == 0, f"conformance-server ended with {status}: {output}"
