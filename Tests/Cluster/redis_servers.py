# Licensed under the MIT licence.
"""Redis as one may run it: one server, a master with replicas and sentinels, or a cluster; all of one's own, on free ports."""

import subprocess
import tempfile
import time
from pathlib import Path

from server import free_port

START_DEADLINE = 20


def cli(port, *words, timeout=10):
    """What `redis-cli` says."""
    ended = subprocess.run(
        ["redis-cli", "-p", str(port), *map(str, words)], capture_output=True, text=True, timeout=timeout, check=False
    )
    return ended.stdout.strip()


def wait_for(condition, what, seconds=START_DEADLINE):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited {seconds} s for {what}"
        time.sleep(0.05)


class RedisServer:
    """One `redis-server`; `start` may be called again after `kill`."""

    def __init__(self, *settings, port=None):
        self.port = port or free_port()
        self.settings = settings
        self.directory = tempfile.TemporaryDirectory(prefix="martlet-redis-")
        self.process = None

    def command(self):
        common = ["--port", self.port, "--bind", "127.0.0.1", "--save", "", "--dir", self.directory.name]
        return ["redis-server", *map(str, common), *map(str, self.settings)]

    def start(self):
        with Path(self.directory.name, "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                self.command(), cwd=self.directory.name, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        wait_for(lambda: cli(self.port, "ping") == "PONG", f"a server on {self.port}")
        return self

    def kill(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def remove(self):
        self.kill()
        self.directory.cleanup()


class Sentinel(RedisServer):
    """One of those who watch a master."""

    def __init__(self, master_port):
        super().__init__()
        Path(self.directory.name, "sentinel.conf").write_text(
            f"port {self.port}\nbind 127.0.0.1\ndir {self.directory.name}\n"
            f"sentinel monitor mymaster 127.0.0.1 {master_port} 2\n"
            "sentinel down-after-milliseconds mymaster 1000\n"
            "sentinel failover-timeout mymaster 6000\n"
        )

    def command(self):
        return ["redis-server", str(Path(self.directory.name, "sentinel.conf")), "--sentinel"]


class Standalone:
    """One server, which keeps what it acknowledged over a restart."""

    def __init__(self):
        self.server = RedisServer("--appendonly", "yes", "--appendfsync", "always")
        self.settings = {}

    def start(self):
        self.server.start()
        return self

    @property
    def address(self):
        return ("127.0.0.1", self.server.port)

    def node_settings(self):
        return {"REDIS_HOST": "127.0.0.1", "REDIS_PORT": self.server.port}

    def restart(self, pause=2):
        self.server.kill()
        time.sleep(pause)
        self.server.start()

    def primaries(self):
        return [self.server.port]

    def remove(self):
        self.server.remove()


class WithSentinels:
    """A master, two replicas and three sentinels."""

    def start(self):
        self.servers = [RedisServer("--repl-diskless-sync-delay", "0").start()]
        for _ in range(2):
            self.servers.append(
                RedisServer(
                    "--repl-diskless-sync-delay", "0", "--replicaof", f"127.0.0.1 {self.servers[0].port}"
                ).start()
            )
        self.sentinels = [Sentinel(self.servers[0].port).start() for _ in range(3)]
        for sentinel in self.sentinels:
            wait_for(lambda sentinel=sentinel: self.knows_all(sentinel), "sentinels that know each other")
        return self

    def knows_all(self, sentinel):
        lines = cli(sentinel.port, "SENTINEL", "MASTER", "mymaster").splitlines()
        state = dict(zip(lines[::2], lines[1::2], strict=False))
        return state.get("num-slaves") == "2" and state.get("num-other-sentinels") == "2"

    def node_settings(self):
        hosts = ",".join(f"127.0.0.1:{sentinel.port}" for sentinel in self.sentinels)
        # All of them: while sentinels are asked for another master, the old one takes messages that the replica which is left
        # confirms, and both forget them when they follow the new one.
        return {"REDIS_HOST": hosts, "REDIS_MODE": "sentinel", "REDIS_REPLICAS": 2}

    def master_port(self):
        for sentinel in self.sentinels:
            words = cli(sentinel.port, "SENTINEL", "GET-MASTER-ADDR-BY-NAME", "mymaster").split()
            if len(words) == 2:
                return int(words[1])
        return None

    def kill_master(self):
        """Kills the master and waits until another server is it; returns the killed one."""
        old = self.master_port()
        server = next(server for server in self.servers if server.port == old)
        server.kill()
        wait_for(lambda: self.master_port() != old, "another master", 60)
        return server

    def switch(self):
        """Has the sentinels choose another master though nothing is wrong."""
        old = self.master_port()
        wait_for(lambda: cli(self.sentinels[0].port, "SENTINEL", "FAILOVER", "mymaster") == "OK", "a failover", 60)
        wait_for(lambda: self.master_port() != old, "another master", 60)

    def primaries(self):
        return [self.master_port()]

    def remove(self):
        for server in [*self.sentinels, *self.servers]:
            server.remove()


class Cluster:
    """Three primaries with a replica each."""

    def start(self):
        self.servers = [
            RedisServer(
                "--cluster-enabled",
                "yes",
                "--cluster-node-timeout",
                "2000",
                "--repl-diskless-sync-delay",
                "0",
                port=free_port(),
            ).start()
            for _ in range(6)
        ]
        addresses = [f"127.0.0.1:{server.port}" for server in self.servers]
        subprocess.run(
            ["redis-cli", "--cluster", "create", *addresses, "--cluster-replicas", "1", "--cluster-yes"],
            capture_output=True,
            timeout=60,
            check=True,
        )
        wait_for(lambda: len(self.replicas()) == 3, "replicas of all primaries", 60)
        return self

    def node_settings(self):
        hosts = ",".join(f"127.0.0.1:{server.port}" for server in self.servers)
        return {"REDIS_HOST": hosts, "REDIS_MODE": "cluster"}

    def rows(self):
        """What the first node that answers knows of each: id, port, flags, master's id, slots."""
        for server in self.servers:
            if text := cli(server.port, "CLUSTER", "NODES"):
                rows = [line.split() for line in text.splitlines()]
                return [(row[0], int(row[1].split("@")[0].rsplit(":", 1)[1]), row[2], row[3], row[8:]) for row in rows]
        return []

    def primaries(self):
        return [port for _, port, flags, _, slots in self.rows() if "master" in flags and "fail" not in flags and slots]

    def replicas(self):
        """Ports of replicas that are in touch with their masters."""
        return [
            port
            for _, port, flags, _, _ in self.rows()
            if "slave" in flags and "fail" not in flags and "master_link_status:up" in cli(port, "INFO", "replication")
        ]

    def kill_primary(self):
        """Kills a primary and waits until its replica stands in; returns the killed one."""
        before = set(self.primaries())
        server = next(server for server in self.servers if server.port in before)
        # Another node is asked from now on.
        self.servers.remove(server)
        self.servers.append(server)
        server.kill()
        wait_for(
            lambda: len(now := set(self.primaries())) == 3 and server.port not in now, "a replica that stands in", 60
        )
        return server

    def switch(self):
        """Has a replica take over from its primary though nothing is wrong."""
        replica = self.replicas()[0]
        wait_for(lambda: cli(replica, "CLUSTER", "FAILOVER") == "OK", "a failover", 60)
        wait_for(lambda: replica in self.primaries(), "another primary", 60)

    def move_slot(self, key, pause):
        """Moves the slot of a key to another primary while it is in use; rests halfway."""
        slot = int(cli(self.servers[0].port, "CLUSTER", "KEYSLOT", key))
        ids = {port: node for node, port, flags, _, _ in self.rows() if "master" in flags and "fail" not in flags}
        source = next(
            port for _, port, flags, _, slots in self.rows() if "fail" not in flags and holds(slots, slot)
        )
        target = next(port for port in self.primaries() if port != source)
        assert cli(target, "CLUSTER", "SETSLOT", slot, "IMPORTING", ids[source]) == "OK"
        assert cli(source, "CLUSTER", "SETSLOT", slot, "MIGRATING", ids[target]) == "OK"
        time.sleep(pause)
        while keys := cli(source, "CLUSTER", "GETKEYSINSLOT", slot, 100).split():
            cli(source, "MIGRATE", "127.0.0.1", target, "", 0, 5000, "KEYS", *keys)
        for port in [target, source, *self.primaries()]:
            cli(port, "CLUSTER", "SETSLOT", slot, "NODE", ids[target])

    def remove(self):
        for server in self.servers:
            server.remove()


def holds(ranges, slot):
    """Whether a node's slots, `0-5460` or `7000`, hold one."""
    for text in ranges:
        if text.startswith("["):
            continue
        first, _, last = text.partition("-")
        if int(first) <= slot <= int(last or first):
            return True
    return False
