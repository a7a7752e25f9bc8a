# Licensed under the MIT licence.
"""STORE=sqlite on a disk that fails while the server runs: what was acknowledged is there, and nothing else was."""

import contextlib
import json
import os
import re
import subprocess
import threading
import time

import pytest
import requests

from faulty_disk import FaultyDisk, LoopDisk
from raw import RawSocket
from server import Martlet
from test_store import history, post, wait_until_ready

SENDERS = 4


class Load:
    """Senders that go on, each in a room of its own, whatever they are answered."""

    def __init__(self, server):
        self.server = server
        self.acknowledged = {f"room-{number}": [] for number in range(SENDERS)}
        self.answers = []
        self.refused = {room: threading.Event() for room in self.acknowledged}
        self.stopped = threading.Event()
        self.threads = [threading.Thread(target=self.send, args=(room,), daemon=True) for room in self.acknowledged]

    def send(self, room):
        number = 0
        while not self.stopped.is_set():
            number += 1
            answer = post(self.server, f"{number} " + "x" * 500, room=room)
            self.answers.append((answer.status_code, answer.json().get("code")))
            if answer.status_code == 200:
                body = answer.json()
                self.acknowledged[room].append((body["seq"], body["message_id"]))
            else:
                self.refused[room].set()

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *failure):
        self.stopped.set()
        for thread in self.threads:
            thread.join(30)

    def all_refused(self):
        return all(event.wait(20) for event in self.refused.values())

    def went_on(self, before):
        """Waits until every sender has been acknowledged a few more."""
        deadline = time.monotonic() + 20
        while any(len(sent) < before[room] + 5 for room, sent in self.acknowledged.items()):
            assert time.monotonic() < deadline, "not all go on"
            self.stopped.wait(0.05)

    def check(self):
        """All that was acknowledged is stored, in its place; no seq was given twice, none is missing."""
        for room, acknowledged in self.acknowledged.items():
            stored = [(message["seq"], message["id"]) for message in history(self.server, room)]
            assert [seq for seq, _ in stored] == list(range(1, len(stored) + 1)), room
            assert len(set(acknowledged)) == len(acknowledged), room
            assert set(acknowledged) <= set(stored), (room, sorted(set(acknowledged) - set(stored))[:3])
        assert set(self.answers) == {(200, None), (503, "UNAVAILABLE")}


def lines_about(server, words):
    return [line for line in server.output().splitlines() if words in line]


# Whether SQLite finds it out or we behind it.
FAILED = re.compile("disk I/O error|Input/output error|Read-only file system")


@pytest.mark.parametrize(
    "sort, code, words",
    [
        ("write", "EIO", FAILED),
        ("sync", "EIO", FAILED),
        ("write", "EROFS", FAILED),
        # As where the kernel has given up what a sync that succeeded was for.
        ("nothing", "EROFS", re.compile("cannot be written .Read-only file system")),
    ],
    ids=["writes fail", "syncs fail", "file system read-only", "syncs succeed for nothing"],
)
def test_a_disk_that_fails_for_a_while(tmp_path, sort, code, words):
    disk = FaultyDisk(tmp_path)
    settings = {"STORE": "sqlite", "RATE_LIMITS": "off", "HISTORY_MAX_MESSAGES": 1_000_000} | disk.settings
    with Martlet(**settings) as server:
        with Load(server) as load:
            assert not load.refused["room-0"].wait(1)
            disk.fail(sort, code)
            assert load.all_refused(), "not everybody was refused"
            report = wait_until_ready(server, False)
            assert report["components"]["store"]["status"] == "failing", report
            assert requests.get(f"{server.url}/health", timeout=10).status_code == 200
            before = {room: len(sent) for room, sent in load.acknowledged.items()}
            assert history(server, "room-0"), "readable meanwhile"
            # Tried again and again, and not acknowledged.
            assert post(server, "while it fails").status_code == 503
            assert {room: len(sent) for room, sent in load.acknowledged.items()} == before
            disk.mend()
            wait_until_ready(server, True)
            load.went_on(before)
        assert all(before.values()), "nothing was sent before"
        failing = lines_about(server, "the store fails")
        assert len(failing) == 1 and re.search(words, failing[0]), server.output()
        assert len(lines_about(server, "the store works again")) == 1, server.output()
        load.check()
        server.kill()
        server.start()
        load.check()


class Member:
    """A member of the lobby whose events are all to be answered, and who notes what comes."""

    def __init__(self, server, user):
        self.socket = RawSocket(server, auth={"user_id": user})
        self.calls, self.answers, self.messages, self.typings = 0, {}, [], 0
        assert self.result(self.call("join", room_id="lobby"))["status"] == "ok"

    def call(self, event, **data):
        self.calls += 1
        self.socket.send(f"42{self.calls}{json.dumps([event, data])}")
        return self.calls

    def take(self):
        packet = self.socket.receive("4")
        if answer := re.match(r"43([0-9]+)(.*)", packet):
            assert int(answer[1]) not in self.answers, "answered twice"
            self.answers[int(answer[1])] = json.loads(answer[2])[0]
        elif packet.startswith("42"):
            event, data, *_ = json.loads(packet[2:])
            if event == "message":
                self.messages.append((data["seq"], data["id"]))
            self.typings += event == "typing"

    def result(self, call):
        while call not in self.answers:
            self.take()
        return self.answers[call]


def wait_until_hanging(server):
    """What is asked in the first two seconds waits for the disk, as a message does: so it is asked again, as balancers do."""
    deadline = time.monotonic() + 60
    while True:
        with contextlib.suppress(requests.Timeout):
            answer = requests.get(f"{server.url}/ready", timeout=3)
            if answer.status_code == 503:
                return answer.json()
        assert time.monotonic() < deadline, "/ready does not say so"
        time.sleep(0.05)  # between two questions


@pytest.mark.parametrize("recovery", ["off", "on"])
def test_a_disk_that_hangs_for_a_while(recovery, tmp_path):
    """No event loop waits for it: there is one, and what needs no disk goes on; `recovery`: what is sent is recorded, too."""
    disk = FaultyDisk(tmp_path)
    settings = {"STORE": "sqlite", "RATE_LIMITS": "off", "SERVER_THREADS": 1, "RECOVERY": recovery} | disk.settings
    with Martlet(**settings) as server:
        ann, ben = Member(server, "ann"), Member(server, "ben")
        assert ann.result(ann.call("message", room_id="lobby", content="before"))["status"] == "ok"
        disk.hang()
        try:
            waiting = [ann.call("message", room_id="lobby", content=f"meanwhile {number}") for number in range(5)]
            report = wait_until_hanging(server)
            assert report["components"]["store"]["status"] == "failing", report
            # None of this would be answered before the disk is mended, if it waited for the disk: there is no hurry.
            late = ann.call("message", room_id="lobby", content="late")
            for number in range(1, 21):
                assert ann.result(ann.call("typing", room_id="lobby", is_typing=True))["status"] == "ok"
                while ben.typings < number:
                    ben.take()
                assert requests.get(f"{server.url}/health", timeout=10).status_code == 200
            found = requests.get(f"{server.url}/rooms/lobby/users", timeout=10).json()["users"]
            assert found == ["ann", "ben"]
            RawSocket(server, auth={"user_id": "cid"}).close()
            assert [message["content"] for message in history(server)] == ["before"]
            assert re.search(r"^eio_loops_unresponsive 0$", requests.get(f"{server.url}/metrics", timeout=10).text, re.M)
            assert requests.get(f"{server.url}/ready", timeout=10).status_code == 503
            # Nothing is acknowledged or delivered that the disk may not have.
            answered = [ann.answers[call] for call in [*waiting, late] if call in ann.answers]
            assert all(answer.get("code") == "UNAVAILABLE" for answer in answered), answered
            assert len(ben.messages) == 1
        finally:
            disk.mend()
        wait_until_ready(server, True)
        answers = [ann.result(call) for call in [*waiting, late]]
        assert all(answer["status"] == "ok" or answer["code"] == "UNAVAILABLE" for answer in answers), answers
        after = ben.result(ben.call("message", room_id="lobby", content="after"))
        while (after["seq"], after["message_id"]) not in ben.messages:
            ben.take()
        acknowledged = {(answer["seq"], answer["message_id"]) for answer in [*ann.answers.values(), after] if "message_id" in answer}
        for end in (lambda: None, server.kill):
            end()
            if server.process.poll() is not None:
                server.start()
            stored = [(message["seq"], message["id"]) for message in history(server)]
            assert [seq for seq, _ in stored] == list(range(1, len(stored) + 1))
            assert acknowledged <= set(stored)
            assert set(ben.messages) <= set(stored) and len(set(ben.messages)) == len(ben.messages)
        for member in (ann, ben):
            member.socket.close()


def test_a_file_system_that_the_kernel_takes_out_of_service(tmp_path):
    if os.geteuid() != 0:
        pytest.skip("only root may mount a disk")
    disk = LoopDisk(tmp_path)
    try:
        settings = {"STORE": "sqlite", "RATE_LIMITS": "off", "HISTORY_MAX_MESSAGES": 1_000_000}
        with Martlet(DATA_DIR=disk.data, **settings) as server:
            with Load(server) as load:
                assert not load.refused["room-0"].wait(1)
                disk.break_down()
                assert load.all_refused(), "not everybody was refused"
                wait_until_ready(server, False)
            assert len(lines_about(server, "the store fails")) == 1, server.output()
            server.kill()
            # Such a file system has to be mounted anew.
            disk.unmount()
            subprocess.run(["e2fsck", "-p", disk.image], capture_output=True, check=False)
            disk.mount()
            server.start()
            load.check()
            assert post(server, "on it goes").status_code == 200
    finally:
        disk.unmount()
