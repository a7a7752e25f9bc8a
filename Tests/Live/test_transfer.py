# Licensed under the MIT licence.
"""`martlet export` and `martlet import`: what leaves one server by a file is the same in another."""

import json
import os
import pty
import subprocess
import time

import pytest
import requests

from chat import Chat, join, ok, say
from server import BINARY, Martlet, environment

DEADLINE = 120
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
        assert line.startswith("martlet: line 8: it is no JSON") and line.endswith("nothing from line 8 on was imported\n")
        lines[7] = json.dumps(json.loads(lines[8]) | {"seq": 8, "id": "another"}, separators=(",", ":"))
        assert "line 8: the store has another message with seq 8" in one_line_of_two(
            martlet(directory, "import", given="\n".join(lines))
        )


def one_line_of_two(result):
    """The last line of an import that failed; the one before it counts."""
    assert result.returncode == 1, result
    counted, line = result.stderr.splitlines(keepends=True)
    assert counted == "martlet: 7 messages: 0 new, 7 known\n"
    return line


def test_a_dash_is_a_standard_stream(drivers, generations, name, tmp_path):
    with Martlet(STORE="sqlite", RATE_LIMITS="off") as own:
        filled(own, drivers, generations, name)
        dash = martlet(own.directory.name, "export", "--room", "lobby", "--output", "-")
        plain = martlet(own.directory.name, "export", "--room", "lobby")
        assert dash.stdout == plain.stdout and len(dash.stdout.splitlines()) == COUNT
        assert one_line(dash, 0) == one_line(plain, 0)
        assert not os.path.exists(f"{own.directory.name}/-")
    assert "40 new" in one_line(martlet(tmp_path, "import", "-", given=dash.stdout), 0)
    assert "40 known" in one_line(martlet(tmp_path, "import", given=dash.stdout), 0)


def line_of(seq, **changes):
    message = {
        "type": "message",
        "id": f"m{seq}",
        "seq": seq,
        "room_id": "lobby",
        "user_id": "ann",
        "username": "Ann",
        "content": "Hello",
        "message_type": "text",
        "title": None,
        "payload": None,
        "attachment_urls": [],
        "created_at": time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime()),
    }
    return json.dumps(message | changes, separators=(",", ":")) + "\n"


PLACEHOLDER = {"_placeholder": True, "num": 0}


def test_a_line_from_the_future_is_imported_and_told(tmp_path):
    given = line_of(1) + line_of(2, created_at="2099-01-01T00:00:00.000Z")
    done = martlet(tmp_path, "import", given=given)
    assert done.returncode == 0, done
    ahead, counted = done.stderr.splitlines()
    assert "1 message has a created_at more than a day ahead" in ahead and "line 2" in ahead
    assert counted == "martlet: 2 messages: 2 new, 0 known"


@pytest.mark.parametrize(
    "line, words",
    [
        (line_of(3, content="x" * 10_001), "content must have at most 10000 characters"),
        (line_of(3, content=" \n"), "content must be a string that is not blank"),
        (line_of(3, client_id="x" * 129), "client_id must be a string of at most 128 bytes"),
        (line_of(3, room_id=""), "room_id must be a string of 1 to 128 bytes"),
        (line_of(3, payload={"a": PLACEHOLDER, "b": PLACEHOLDER}, attachments=["AAEC"]), "placeholders in payload"),
        (line_of(3, attachments=[""] * 11), "it has more than 10 attachments"),
        (line_of(3, attachments=["AAAA" * 333_334]), "its attachments are longer than 1000000 bytes"),
        (line_of(3, payload={"a": "x" * 1_100_000}), "it is longer than 1000000 bytes"),
        (line_of(3, payload={"a": "x" * 3_000_000}), "it is longer than 2341"),
        (line_of(0), "seq must be an integer from 1 up"),
        (line_of(4_294_967_295), "seq must be at most 2000000000"),
        (line_of(2), "line 2 has that seq"),
        (line_of(1), "seq 1 follows seq 2 of line 2"),
        (line_of(3, id="m1"), "line 1 has a message of that id"),
        (line_of(3).replace('"seq":3', '"seq":3,"seq":4'), "seq is there twice"),
    ],
    ids=lambda value: value.replace(" ", "-")[:30] if not value.startswith("{") else "",
)
def test_a_line_that_could_not_have_been_sent(tmp_path, line, words):
    # Times are of the second, which may pass.
    first, last = line_of(1) + line_of(2), line_of(9)
    failed = martlet(tmp_path, "import", given=first + line + last)
    assert failed.returncode == 1, failed
    counted, reason = failed.stderr.splitlines()
    assert counted == "martlet: 2 messages: 2 new, 0 known"
    assert reason.startswith("martlet: line 3: ") and words in reason, reason
    assert reason.endswith("; nothing from line 3 on was imported")
    repaired = martlet(tmp_path, "import", given=first + last)
    assert repaired.returncode == 0 and "1 new, 2 known" in repaired.stderr, repaired


def test_a_made_up_placeholder_takes_nobodys_attachment(tmp_path):
    made_up = line_of(2, payload={"a": PLACEHOLDER})
    binary = line_of(1, payload={"a": PLACEHOLDER}, attachments=["AAEC"])
    assert "2 new" in one_line(martlet(tmp_path, "import", given=binary + made_up), 0)
    exported = martlet(tmp_path, "export", "--room", "lobby")
    assert exported.stdout == binary + made_up


def test_an_export_says_what_it_lacks(tmp_path):
    assert martlet(tmp_path, "import", given="".join(line_of(seq) for seq in range(1, 6))).returncode == 0
    export = ["export", "--room", "lobby", "--output", "lobby.jsonl"]
    assert martlet(tmp_path, *export).returncode == 0
    more = "".join(line_of(seq) for seq in range(6, 13))
    assert martlet(tmp_path, "import", given=more).returncode == 0
    late = martlet(tmp_path, *export, HISTORY_MAX_MESSAGES=4)
    assert late.returncode == 3, late
    done, gap = late.stderr.splitlines()
    assert done == "martlet: 4 messages exported, up to seq 12"
    assert gap.startswith("martlet: seq 6 to 8 missing: no longer in the store"), gap
    assert one_line(martlet(tmp_path, *export, HISTORY_MAX_MESSAGES=4), 0)
    fresh = martlet(tmp_path, "export", "--room", "lobby", HISTORY_MAX_MESSAGES=4)
    assert one_line(fresh, 0) and len(fresh.stdout.splitlines()) == 4


def test_numbers_that_an_import_leaves_out(tmp_path):
    def imported(*seqs):
        done = martlet(tmp_path, "import", given="".join(line_of(seq) for seq in seqs), HISTORY_MAX_MESSAGES=10)
        assert done.returncode == 0, done
        return done.stderr.splitlines()

    export = ["export", "--room", "lobby", "--output", "lobby.jsonl"]
    assert len(imported(1, 2, 3, 5)) == 1
    assert one_line(martlet(tmp_path, *export), 0)
    assert len(imported(8, 9)) == 1
    # Nothing was lost: 4, 6 and 7 never were.
    assert one_line(martlet(tmp_path, *export), 0) == "martlet: 2 messages exported, up to seq 9\n"
    told, counted = imported(100)
    assert told.startswith("martlet: room lobby: 6 messages that it had before are too far behind seq 100"), told
    assert counted == "martlet: 1 message: 1 new, 0 known"
    late = martlet(tmp_path, *export, HISTORY_MAX_MESSAGES=10)
    assert late.returncode == 3 and late.stderr.splitlines()[1].endswith(", unless there never were any"), late


def test_huge_lines_and_very_many_empty_ones(tmp_path):
    result = martlet(tmp_path, "import", given="x" * (200 << 20))
    assert result.returncode == 1 and "line 1: it is longer than" in result.stderr, result.stderr[:200]
    result = martlet(tmp_path, "import", given="\n" * 2_000_000 + line_of(1))
    assert "1 new" in one_line(result, 0)


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
