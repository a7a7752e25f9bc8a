# Licensed under the MIT licence.
"""`martlet export` and `martlet import`: what leaves one server by a file is the same in another."""

import json
import os
import pty
import subprocess

import requests

from chat import Chat, join, ok, say
from server import BINARY, Martlet, environment

DEADLINE = 30
COUNT = 40


def martlet(directory, *arguments, given=None, **settings):
    """Runs a command in a directory whose `data` is the store."""
    return subprocess.run(
        [BINARY, *arguments],
        cwd=directory,
        env=environment(**({"STORE": "sqlite"} | settings)),
        input=given,
        stdin=None if given is not None else subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=DEADLINE,
    )


def one_line(result, status):
    assert result.returncode == status, result
    assert len(result.stderr.splitlines()) == 1, result.stderr
    return result.stderr


def filled(own, drivers, generations, name):
    """Sends messages of every sort to the room `lobby`; returns what members were sent."""
    with Chat(own.url, drivers, generations) as chat:
        ann = chat.user(f"{generations[0]}-websocket", name("ann"), "Ann Ørsted")
        join(ann, "lobby")
        for number in range(1, COUNT):
            payload = {"z": 1, "a": [b"\x00\xff", {"b": bytes([number])}]} if number % 5 == 0 else {"n": number}
            say(ann, "lobby", f"  number {number} 😀 \n", title="é", payload=payload, client_id=f"c{number}")
        # As curl would send it from a file.
        body = '{"room_id": "lobby",\n "content": "posted",\r\n "payload": {\n  "x": 1.0\n }\n}'
        headers = {"Content-Type": "application/json"}
        assert requests.post(f"{own.url}/messages", data=body, headers=headers, timeout=10).status_code == 200
        ok(ann.call("join", {"room_id": "other"}))
        say(ann, "other", "elsewhere")
        return history(own)


def history(own):
    return requests.get(f"{own.url}/rooms/lobby/messages?limit=200", timeout=10).json()["messages"]


def test_a_room_moves_to_another_server(drivers, generations, name):
    with Martlet(STORE="sqlite", RATE_LIMITS="off") as own:
        sent = filled(own, drivers, generations, name)
        # The server runs on.
        exported = martlet(own.directory.name, "export", "--room", "lobby")
        assert one_line(exported, 0) == f"martlet: {COUNT} messages exported, up to seq {COUNT}\n"
        lines = exported.stdout.splitlines()
        # Within a page of history the attachments of several messages are counted on.
        other_than_history = {"payload": 0, "attachments": 0}
        assert [json.loads(line) | other_than_history for line in lines] == [each | other_than_history for each in sent]
        assert sum("attachments" in json.loads(line) for line in lines) == (COUNT - 1) // 5
        refused = one_line(martlet(own.directory.name, "import", given=exported.stdout), 2)
        assert "DATA_DIR" in refused and "another server is using" in refused

    with Martlet(STORE="sqlite", RATE_LIMITS="off") as other:
        other.stop()
        imported = martlet(other.directory.name, "import", given=exported.stdout)
        assert one_line(imported, 0) == f"martlet: {COUNT} messages: {COUNT} new, 0 known\n"
        imported = martlet(other.directory.name, "import", given=exported.stdout)
        assert one_line(imported, 0) == f"martlet: {COUNT} messages: 0 new, {COUNT} known\n"
        # On a stopped server's directory, too.
        again = martlet(other.directory.name, "export", "--room", "lobby", "--after", str(COUNT - 2))
        assert again.stdout == "".join(line + "\n" for line in lines[-2:])
        other.start()
        assert history(other) == sent
        with Chat(other.url, drivers, generations) as chat:
            for generation in generations:
                late = chat.user(f"{generation}-websocket", name("late"))
                assert join(late, "lobby", after=0)["last_seq"] == COUNT
                messages = late.expect_many("message", COUNT)
                assert [message["content"] for message in messages] == [each["content"] for each in sent]
                assert messages[4]["payload"] == {"z": 1, "a": [b"\x00\xff", {"b": b"\x05"}]}
            assert say(late, "lobby", "going on")["seq"] == COUNT + 1


def test_an_export_that_was_cut_off_goes_on(drivers, generations, name):
    with Martlet(STORE="sqlite", RATE_LIMITS="off") as own:
        filled(own, drivers, generations, name)
        directory, file = own.directory.name, f"{own.directory.name}/lobby.jsonl"
        assert martlet(directory, "export", "--room", "lobby", "--output", "lobby.jsonl").returncode == 0
        with open(file, "rb") as exported:
            whole = exported.read()
        assert os.stat(file).st_mode & 0o777 == 0o600
        for length in (0, 10, len(whole) // 3, len(whole) // 2, len(whole) - 1, len(whole)):
            os.truncate(file, length)
            assert martlet(directory, "export", "--room", "lobby", "--output", "lobby.jsonl").returncode == 0
            with open(file, "rb") as exported:
                assert exported.read() == whole, length
        line = one_line(martlet(directory, "export", "--room", "other", "--output", "lobby.jsonl"), 2)
        assert "another room" in line
        own.stop()
        lines = whole.decode().splitlines()
        lines[7] = lines[7][:-10]
        line = one_line_of_two(martlet(directory, "import", given="\n".join(lines)))
        assert line.startswith("martlet: line 8: it is no JSON") and line.endswith("nothing from line 1 on was imported\n")
        lines[7] = lines[8].replace('"seq":9', '"seq":8')
        assert "line 8: the store has another message with seq 8" in one_line_of_two(
            martlet(directory, "import", given="\n".join(lines))
        )


def one_line_of_two(result):
    """The last line of an import that failed; the one before it counts."""
    assert result.returncode == 1, result
    counted, line = result.stderr.splitlines(keepends=True)
    assert counted == "martlet: 0 messages: 0 new, 0 known\n"
    return line


def test_what_cannot_be_exported(tmp_path):
    assert "STORE is memory" in one_line(martlet(tmp_path, "export", "--room", "lobby", STORE="memory"), 2)
    assert "martlet.sqlite" in one_line(martlet(tmp_path, "export", "--room", "lobby"), 2)
    assert "--room" in one_line(martlet(tmp_path, "export", "--room", "x" * 129), 2)
    assert not (tmp_path / "data").exists()
    imported = one_line(martlet(tmp_path, "import", given="\n\n"), 0)
    assert imported == "martlet: 0 messages: 0 new, 0 known\n"
    assert "There is no room" in one_line(martlet(tmp_path, "export", "--room", "lobby"), 2)
    assert "DATA_DIR" in one_line(martlet(tmp_path, "import", given="", DATA_DIR="/dev/null"), 2)


def test_progress_is_for_terminals(drivers, generations, name):
    with Martlet(STORE="sqlite", RATE_LIMITS="off") as own:
        filled(own, drivers, generations, name)
        reader, terminal = pty.openpty()
        process = subprocess.Popen(
            [BINARY, "export", "--room", "lobby"],
            cwd=own.directory.name,
            env=environment(STORE="sqlite"),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=terminal,
        )
        assert process.wait(DEADLINE) == 0
        os.close(terminal)
        shown = os.read(reader, 10_000).decode()
        os.close(reader)
        assert f"{COUNT} messages, up to seq {COUNT} (100 %)" in shown


def test_help_and_version(tmp_path):
    for arguments, words in (
        (("--help",), ("serve", "export", "import", "(default)")),
        (("export", "--help"), ("--room", "--after", "--output", "lobby.jsonl")),
        (("import", "--help"), ("<file>", "HISTORY_MAX_AGE")),
    ):
        result = martlet(tmp_path, *arguments)
        assert result.returncode == 0 and all(word in result.stdout for word in words), result
    version = martlet(tmp_path, "--version")
    assert version.returncode == 0 and version.stdout.strip().count(".") == 2
    unknown = martlet(tmp_path, "exprot")
    assert unknown.returncode == 64 and "exprot" in unknown.stderr
