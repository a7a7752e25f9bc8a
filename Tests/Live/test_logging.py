# Licensed under the MIT licence.
"""What the log looks like, what is not in it, and that its level changes while the server runs."""

import json
import re
import signal
import time

import requests

from chat import Chat, join, say
from server import Martlet


def log_lines(server):
    return [json.loads(line) for line in server.output().splitlines() if line.startswith("{")]


def test_the_log_is_json_where_nobody_looks_and_has_no_secrets(drivers, generations, name):
    with Martlet(LOG_LEVEL="debug", API_KEYS="s3cret-key") as martlet:
        with Chat(martlet.url, drivers, generations) as chat:
            ann, room = chat.user(f"{generations[-1]}-websocket", name("ann")), name("room")
            join(ann, room)
            say(ann, room, "a secret between us")
            wanted = {"X-Request-Id": "order-66", "Authorization": "Bearer s3cret-key"}
            answer = requests.get(f"{martlet.url}/rooms/{room}/users", headers=wanted, timeout=10)
            assert answer.headers["X-Request-Id"] == "order-66"
            made = requests.get(martlet.url + "/health", headers={"X-Request-Id": "a b"}, timeout=10)
            assert re.fullmatch(r"[0-9a-f]{16}", made.headers["X-Request-Id"])
        lines = log_lines(martlet)
        assert all({"time", "level", "label", "message"} <= set(line) for line in lines)
        assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line["time"]) for line in lines)
        mine = [line for line in lines if line.get("metadata", {}).get("http.request_id") == "order-66"]
        assert [line["metadata"]["http.status"] for line in mine if "http.status" in line["metadata"]] == ["200"]
        output = martlet.output()
        assert "a secret between us" not in output and "s3cret-key" not in output


def test_the_level_changes_while_it_runs():
    with Martlet(LOG_FORMAT="text") as martlet:
        def asked():
            return requests.get(martlet.url + "/health", timeout=10).headers["X-Request-Id"]

        def said(level):
            for _ in range(200):
                if f"notice martlet: log level changed log.level={level}" in martlet.output():
                    return
                time.sleep(0.02)
            raise AssertionError(martlet.output())

        quiet = asked()
        martlet.process.send_signal(signal.SIGUSR1)
        said("debug")
        loud = asked()
        martlet.process.send_signal(signal.SIGUSR1)
        said("info")
        quiet_again = asked()
        output = martlet.output()
        assert loud in output
        assert quiet not in output and quiet_again not in output
