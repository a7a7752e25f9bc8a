# Licensed under the MIT licence.
"""Several `martlet` processes on one Redis, all of one's own."""

import subprocess
import tempfile
from pathlib import Path

from server import Martlet, free_port

# Seconds; no more than a test wants to wait.
NODE_TTL = 4


class Redis:
    """A `redis-server` of one's own, without files."""

    def __init__(self, program="redis-server"):
        self.program = program
        self.port = free_port()
        self.directory = tempfile.TemporaryDirectory(prefix="martlet-redis-")
        self.process = None

    def start(self):
        log = Path(self.directory.name, "redis.log").open("ab")
        with log:
            self.process = subprocess.Popen(
                [self.program, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "yes"],
                cwd=self.directory.name,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        for _ in range(500):
            if self.answer("ping") == "PONG":
                return self
            try:
                self.process.wait(0.02)
            except subprocess.TimeoutExpired:
                continue
            raise AssertionError(f"redis-server ended with {self.process.returncode}")
        raise AssertionError("redis-server does not answer")

    def answer(self, *command):
        """What it answers, as redis-cli shows it."""
        words = ["redis-cli", "-p", str(self.port), *command]
        return subprocess.run(words, capture_output=True, text=True, check=False).stdout.strip()

    def kill(self):
        self.process.kill()
        self.process.wait()

    def __enter__(self):
        return self.start()

    def __exit__(self, *failure):
        self.kill()
        self.directory.cleanup()


class Nodes:
    """Servers that share a Redis, and clients that are spread over them."""

    def __init__(self, count, redis="redis-server", **settings):
        self.redis = Redis(redis)
        self.servers = []
        self.count = count
        self.settings = {"NODE_TTL": NODE_TTL * 1000, "RATE_LIMITS": "off", "DRAIN_TIMEOUT": 0} | settings

    def __enter__(self):
        self.redis.start()
        self.settings |= {"REDIS_HOST": "127.0.0.1", "REDIS_PORT": self.redis.port}
        try:
            for _ in range(self.count):
                self.servers.append(Martlet(**self.settings).start())
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, *failure):
        for server in self.servers:
            server.__exit__(*failure)
        self.redis.__exit__(*failure)

    def __getitem__(self, index):
        return self.servers[index]
