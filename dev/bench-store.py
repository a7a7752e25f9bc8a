#!/usr/bin/env python3
# Licensed under the MIT licence.
"""Measures what storing costs: the release build of martlet with STORE=memory beside STORE=sqlite, sio-bench beside it.

usage: dev/bench-store.py [--seconds N]

Each sender is alone in its room, so that a message has one receiver, its sender, who gets it once it is stored, together with its
acknowledgement: what is measured is messages that are stored, delivered and acknowledged. Prints a Markdown table. Fails if a message
was lost, repeated or reordered, or a server did not stop cleanly.
"""

import argparse
import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
RELEASE = ROOT / ".build/release"
STORES = {"memory": {"STORE": "memory"}, "sqlite": {"STORE": "sqlite"}, "sqlite, normal": {"STORE": "sqlite", "STORE_SYNC": "normal"}}
# Name, senders, and messages per second of all together; none is as fast as they are acknowledged.
LOADS = [("1 sender", 1, None), ("10 senders", 10, None), ("100 senders", 100, None), ("2,000/s", 100, 2000)]
START_SECONDS = 20


def pinned(core):
    return ["taskset", "--cpu-list", str(core)] if shutil.which("taskset") and os.cpu_count() > 1 else []


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def start(directory, settings):
    port = free_port()
    environment = {"PATH": os.environ["PATH"], "SERVER_HOST": "127.0.0.1", "SERVER_PORT": str(port), "SERVER_THREADS": "1"}
    environment |= {"RATE_LIMITS": "off", "LOG_LEVEL": "warning", "HISTORY_MAX_MESSAGES": "1000000"} | settings
    server = subprocess.Popen(pinned(0) + [RELEASE / "martlet"], cwd=directory, env=environment, stdout=subprocess.DEVNULL)
    for _ in range(START_SECONDS * 50):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return server, port
        if server.poll() is not None:
            break
        time.sleep(0.02)
    server.kill()
    sys.exit("The server did not start.")


def bytes_per_message(directory):
    """Of the database, once the server has stopped and put its log into it."""
    path = Path(directory, "data/martlet.sqlite")
    if not path.exists():
        return None
    with sqlite3.connect(path) as database:
        count = database.execute("SELECT count(*) FROM messages").fetchone()[0]
    return path.stat().st_size / count if count else None


def measure(settings, senders, rate, seconds):
    with tempfile.TemporaryDirectory(prefix="martlet-bench-") as directory:
        server, port = start(directory, settings)
        report = Path(directory, "report.json")
        command = pinned(1) + [RELEASE / "sio-bench", "--url", f"http://127.0.0.1:{port}/socket.io/", "--scenario", "custom"]
        command += ["--clients", str(senders), "--rooms", str(senders), "--senders-per-room", "1", "--reply", "ack"]
        command += ["--duration", str(seconds), "--server-pid", str(server.pid), "--json", report]
        command += ["--mode", "open", "--rate", str(rate)] if rate else []
        clean = subprocess.run(command, stdout=subprocess.DEVNULL, timeout=120 + 3 * seconds).returncode == 0
        server.send_signal(signal.SIGTERM)
        clean = server.wait(30) == 0 and clean
        return json.loads(report.read_text())["delivery"], bytes_per_message(directory), clean


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--seconds", type=float, default=5, help="how long each load is measured (default: 5)")
    seconds = options.parse_args().seconds
    all_clean = True
    print("| load | store | messages/s | µs of CPU per message | p50 ms | p99 ms | bytes on disk per message |")
    print("|---|---|---|---|---|---|---|")
    for name, senders, rate in LOADS:
        for store, settings in STORES.items():
            delivery, size, clean = measure(settings, senders, rate, seconds)
            all_clean = all_clean and clean
            latency = delivery["latency"]
            figures = [
                f"{delivery['deliveries_per_second']:,.0f}",
                f"{delivery['server_cpu_microseconds_per_delivery']:.1f}",
                f"{latency['p50_milliseconds']:.2f}",
                f"{latency['p99_milliseconds']:.2f}",
                f"{size:.0f}" if size else "–",
            ]
            print("| " + " | ".join([name, store, *figures]) + (" |" if clean else " | NOT CLEAN"), flush=True)
    sys.exit(0 if all_clean else 1)


main()
