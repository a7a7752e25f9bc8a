#!/usr/bin/env python3
# Licensed under the MIT licence.
"""Measures what storing costs: the release build of martlet with STORE=memory beside STORE=sqlite, sio-bench beside it.

usage: dev/bench-store.py [--seconds N] [--repeat N] [--stores "NAME; …"]

Each sender is alone in its room, so that a message has one receiver, its sender, who gets it once it is stored, together with its
acknowledgement: what is measured is messages that are stored, delivered and acknowledged. Where the clients are browsers they can come
back, so that what they are sent is recorded as well: in memory, or beside the messages. Prints a Markdown table, of medians if loads are
repeated. Fails if a message was lost, repeated or reordered, or a server did not stop cleanly.
"""

import argparse
import json
import os
import shutil
import signal
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
RELEASE = ROOT / ".build/release"
MEMORY = {"STORE": "memory"}
SQLITE = {"STORE": "sqlite"}
NORMAL = SQLITE | {"STORE_SYNC": "normal"}
BROWSER = ["--header", "User-Agent: Mozilla/5.0 (sio-bench)"]
# Name, settings of the server, options of the clients.
STORES = [
    ("memory", MEMORY, []),
    ("sqlite", SQLITE, []),
    ("sqlite, normal", NORMAL, []),
    ("memory, browsers", MEMORY, BROWSER),
    ("sqlite, browsers", SQLITE, BROWSER),
    ("sqlite, normal, browsers", NORMAL, BROWSER),
]
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
    """Of the database, and of that with what browsers may come back for, once the server has stopped and put their logs into them."""
    messages, recovery = (Path(directory, "data", name) for name in ("martlet.sqlite", "recovery.sqlite"))
    if not messages.exists():
        return None
    with sqlite3.connect(messages) as database:
        count = database.execute("SELECT count(*) FROM messages").fetchone()[0]
    size = messages.stat().st_size + (recovery.stat().st_size if recovery.exists() else 0)
    return size / count if count else None


def measure(settings, client, senders, rate, seconds):
    with tempfile.TemporaryDirectory(prefix="martlet-bench-") as directory:
        server, port = start(directory, settings)
        report = Path(directory, "report.json")
        command = pinned(1) + [RELEASE / "sio-bench", "--url", f"http://127.0.0.1:{port}/socket.io/", "--scenario", "custom"]
        command += ["--clients", str(senders), "--rooms", str(senders), "--senders-per-room", "1", "--reply", "ack"]
        command += ["--duration", str(seconds), "--server-pid", str(server.pid), "--json", report]
        command += client + (["--mode", "open", "--rate", str(rate)] if rate else [])
        clean = subprocess.run(command, stdout=subprocess.DEVNULL, timeout=120 + 3 * seconds).returncode == 0
        server.send_signal(signal.SIGTERM)
        clean = server.wait(30) == 0 and clean
        delivery = json.loads(report.read_text())["delivery"]
        latency = delivery["latency"]
        figures = [delivery["deliveries_per_second"], delivery["server_cpu_microseconds_per_delivery"]]
        figures += [latency["p50_milliseconds"], latency["p99_milliseconds"], bytes_per_message(directory)]
        return figures, clean


def shown(runs):
    """The medians of figures."""
    formats = ["{:,.0f}", "{:.1f}", "{:.2f}", "{:.2f}", "{:.0f}"]
    medians = [None if None in column else statistics.median(column) for column in zip(*runs)]
    return ["–" if median is None else form.format(median) for form, median in zip(formats, medians)]


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--seconds", type=float, default=5, help="how long each load is measured (default: 5)")
    options.add_argument("--repeat", type=int, default=1, help="how often, of which the medians are shown (default: 1)")
    options.add_argument("--stores", help="some of: " + "; ".join(name for name, _, _ in STORES))
    arguments = options.parse_args()
    known = [name for name, _, _ in STORES]
    wanted = [name.strip() for name in arguments.stores.split(";")] if arguments.stores else known
    unknown = [name for name in wanted if name not in known]
    if unknown:
        options.error("--stores: there is no " + "; ".join(unknown))
    options = arguments
    stores = [store for store in STORES if store[0] in wanted]
    all_clean = True
    print("| load | store | messages/s | µs of CPU per message | p50 ms | p99 ms | bytes on disk per message |")
    print("|---|---|---|---|---|---|---|")
    for load, senders, rate in LOADS:
        # By turns: what else the machine does is the same for all.
        runs = {name: [] for name, _, _ in stores}
        clean = {name: True for name, _, _ in stores}
        for _ in range(options.repeat):
            for name, settings, client in stores:
                figures, was_clean = measure(settings, client, senders, rate, options.seconds)
                runs[name].append(figures)
                clean[name] = clean[name] and was_clean
        for name in runs:
            print("| " + " | ".join([load, name, *shown(runs[name])]) + (" |" if clean[name] else " | NOT CLEAN"), flush=True)
        all_clean = all_clean and all(clean.values())
    sys.exit(0 if all_clean else 1)


main()
