# Licensed under the MIT licence.
"""STORE=sqlite: what outlives the process, what stops a start, and a disk that fills up while the server runs."""

import contextlib
import os
import sqlite3
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests

from chat import Chat, join, say
from server import Martlet, free_port, refused_start


def database(server):
    return Path(server.directory.name, "data", "martlet.sqlite")


def post(server, content, room="lobby", **extra):
    body = {"room_id": room, "content": content} | extra
    return requests.post(f"{server.url}/messages", json=body, timeout=10)


def history(server, room="lobby"):
    found = []
    while True:
        query = {"after": found[-1]["seq"] if found else 0, "limit": 200}
        page = requests.get(f"{server.url}/rooms/{room}/messages", params=query, timeout=10).json()
        found += page["messages"]
        if not page["has_more"]:
            return found


def wait_until_ready(server, is_ready, seconds=15):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        answer = requests.get(f"{server.url}/ready", timeout=10)
        if (answer.status_code == 200) == is_ready:
            return answer.json()
        time.sleep(0.05)  # between two questions; the server tells nobody by itself
    raise AssertionError(f"/ready still says {answer.status_code}: {answer.text}")


def test_a_restart_goes_on_where_it_was():
    server = Martlet(STORE="sqlite")
    with server:
        lines = [line for line in server.output().splitlines() if f"127.0.0.1:{server.port}" in line]
        assert len(lines) == 1 and "store: sqlite" in lines[0], server.output()
        assert requests.get(f"{server.url}/ready", timeout=10).json()["components"]["store"] == {
            "status": "ok",
            "kind": "sqlite",
        }
        first = post(server, "before", client_id="one").json()
        assert first["seq"] == 1
        before = history(server)
        assert server.stop() == 0
        assert {path.name for path in database(server).parent.iterdir()} == {
            "martlet.lock",
            "martlet.sqlite",
            "recovery.sqlite",
        }
        assert database(server).parent.stat().st_mode & 0o077 == 0
        server.start()
        assert history(server) == before
        assert post(server, "before", client_id="one").json() == first, "a repeat, across the restart"
        assert post(server, "after").json()["seq"] == 2


def status(server, user):
    return requests.get(f"{server.url}/users/{user}/status", timeout=10).json()


def test_who_was_online_at_a_kill_was_seen_last_about_then(drivers, generations, name):
    with Martlet(STORE="sqlite") as server:
        with Chat(server.url, drivers, generations) as chat:
            before = datetime.now(UTC)
            ann = chat.user(f"{generations[0]}-websocket", name("ann"))
            join(ann, "lobby")
            # The store has what came before.
            assert say(ann, "lobby", "here")["seq"] == 1
            server.kill()
        server.start()
        seen = status(server, ann.user_id)
        assert not seen["is_online"] and seen["username"] == f"user_{ann.user_id}", seen
        last_seen = datetime.fromisoformat(seen["last_seen"])
        assert before.replace(microsecond=before.microsecond // 1000 * 1000) <= last_seen <= datetime.now(UTC), seen


def refused(tmp_path, **settings):
    status, stderr = refused_start(tmp_path, SERVER_PORT=free_port(), STORE="sqlite", **settings)
    assert status == 2, stderr
    assert len(stderr.splitlines()) == 1, stderr
    return stderr


def test_two_servers_on_one_directory(tmp_path):
    with Martlet(STORE="sqlite") as server:
        line = refused(tmp_path, DATA_DIR=str(database(server).parent))
        assert "DATA_DIR" in line and "another server" in line, line
        assert post(server, "still here").status_code == 200


def foreign(path):
    with contextlib.closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE notes (text TEXT)")


def newer(path):
    with contextlib.closing(sqlite3.connect(path)) as ours:
        ours.execute("PRAGMA user_version = 99")


def damaged(path):
    content = path.read_bytes()
    path.write_bytes(content[:4096] + b"\xa5" * (len(content) - 4096))


@pytest.mark.parametrize(
    "change, words",
    [
        (lambda path: path.write_bytes(b"my notes, not a database\n" * 10), ["no database"]),
        (lambda path: (path.unlink(), foreign(path)), ["another program"]),
        (newer, ["newer version", "99"]),
        (damaged, ["damaged"]),
        (lambda path: path.write_bytes(path.read_bytes()[:9000]), ["damaged"]),
    ],
    ids=["no database", "another program's", "newer", "damaged", "cut off"],
)
def test_a_file_that_does_not_do(tmp_path, change, words):
    data = tmp_path / "data"
    with Martlet(STORE="sqlite", DATA_DIR=data) as server:
        assert post(server, "here").status_code == 200
    path = data / "martlet.sqlite"
    change(path)
    before = path.read_bytes()
    line = refused(tmp_path)
    assert all(word in line for word in words), line
    assert "martlet.sqlite" in line, line
    assert path.read_bytes() == before, "overwritten"


@pytest.mark.parametrize("path", ["file", "file/below", "/proc/nowhere"])
def test_a_directory_that_does_not_do(tmp_path, path):
    (tmp_path / "file").write_text("notes")
    line = refused(tmp_path, DATA_DIR=path)
    assert "DATA_DIR" in line and path in line, line
    assert (tmp_path / "file").read_text() == "notes"


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 6 MB, which takes root to make."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if os.geteuid() != 0:
        pytest.skip("only root may mount a small disk")
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", disk], capture_output=True, text=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip(f"no small disk can be mounted here: {mounted.stderr.strip()}")
    yield disk
    subprocess.run(["umount", "--lazy", disk], check=True)


def test_a_disk_that_fills_up(small_disk):
    filler = small_disk / "filler"
    filler.write_bytes(b"\0" * (3 << 20))
    with Martlet(STORE="sqlite", DATA_DIR=small_disk / "data", RATE_LIMITS="off") as server:
        acknowledged = []
        for number in range(3000):
            answer = post(server, f"{number} " + "x" * 5000)
            if answer.status_code != 200:
                break
            acknowledged.append(answer.json()["message_id"])
        assert answer.status_code == 503 and answer.json()["code"] == "UNAVAILABLE", answer.text
        assert len(acknowledged) > 50
        report = wait_until_ready(server, False)
        assert report["status"] == "failing" and report["components"]["store"]["status"] == "failing", report
        assert requests.get(f"{server.url}/health", timeout=10).status_code == 200
        assert [message["id"] for message in history(server)] == acknowledged[-1000:], "readable meanwhile"

        filler.unlink()
        wait_until_ready(server, True)
        assert post(server, "room again").json()["seq"] == len(acknowledged) + 1
        output = server.output()
        assert "the store fails" in output and "the store works again" in output, output
        server.kill()
        server.start()
        kept = [message["id"] for message in history(server)]
        assert kept[:-1] == acknowledged[-999:]
