# Licensed under the MIT licence.
"""Start, stop, crash and silence."""

import contextlib
import http.client
import os
import signal
import socket
import time
import urllib.parse
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from chat import Chat, join, ok, say
from clients import KINDS
from raw import RawSocket
from server import Martlet, free_port, refused_start


# What a client asks for a WebSocket with, besides the upgrade.
WEBSOCKET = {"Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA=="}


def kinds(generations):
    return [kind for kind in KINDS if kind.split("-")[0] in generations]


@pytest.mark.parametrize(
    "variable, value",
    [
        ("SERVER_PORT", "eighty"),
        ("SERVER_PORT", "65536"),
        ("SERVER_PORT", "-1"),
        ("SERVER_PORT", "80 80"),
        ("SERVER_HOST", "not a host"),
        ("STORE", "paper"),
        ("PING_INTERVAL", "soon"),
        ("PING_TIMEOUT", "-5"),
        ("SERVER_THREADS", "-1"),
        ("SERVER_THREADS", "many"),
        ("RATE_LIMITS", "perhaps"),
        ("LOG_LEVEL", "loud"),
        ("MAX_MESSAGE_LENGTH", "long"),
    ],
)
def test_a_variable_that_does_not_parse(tmp_path, variable, value):
    settings = {"SERVER_PORT": free_port()} | {variable: value}
    status, stderr = refused_start(tmp_path, **settings)
    assert status == 2, stderr
    assert len(stderr.splitlines()) == 1, stderr
    assert variable in stderr or variable == "SERVER_HOST" and value in stderr, stderr


def test_a_variable_that_does_not_parse_in_the_file(tmp_path):
    (tmp_path / ".env").write_text("# a comment\n\nPING_TIMEOUT=never\n")
    status, stderr = refused_start(tmp_path, SERVER_PORT=free_port())
    assert status == 2, stderr
    assert len(stderr.splitlines()) == 1 and "PING_TIMEOUT" in stderr, stderr


def test_a_taken_port(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        status, stderr = refused_start(tmp_path, SERVER_PORT=port)
    assert status == 2, stderr
    assert len(stderr.splitlines()) == 1 and str(port) in stderr, stderr


def unreadable(path):
    path.write_text("STORE=memory\n")
    path.chmod(0)


@pytest.mark.parametrize(
    "make",
    [
        Path.mkdir,
        lambda path: path.write_bytes(b"STORE=\xff\xfe\n"),
        pytest.param(unreadable, marks=pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")),
    ],
    ids=["directory", "not UTF-8", "no permission"],
)
def test_an_unreadable_env_file(tmp_path, make):
    make(tmp_path / ".env")
    status, stderr = refused_start(tmp_path, SERVER_PORT=free_port())
    assert status == 2, stderr
    assert len(stderr.splitlines()) == 1 and ".env" in stderr, stderr


def test_the_environment_wins_over_the_file():
    martlet = Martlet(API_KEYS="from-the-environment")
    Path(martlet.directory.name, ".env").write_text(
        '# settings\nSERVER_PORT=1\nAPI_KEYS=from-the-file\nCORS_ORIGINS="https://file.example"\n'
    )
    with martlet:
        answer = requests.get(
            martlet.url + "/openapi.json",
            headers={"X-API-Key": "from-the-environment", "Origin": "https://file.example"},
            timeout=10,
        )
        assert answer.status_code == 200
        assert answer.headers["Access-Control-Allow-Origin"] == "https://file.example"
        assert (
            requests.get(martlet.url + "/openapi.json", headers={"X-API-Key": "from-the-file"}, timeout=10).status_code
            == 401
        )


def test_the_ready_line():
    with Martlet() as martlet:
        lines = [line for line in martlet.output().splitlines() if f"127.0.0.1:{martlet.port}" in line]
        assert len(lines) == 1 and "memory" in lines[0], martlet.output()


class Poller:
    """A bare Engine.IO 4 polling session, connected to the namespace."""

    def __init__(self, server):
        self.address = f"{server.url}/socket.io/?EIO=4&transport=polling"
        self.address += "&sid=" + requests.get(self.address, timeout=10).text.split('"sid":"')[1].split('"')[0]
        self.send("40")
        assert self.poll().text.startswith("40{")

    def send(self, payload):
        assert requests.post(self.address, data=payload, timeout=10).status_code == 200

    def poll(self):
        return requests.get(self.address, timeout=20)

    def begin_poll(self):
        """Sends a poll, which is with the kernel then, and returns the connection that has its answer."""
        address = urllib.parse.urlsplit(self.address)
        connection = http.client.HTTPConnection(address.netloc, timeout=60)
        connection.request("GET", f"{address.path}?{address.query}")
        return connection


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
def test_a_stop_closes_every_session_and_clients_come_back(drivers, generations, name, number):
    with (
        Martlet(RATE_LIMITS="off") as martlet,
        Chat(martlet.url, drivers, generations) as chat,
    ):
        clients = [chat.user(kind, name(kind), reconnect=True) for kind in kinds(generations)]
        for client in clients:
            join(client, name("room"))
        raw, poller = RawSocket(martlet, auth={"user_id": name("raw")}), Poller(martlet)
        poll = poller.begin_poll()
        # The poll is on its way, and nothing tells when it has arrived: round trips on other connections, of every loop, follow it.
        for _ in range(2 * os.cpu_count()):
            assert requests.get(martlet.url + "/health", timeout=10).status_code == 200
        assert martlet.stop(number) == 0
        assert raw.receive_end() in (1000, 1001, 1005, 1012)
        answer = poll.getresponse()
        packets = answer.read().decode().split("\x1e")
        assert answer.status == 200 and packets[-1] == "1", packets
        for client in clients:
            client.wait_disconnected()
        martlet.start()
        # The Python clients take a close packet, which only polling brings, for a goodbye.
        for client in clients:
            if client.kind not in ("v2-polling", "v4-polling"):
                client.wait_connected(times=2)
                client.expect("authenticated", user_id=client.user_id)


def test_a_stop_sends_clients_away_little_by_little(name):
    # One each tenth of a second.
    settings = {"DRAIN_TIMEOUT": 4000, "SERVER_THREADS": 1}
    with Martlet(RATE_LIMITS="off", **settings) as martlet, ThreadPoolExecutor(40) as pool:
        sockets = [RawSocket(martlet, auth={"user_id": name(str(number))}) for number in range(40)]

        def end(socket):
            code = socket.receive_end()
            return code, time.monotonic()

        ends = [pool.submit(end, socket) for socket in sockets]
        asked = time.monotonic()
        martlet.process.send_signal(signal.SIGTERM)
        ended = [future.result(timeout=20) for future in ends]
        assert martlet.process.wait(10) == 0
        assert all(code in (1000, 1001, 1005, 1012) for code, _ in ended)
        times = sorted(moment - asked for _, moment in ended)
        # Whatever the machine does meanwhile: not all at once, and all in time.
        assert times[-1] - times[0] > 0.8, times
        assert times[-1] < 15, times


def test_a_server_that_sends_clients_away_goes_on_to_answer(name):
    # One session each tenth of a second.
    settings = {"DRAIN_TIMEOUT": 600_000, "SERVER_THREADS": 1}
    with Martlet(RATE_LIMITS="off", **settings) as martlet, ThreadPoolExecutor(80) as pool, requests.Session() as kept:
        sockets = [RawSocket(martlet, auth={"user_id": name(str(number))}) for number in range(80)]
        ends = [pool.submit(socket.receive_end) for socket in sockets]
        assert kept.get(martlet.url + "/ready", timeout=10).status_code == 200
        martlet.process.send_signal(signal.SIGTERM)
        while (ready := requests.get(martlet.url + "/ready", timeout=10)).status_code == 200:
            pass
        assert ready.status_code == 503 and ready.json()["status"] == "draining"
        assert requests.get(martlet.url + "/health", timeout=10).json() == {"status": "ok"}
        # Connections that are kept for further requests are given back.
        assert kept.get(martlet.url + "/health", timeout=10).headers["Connection"] == "close"
        # The loops hear of it a moment later.
        while requests.get(martlet.url + "/socket.io/?EIO=4&transport=polling", timeout=10).status_code == 200:
            pass
        for headers in ({}, {"Connection": "Upgrade", "Upgrade": "websocket", **WEBSOCKET}):
            transport = "websocket" if headers else "polling"
            address = f"{martlet.url}/socket.io/?EIO=4&transport={transport}"
            refusal = requests.get(address, headers=headers | {"Origin": "https://chat.example"}, timeout=10)
            assert (refusal.status_code, refusal.json()) == (503, {"message": "Server is shutting down"})
            assert refusal.headers["Retry-After"] == "1" and refusal.headers["Connection"] == "close"
            assert refusal.headers["Access-Control-Allow-Origin"] == "https://chat.example"
        assert not all(end.done() for end in ends), "all of this came too late"
        assert all(end.result() in (1000, 1001, 1005, 1012) for end in ends)
        assert martlet.process.wait(10) == 0


def test_a_second_signal_ends_at_once(name):
    with Martlet(RATE_LIMITS="off", DRAIN_TIMEOUT=600_000, SERVER_THREADS=1) as martlet:
        # One a tenth of a second is sent away.
        members = [RawSocket(martlet, auth={"user_id": name(str(number))}) for number in range(100)]
        martlet.process.send_signal(signal.SIGTERM)
        while martlet.get("/ready", timeout=10).status_code == 200:
            pass
        martlet.process.send_signal(signal.SIGTERM)
        assert martlet.process.wait(10) == 1
        assert "asked once more" in martlet.output()
        for member in members:
            member.close()
        martlet.start()


def test_a_poll_is_answered_when_its_session_closes(server):
    poller = Poller(server)
    with ThreadPoolExecutor() as pool:
        poll = pool.submit(poller.poll)
        assert requests.get(server.url + "/health", timeout=10).status_code == 200
        poller.send("41\x1e1")
        assert poll.result().status_code in (200, 400)


def test_reconnection_after_a_crash(drivers, generations, name):
    with Martlet(RATE_LIMITS="off") as martlet, Chat(martlet.url, drivers, generations) as chat:
        room = name("room")
        clients = [chat.user(kind, name(kind), reconnect=True) for kind in kinds(generations)]
        for client in clients:
            join(client, room)
        say(clients[0], room, "before the crash")
        for client in clients:
            client.expect("message", content="before the crash")
        martlet.kill()
        for client in clients:
            client.wait_disconnected()
        martlet.start()
        for client in clients:
            client.wait_connected(times=2)
            client.expect("authenticated", user_id=client.user_id)
            client.inbox.clear()
        # The memory store is empty again, and nobody is a member until they join.
        assert requests.get(f"{martlet.url}/rooms/{room}/users", timeout=10).json()["users"] == []
        answers = [join(client, room) for client in clients]
        assert answers[-1]["users"] == sorted(client.user_id for client in clients)
        assert {answer["last_seq"] for answer in answers} == {0}
        assert say(clients[-1], room, "after the crash")["seq"] == 1
        for client in clients:
            assert client.expect("message")["content"] == "after the crash", client.kind


@pytest.fixture(scope="module")
def brisk_server():
    with Martlet(PING_INTERVAL=1000, PING_TIMEOUT=5000) as martlet:
        yield martlet


def test_heartbeats_keep_idle_clients(brisk_server, drivers, generations, name):
    with (
        Chat(brisk_server.url, drivers, generations) as chat,
        contextlib.closing(RawSocket(brisk_server, auth={"user_id": name("raw")})) as clock,
    ):
        clients = [chat.user(kind, name(kind)) for kind in kinds(generations)]
        for _ in range(4):
            clock.receive("2")
        for client in clients:
            assert client.disconnections == [], client.kind
            join(client, name("room"))


def test_a_silent_client_is_dropped_and_its_user_goes_offline(brisk_server, drivers, generations, name):
    with Chat(brisk_server.url, drivers, generations) as chat:
        watcher, ghost = chat.user(f"{generations[0]}-websocket", name("watcher")), name("ghost")
        silent = RawSocket(brisk_server, auth={"user_id": ghost}, answer_pings=False)
        ok(watcher.call("subscribe_status", {"target_user_id": ghost}))
        watcher.expect("user_online")
        silent.receive("2")
        since = time.monotonic()
        watcher.expect("user_offline", user_id=ghost, timeout=20)
        assert 0.3 < time.monotonic() - since < 15
        with contextlib.suppress(OSError, ConnectionError):
            silent.receive_end()
