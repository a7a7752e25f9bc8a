# Licensed under the MIT licence.
"""Servers as child processes: started on a free port, watched, stopped by process id."""

import os
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 30.0
STOP_SECONDS = 15.0


def binary(variable, product):
    """The executable named by the environment variable, or the newest kind of build that exists."""
    named = os.environ.get(variable)
    if named:
        return Path(named).resolve()
    candidates = [ROOT / ".build" / kind / product for kind in ("debug", "release")]
    for candidate in candidates:
        if candidate.exists():
            return candidate
    raise FileNotFoundError(f"no {product}: build it, or set {variable} (looked for {', '.join(map(str, candidates))})")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class ServerProcess:
    """One running server. `host`, `port` and `netloc` say where; `log` is everything it printed."""

    def __init__(self, executable, port_variable, environment):
        self.executable = executable
        self.port_variable = port_variable
        self.environment = environment
        self.host = "127.0.0.1"
        self.port = 0
        self.directory = tempfile.TemporaryDirectory(prefix="conformance-")
        self.process = None

    @property
    def netloc(self):
        return f"{self.host}:{self.port}"

    @property
    def log_path(self):
        return Path(self.directory.name) / "server.log"

    @property
    def log(self):
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    def start(self):
        """Starts and waits until the port accepts. A port lost to another process in between is tried again."""
        for attempt in range(3):
            self.port = free_port()
            self.launch()
            if self.wait_until_accepting():
                return self
            self.process.kill()
            self.process.wait()
        raise AssertionError(f"{self.executable.name} did not start:\n{self.log[-4000:]}")

    def launch(self):
        # A clean environment and an empty working directory: no setting or `.env` of the developer's reaches the server.
        inherited = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
        environment = {**inherited, **self.environment, self.port_variable: str(self.port)}
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                [str(self.executable)], env=environment, cwd=self.directory.name,
                stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
            )

    def wait_until_accepting(self):
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                socket.create_connection((self.host, self.port), timeout=1).close()
                # Another process may have taken the port first: ours must still be there.
                return self.process.poll() is None
            except OSError:
                time.sleep(0.02)
        return False

    @property
    def alive(self):
        return self.process is not None and self.process.poll() is None

    @property
    def rss_bytes(self):
        """Resident memory of the server now."""
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
        raise AssertionError("the server is gone")

    def terminate(self):
        os.kill(self.process.pid, signal.SIGTERM)

    def wait(self):
        """The exit status; a server that does not stop is killed and reported."""
        try:
            return self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"{self.executable.name} did not stop within {STOP_SECONDS} s of SIGTERM") from None

    def stop(self):
        """SIGTERM must end the server with status 0."""
        if self.process is None:
            return
        try:
            if self.alive:
                self.terminate()
            status = self.wait()
            assert status == 0, f"{self.executable.name} ended with status {status}:\n{self.log[-4000:]}"
        finally:
            self.process = None
            self.directory.cleanup()


class ServerPool:
    """One server per configuration for the whole run; a server that died is replaced, so that one crash fails one test."""

    def __init__(self):
        self.servers = {}

    def server(self, variable, product, port_variable, environment):
        key = (product, tuple(sorted(environment.items())))
        server = self.servers.get(key)
        if server is None or not server.alive:
            server = ServerProcess(binary(variable, product), port_variable, environment).start()
            self.servers[key] = server
        return server

    def conformance(self, **environment):
        return self.server("CONFORMANCE_SERVER", "conformance-server", "PORT", environment)

    def martlet(self, **environment):
        settings = {"SERVER_HOST": "127.0.0.1", "STORE": "memory", "LOG_LEVEL": "warning", **environment}
        return self.server("MARTLET", "martlet", "SERVER_PORT", settings)

    def stop(self):
        problems = []
        for server in self.servers.values():
            try:
                server.stop()
            except AssertionError as problem:
                problems.append(str(problem))
        self.servers.clear()
        assert not problems, "\n".join(problems)
