#!/usr/bin/env python3
# Licensed under the MIT licence.
"""Measures what nodes on Redis cost: release builds of martlet and sio-bench, a redis-server of its own.

usage: dev/bench-cluster.py [--seconds N] [--nodes "1 2 4"] [--primaries N]

With `--primaries` the nodes meet on a Redis Cluster of so many, 3 at least, whose figures are added up; all of them share one core.
Prints a Markdown table: for each load and number of nodes, the CPU time that the nodes together and Redis took for a message, and what
Redis sent. Every node has one event loop. Fails if a message was lost, repeated or reordered, or a node did not stop cleanly.
"""

import argparse
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
RELEASE = ROOT / ".build/release"
# Name, clients, rooms, messages per second of all together.
LOADS = [
    ("rooms of 1", 100, 100, 1000),
    ("rooms of 10", 1000, 100, 500),
    ("a room of 1,000", 1000, 1, 50),
]
START_SECONDS = 20


def pinned(core):
    return ["taskset", "--cpu-list", str(core)] if shutil.which("taskset") and os.cpu_count() > 1 else []


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def wait_for(port, process):
    for _ in range(START_SECONDS * 50):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        if process.poll() is not None:
            break
        time.sleep(0.02)
    sys.exit("A process did not start.")


class Redis:
    """One server, or the primaries of a cluster."""

    def __init__(self, directory, primaries):
        self.is_cluster = primaries > 0
        self.ports, self.processes = [], []
        try:
            self.start(directory, primaries)
        except BaseException:
            self.stop()
            raise

    def start(self, directory, primaries):
        for number in range(max(primaries, 1)):
            data = Path(directory, f"redis-{number}")
            data.mkdir()
            port = free_port()
            options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "yes"]
            if self.is_cluster:
                # The port of the bus is not the usual one, which may be beyond the last.
                options += ["--cluster-enabled", "yes", "--cluster-port", str(free_port())]
            process = subprocess.Popen(pinned(1) + ["redis-server", *options], cwd=data, stdout=subprocess.DEVNULL)
            self.ports.append(port)
            self.processes.append(process)
            wait_for(port, process)
        if self.is_cluster:
            self.meet()

    def meet(self):
        addresses = [f"127.0.0.1:{port}" for port in self.ports]
        subprocess.run(
            ["redis-cli", "--cluster", "create", *addresses, "--cluster-yes"], check=True, stdout=subprocess.DEVNULL
        )
        for port in self.ports:
            for _ in range(START_SECONDS * 50):
                if "cluster_state:ok" in self.ask(port, "cluster", "info"):
                    break
                time.sleep(0.02)
            else:
                sys.exit("The cluster did not come together.")

    def ask(self, port, *command):
        return subprocess.run(["redis-cli", "-p", str(port), *command], capture_output=True, text=True, check=True).stdout

    def figures(self):
        """CPU seconds and bytes sent so far; the bytes of a cluster's own bus are not among them."""
        cpu, sent = 0, 0
        for port in self.ports:
            fields = dict(line.split(":", 1) for line in self.ask(port, "info").splitlines() if ":" in line)
            cpu += sum(float(fields[name]) for name in ("used_cpu_user_main_thread", "used_cpu_sys_main_thread"))
            sent += int(fields["total_net_output_bytes"])
        return cpu, sent

    def stop(self):
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            process.wait()


def start_node(directory, redis):
    port = free_port()
    environment = {"PATH": os.environ["PATH"], "SERVER_HOST": "127.0.0.1", "SERVER_PORT": str(port), "SERVER_THREADS": "1"}
    environment |= {"RATE_LIMITS": "off", "LOG_LEVEL": "warning", "DRAIN_TIMEOUT": "0"}
    environment |= {"REDIS_HOST": "127.0.0.1", "REDIS_PORT": str(redis.ports[0])}
    if redis.is_cluster:
        # Without replicas, like the one Redis beside it.
        environment |= {"REDIS_MODE": "cluster", "REDIS_REPLICAS": "0"}
    node = subprocess.Popen(pinned(0) + [RELEASE / "martlet"], cwd=directory, env=environment, stdout=subprocess.DEVNULL)
    wait_for(port, node)
    return node, port


def measure(count, primaries, clients, rooms, rate, seconds):
    with tempfile.TemporaryDirectory(prefix="martlet-bench-") as directory:
        redis = Redis(directory, primaries)
        nodes = []
        try:
            for _ in range(count):
                nodes.append(start_node(directory, redis))
            report = Path(directory, "report.json")
            command = pinned(1) + [RELEASE / "sio-bench", "--scenario", "custom", "--clients", str(clients), "--rooms", str(rooms)]
            command += ["--senders-per-room", "1", "--mode", "open", "--rate", str(rate), "--duration", str(seconds)]
            command += ["--warmup", "1", "--json", report]
            for node, port in nodes:
                command += ["--url", f"http://127.0.0.1:{port}/socket.io/", "--server-pid", str(node.pid)]
            before = redis.figures()
            run = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=120 + 3 * seconds)
            after = redis.figures()
            if run.returncode == 2:
                sys.exit(run.stdout)
            told = json.loads(report.read_text())
            clean = run.returncode == 0
        finally:
            for node, _ in nodes:
                node.send_signal(signal.SIGTERM)
            clean_end = all(node.wait(30) == 0 for node, _ in nodes)
            redis.stop()
        delivery = told["delivery"]
        members = clients / rooms
        sent = delivery["messages_sent"]
        figures = [delivery["server_cpu_microseconds_per_delivery"] * members]
        # Redis is counted from before the joins; they are few beside the messages.
        figures += [(after[0] - before[0]) * 1e6 / sent, (after[1] - before[1]) / sent]
        figures += [delivery["latency"]["p50_milliseconds"], delivery["latency"]["p99_milliseconds"]]
        return figures, clean and clean_end


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--seconds", type=float, default=5, help="how long each load is measured (default: 5)")
    options.add_argument("--nodes", default="1 2 4", help='how many nodes (default: "1 2 4")')
    options.add_argument("--primaries", type=int, default=0, help="of a Redis Cluster, 3 or more (default: 0, one Redis that is none)")
    options = options.parse_args()
    if 0 < options.primaries < 3:
        sys.exit("--primaries takes 3 or more.")
    all_clean = True
    print("| load | nodes | µs of CPU of the nodes per message | µs of Redis | bytes from Redis | p50 ms | p99 ms |")
    print("|---|---|---|---|---|---|---|")
    for name, clients, rooms, rate in LOADS:
        for count in map(int, options.nodes.split()):
            figures, clean = measure(count, options.primaries, clients, rooms, rate, options.seconds)
            shown = [form.format(figure) for form, figure in zip(["{:.0f}", "{:.0f}", "{:.0f}", "{:.2f}", "{:.2f}"], figures)]
            load = f"{name}, {rate:,}/s"
            print("| " + " | ".join([load, str(count), *shown]) + (" |" if clean else " | NOT CLEAN"), flush=True)
            all_clean = all_clean and clean
    sys.exit(0 if all_clean else 1)


main()
