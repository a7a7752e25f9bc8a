# Licensed under the MIT licence.
"""What /metrics tells, and the dashboard and the alerts that rest on it."""

import json
import os
import re
import shutil
import subprocess
import time

import pytest
import requests

from certificates import Certificate
from chat import Chat, join, refused, say
from nodes import Nodes
from server import ROOT, Martlet

PROMTOOL = shutil.which("promtool")
DASHBOARD = ROOT / "deploy/grafana/martlet.json"
RULES = ROOT / "deploy/prometheus/martlet.rules.yml"
RULE_TESTS = ROOT / "deploy/prometheus/martlet.test.yml"
SAMPLE = re.compile(r'([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)')
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"(?:,|$)')
OURS = r"(?:eio|sio|chat|redis|process)_[a-z_]+"


class Metrics:
    """One answer of /metrics."""

    def __init__(self, text):
        self.text = text
        self.types = dict(re.findall(r"^# TYPE (\S+) (\S+)$", text, re.MULTILINE))
        self.samples = {}
        for line in text.splitlines():
            if line.startswith("#"):
                continue
            name, labels, value = SAMPLE.fullmatch(line).groups()
            key = (name, frozenset(LABEL.findall(labels or "")))
            assert key not in self.samples, line
            self.samples[key] = float(value)

    def value(self, name, **labels):
        return self.samples[name, frozenset(labels.items())]

    def total(self, name, **labels):
        wanted = set(labels.items())
        return sum(value for (found, having), value in self.samples.items() if found == name and wanted <= having)

    @property
    def names(self):
        return {name for name, _ in self.samples}


def scrape(server, **options):
    response = requests.get(server.url + "/metrics", timeout=10, **options)
    assert response.status_code == 200, response.text
    assert response.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    return Metrics(response.text)


def eventually(server, check):
    """Scrapes until what a client caused has been counted; counting is behind answering."""
    for _ in range(100):
        metrics = scrape(server)
        try:
            return check(metrics)
        except AssertionError:
            time.sleep(0.05)
    return check(scrape(server))


@pytest.fixture(scope="module")
def watched():
    """A server of these tests alone, so that what is counted is theirs; on the embedded store."""
    with Martlet(STORE="sqlite", RATE_LIMITS="off", SERVER_THREADS=2) as martlet:
        yield martlet


@pytest.fixture
def guests(watched, drivers, generations):
    with Chat(watched.url, drivers, generations) as made:
        yield made


def test_what_clients_do_is_counted(watched, guests, generations, name):
    if not {"v2", "v4"} <= set(generations):
        pytest.skip("needs clients of both revisions")
    before = scrape(watched)
    room = name("room")
    ann = guests.user("v4-websocket", name("ann"))
    bob = guests.user("v4-polling", name("bob"))
    eve = guests.user("v2-websocket", name("eve"))
    for client in (ann, bob, eve):
        join(client, room)
    for number in range(5):
        say(ann, room, f"message {number}")
    for client in (ann, bob, eve):
        for number in range(5):
            client.expect("message", room_id=room, content=f"message {number}")
    refused(ann, "message", {"room_id": name("elsewhere"), "content": "x"}, code="NOT_ROOM_MEMBER")

    def check(now):
        def grown(metric, **labels):
            return now.total(metric, **labels) - before.total(metric, **labels)

        assert grown("eio_connections", transport="websocket", protocol="4") == 1
        assert grown("eio_connections", transport="polling", protocol="4") == 1
        assert grown("eio_connections", transport="websocket", protocol="3") == 1
        assert grown("eio_handshakes_total") == 3
        assert grown("sio_sockets") == 3
        assert (grown("chat_rooms"), grown("chat_memberships"), grown("chat_users_online")) == (1, 3, 3)
        assert grown("chat_events_total", event="message") == 6
        assert grown("chat_refusals_total", code="NOT_ROOM_MEMBER") == 1
        assert grown("chat_messages_stored_total") == grown("chat_messages_delivered_total") == 5
        # Five messages to three sockets, an acknowledgement and message_ack for each, and more.
        assert grown("eio_messages_sent_total") >= 25
        # CONNECT twice (v2 clients send none), three joins, six messages.
        assert grown("eio_messages_received_total") == 11
        assert grown("eio_sent_bytes_total") > 5 * 3 * 100
        assert grown("eio_received_bytes_total") > 500
        assert grown("sio_broadcast_receivers_count") >= 5
        assert grown("sio_broadcast_receivers_sum") >= 15
        assert grown("chat_store_operation_duration_seconds_count", operation="append", store="sqlite") == 5
        assert 1 <= grown("chat_store_commit_calls_count")
        assert grown("chat_store_commit_calls_sum") >= 5

    eventually(watched, check)
    for client in (ann, bob, eve):
        client.disconnect()

    def check_end(now):
        assert now.total("eio_connections") == before.total("eio_connections")
        assert now.total("chat_users_online") == before.total("chat_users_online")
        assert now.total("eio_sessions_closed_total") - before.total("eio_sessions_closed_total") == 3

    eventually(watched, check_end)


def test_the_process_is_described(watched):
    metrics = scrape(watched)
    assert metrics.total("chat_build_info") == 1
    assert abs(metrics.value("process_start_time_seconds") - time.time()) < 600
    assert metrics.value("process_resident_memory_bytes") > 1_000_000
    assert metrics.value("process_cpu_seconds_total") > 0
    descriptors = len(os.listdir(f"/proc/{watched.process.pid}/fd"))
    assert abs(metrics.value("process_open_fds") - descriptors) <= 5
    assert metrics.value("process_max_fds") >= descriptors
    assert (metrics.value("eio_loops"), metrics.value("eio_loops_unresponsive")) == (2, 0)

    def check(now):
        assert all(now.value("eio_loop_lag_seconds_count", loop=loop) > 0 for loop in "01")

    eventually(watched, check)


def test_each_metric_has_a_type_and_help_and_bounded_labels(watched, name):
    for _ in range(5):
        requests.get(f"{watched.url}/rooms/{name('room')}/users", timeout=10)
        requests.get(f"{watched.url}/{name('nowhere')}", timeout=10)
    metrics = scrape(watched)
    for family, kind in metrics.types.items():
        assert re.fullmatch(OURS, family), family
        assert family.endswith("_total") == (kind == "counter"), family
    assert len(metrics.samples) < 1000
    labels = {label for _, having in metrics.samples for label in having}
    assert not [value for _, value in labels if name("")[1:] in value]
    assert {value for label, value in labels if label == "route"} <= {
        "none", "/health", "/ready", "/metrics", "/messages", "/openapi.json", "/asyncapi.json",
        "/rooms/{room_id}/messages", "/rooms/{room_id}/users", "/users/{user_id}/status",
    }  # fmt: skip


def test_a_key_is_asked_for_where_there_are_keys():
    with Martlet(API_KEYS="s3cret") as guarded:
        assert requests.get(guarded.url + "/metrics", timeout=10).status_code == 401
        scrape(guarded, headers={"Authorization": "Bearer s3cret"})


def assert_promtool_has_no_complaints(metrics):
    ended = subprocess.run([PROMTOOL, "check", "metrics"], input=metrics.text, capture_output=True, text=True, timeout=60)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


@pytest.mark.skipif(PROMTOOL is None, reason="promtool is not installed")
def test_promtool_has_no_complaints(watched):
    assert_promtool_has_no_complaints(scrape(watched))


@pytest.mark.skipif(PROMTOOL is None, reason="promtool is not installed")
def test_promtool_has_no_complaints_with_redis(name):
    with Nodes(2) as nodes:
        for node in nodes.servers:
            body = {"room_id": name("room"), "content": "x"}
            assert requests.post(node.url + "/messages", json=body, timeout=30).status_code == 200
        for node in nodes.servers:
            metrics = scrape(node)
            assert {"redis_commands_total", "sio_bus_published_total"} <= metrics.names
            assert metrics.total("chat_store_operation_duration_seconds_count", operation="append", store="redis") == 1
            assert_promtool_has_no_complaints(metrics)


@pytest.mark.skipif(PROMTOOL is None, reason="promtool is not installed")
def test_promtool_has_no_complaints_with_tls(tmp_path):
    certificate = Certificate(tmp_path)
    with Martlet(**certificate.settings) as secure:
        metrics = scrape(secure, verify=str(certificate.chain))
        assert "chat_tls_certificate_expiry_timestamp_seconds" in metrics.names
        assert_promtool_has_no_complaints(metrics)


@pytest.mark.skipif(PROMTOOL is None, reason="promtool is not installed")
@pytest.mark.parametrize("command", [["check", "rules", RULES], ["test", "rules", RULE_TESTS]])
def test_the_alert_rules(command):
    ended = subprocess.run([PROMTOOL, *command], capture_output=True, text=True, timeout=60)
    assert ended.returncode == 0, ended.stdout + ended.stderr


def exposed(server):
    """The names that a query may use: those that are exposed, and those that are where there is a Redis or a certificate."""
    folder = ROOT / "Sources/ChatServer/Metrics"
    sources = [folder.joinpath(f"{name}Metrics.swift").read_text(encoding="utf-8") for name in ("Redis", "Certificate")]
    words = set(re.findall(r'"((?:redis|sio_bus|chat_tls)_[a-z_]+)"', "".join(sources)))
    return scrape(server).names | words | {f"{word}_bucket" for word in words}


def test_the_dashboard_asks_for_what_there_is(watched):
    panels = json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    queries = [target["expr"] for panel in panels for target in panel.get("targets", [])]
    assert len(queries) > 40
    asked = {name for query in queries for name in re.findall(OURS, query.replace("slow_consumer", ""))}
    assert asked - exposed(watched) == set()


def test_the_alerts_ask_for_what_there_is(watched):
    queries = re.sub(r"(?m)^ *(summary|description|#).*$", "", RULES.read_text(encoding="utf-8"))
    assert set(re.findall(OURS, queries)) - exposed(watched) == set()
