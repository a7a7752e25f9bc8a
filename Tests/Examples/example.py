# Licensed under the MIT licence.
"""An example's process: started on a free port in an empty directory, stopped by its process id."""

import os
import re
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import socketio

ROOT = Path(__file__).resolve().parents[2]
BINARIES = Path(os.environ.get("EXAMPLES", ROOT / ".build/debug"))
START_SECONDS = 20
STOP_SECONDS = 10
DEADLINE = 10
# Hummingbird's word that it listens, with the port that 0 became.
LISTENING = re.compile(r"listening on 127\.0\.0\.1:(\d+)")


class Example:
    def __init__(self, name, *arguments):
        self.directory = tempfile.TemporaryDirectory(prefix="example-")
        self.log = Path(self.directory.name, "log")
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [BINARIES / name, "0", *arguments],
                cwd=self.directory.name,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self.url = f"http://127.0.0.1:{self.wait_for_port()}"

    def wait_for_port(self):
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if found := LISTENING.search(self.output()):
                return int(found[1])
            try:
                self.process.wait(0.02)
            except subprocess.TimeoutExpired:
                continue
            raise AssertionError(f"ended with {self.process.returncode}: {self.output()}")
        self.process.kill()
        raise AssertionError(f"not ready after {START_SECONDS} s: {self.output()}")

    def output(self):
        return self.log.read_text(errors="replace")

    def client(self, **options):
        client = socketio.SimpleClient()
        client.connect(self.url, **options)
        return client

    def __enter__(self):
        return self

    def __exit__(self, *failure):
        """SIGTERM ends an example with status 0, whoever is still connected."""
        self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            status = self.process.wait()
        output = self.output()
        self.directory.cleanup()
        assert status == 0, f"ended with {status}: {output}"
