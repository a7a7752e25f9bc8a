# Licensed under the MIT licence.
"""Several `martlet` processes on one Redis, each of which can be killed, frozen, or cut off from Redis."""

import asyncio
import os
import signal
import time
from contextlib import suppress

from server import Martlet

NODE_TTL = 3
# Over how long nodes send their clients away when they are asked to stop; seconds as well.
DRAIN = 4
CHUNK = 65536


class StallingProxy:
    """A TCP proxy that can stop to pass anything on, both ways, as if every packet were lost, and go on."""

    def __init__(self, target):
        self.target = target
        self.passing = asyncio.Event()
        self.passing.set()
        self.writers = set()
        self.tasks = set()

    async def start(self):
        self.listener = await asyncio.start_server(self.accepted, "127.0.0.1", 0)
        self.port = self.listener.sockets[0].getsockname()[1]
        return self

    async def accepted(self, reader, writer):
        self.tasks.add(asyncio.current_task())
        self.writers.add(writer)
        with suppress(OSError):
            await self.passing.wait()
            up_reader, up_writer = await asyncio.open_connection(*self.target)
            self.writers.add(up_writer)
            await asyncio.gather(self.pump(reader, up_writer), self.pump(up_reader, writer))
        self.tasks.discard(asyncio.current_task())

    async def pump(self, reader, writer):
        with suppress(OSError):
            while data := await reader.read(CHUNK):
                await self.passing.wait()
                writer.write(data)
                await writer.drain()
        writer.close()
        self.writers.discard(writer)

    async def stall(self, seconds):
        self.passing.clear()
        await asyncio.sleep(seconds)
        self.passing.set()

    def cut(self):
        for writer in self.writers:
            writer.transport.abort()
        self.writers = set()

    async def close(self):
        self.passing.set()
        self.listener.close()
        self.cut()
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)


class Node:
    """One process, and what it uses."""

    def __init__(self, name, **settings):
        self.name = name
        self.martlet = Martlet(**settings)
        self.is_up = False
        self.is_frozen = False

    @property
    def url(self):
        return self.martlet.url

    def start(self):
        self.martlet.start()
        self.is_up = True

    def kill(self):
        self.is_up = False
        self.martlet.kill()

    def stop(self):
        """Asks the process to end; returns its exit status and how many seconds it took."""
        asked = time.monotonic()
        self.is_up = False
        return self.martlet.stop(), time.monotonic() - asked

    def freeze(self):
        self.is_frozen = True
        self.martlet.process.send_signal(signal.SIGSTOP)

    def thaw(self):
        self.martlet.process.send_signal(signal.SIGCONT)
        self.is_frozen = False

    def resident_bytes(self):
        with open(f"/proc/{self.martlet.process.pid}/statm") as statm:
            return int(statm.read().split()[1]) * 4096

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.martlet.process.pid}/fd"))


class NodesUnderTest:
    """The nodes; clients come to those that are up and answer, or to `door`, a balancer in front of all, once there is one."""

    def __init__(self, count, redis_settings, proxies=()):
        settings = {
            "NODE_TTL": NODE_TTL * 1000,
            "DRAIN_TIMEOUT": DRAIN * 1000,
            "RATE_LIMITS": "off",
            "SERVER_THREADS": 2,
            "LOG_LEVEL": "notice",
            # Nothing that was acknowledged is dropped while the test looks for it.
            "HISTORY_MAX_MESSAGES": 20_000,
        } | redis_settings
        self.door = None
        self.nodes = []
        for number in range(count):
            own = {"REDIS_HOST": "127.0.0.1", "REDIS_PORT": proxies[number].port} if proxies else {}
            self.nodes.append(Node(f"node{number}", **settings | own))

    def __enter__(self):
        for node in self.nodes:
            node.start()
        return self

    def __exit__(self, *failure):
        problems = []
        for node in self.nodes:
            with suppress(ProcessLookupError, AttributeError):
                node.thaw()
            try:
                node.martlet.__exit__(*failure)
            except AssertionError as problem:
                problems.append(f"{node.name}: {problem}")
        assert not problems or failure[0] is not None, problems

    def __getitem__(self, index):
        return self.nodes[index]

    @property
    def up(self):
        return [
            node for node in self.nodes if node.is_up and not node.is_frozen and node.martlet.process.poll() is None
        ]

    def pick(self, generator):
        return self.door or generator.choice(self.up)

    def dead(self):
        """Nodes that should live and do not."""
        return [
            f"{node.name} with {node.martlet.process.returncode}: {node.martlet.output()[-2000:]}"
            for node in self.nodes
            if node.is_up and node.martlet.process.poll() is not None
        ]
