# Licensed under the MIT licence.
"""Members of rooms and senders, who go on while the nodes under them are restarted one after the other."""

import random
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from chat import ok
from clients import DEADLINE, Client


class Member(Client):
    """A client of any generation, as a good application has it.

    It comes back by itself, and joins with `after` wherever recovery has not spared it that. It writes down what it is told.
    """

    def __init__(self, drivers, kind, url, user_id, rooms):
        self.user_id = user_id
        self.rooms = rooms
        self.messages = {room: [] for room in rooms}
        # Where it was in each room when it came first; nothing before that.
        self.begins = {}
        self.watched = []
        # The last word on each user whom it watches; how often one went offline, and left a room.
        self.statuses = {}
        self.offline = Counter()
        self.left = Counter()
        self.connected_as = []
        # What it was told of users, and what became of itself, each with the time.
        self.diary = []
        self.losses = 0
        self.kept = 0
        self.is_settled = False
        self.is_ending = False
        self.faults = []
        # What takes a round trip must not be waited for where reports are taken.
        self.jobs = ThreadPoolExecutor(1)
        super().__init__(drivers(kind.split("-")[0]), kind, url)

    @property
    def is_recoverable(self):
        return self.generation == "browser"

    @property
    def comes_back_unasked(self):
        """The Python clients take a close packet, which only polling brings, for a goodbye."""
        return self.is_recoverable or self.transport == "websocket"

    @property
    def recovered(self):
        """Whether it was recovered at each connection but the first."""
        return [is_recovered for _, is_recovered in self.connected_as[1:]]

    def start(self):
        self.start_connecting(auth={"user_id": self.user_id}, reconnect=self.comes_back_unasked, timeout=5000)
        self.wait_settled()

    # What it is told, on the driver's reading thread

    def reported(self, report):
        with self.changed:
            if report["report"] in ("connected", "disconnected", "refused"):
                self.diary.append((time.monotonic(), self.user_id, report["report"], str(report.get("sid", ""))[-1:]))
            match report["report"]:
                case "connected":
                    is_recovered = report.get("recovered", False)
                    self.connected_as.append((report.get("sid"), is_recovered))
                    # Recovered, it is in its rooms already.
                    self.is_settled = is_recovered
                case "event":
                    self.told(report["event"], report["args"][0])
                case "disconnected":
                    self.losses += 1
                    self.is_settled = False
                    if not self.comes_back_unasked and not self.is_ending:
                        self.reconnect()
                case "unsent":
                    # Its sender hears of it and tries again.
                    self.losses += 1
        if report["report"] not in ("event", "unsent"):
            super().reported(report)
        else:
            with self.changed:
                if report["report"] == "event" and report["event"] == "authenticated":
                    self.jobs.submit(self.join_all)
                if report["report"] == "ack":
                    super().reported(report)
                self.changed.notify_all()

    def told(self, event, argument):
        match event:
            case "message":
                self.messages.setdefault(argument["room_id"], []).append(argument)
            case "user_left":
                self.left[argument["room_id"], argument["user_id"]] += 1
            case "user_online" | "user_offline":
                user, is_online = argument["user_id"], argument["is_online"]
                self.diary.append((time.monotonic(), user, event, argument["timestamp"]))
                # Who comes to watch again is told how things are, which is not news.
                self.offline[user] += self.statuses.get(user, False) and not is_online
                self.statuses[user] = is_online
            case "error" if self.is_recoverable and not self.is_settled and argument["code"] == "NOT_ROOM_MEMBER":
                # Browsers keep what they are given to send while they are away, and send it before it can join.
                self.kept += 1
            case "error":
                self.faults.append(f"told of an error: {argument}")

    # What it does

    def ask(self, event, argument):
        """The answer; nothing if the connection is lost before it comes."""
        losses = self.losses
        reply = self.request(event, argument)
        with self.changed:
            is_over = self.changed.wait_for(lambda: reply.answers or self.losses > losses, 3 * DEADLINE)
        assert is_over, f"{self.user_id}: no answer to {event} {argument}, and no end of the connection"
        return reply.answers[0][0] if reply.answers else None

    def join_all(self):
        try:
            losses = self.losses
            for room in self.rooms:
                known = self.messages[room]
                after = known[-1]["seq"] if known else self.begins.get(room)
                answer = self.ask("join", {"room_id": room} | ({} if after is None else {"after": after}))
                if answer is None:
                    return
                self.begins.setdefault(room, ok(answer)["last_seq"])
            for user in self.watched:
                if self.ask("subscribe_status", {"target_user_id": user}) is None:
                    return
            with self.changed:
                self.is_settled = self.losses == losses
                self.changed.notify_all()
        except Exception as fault:
            self.faults.append(f"could not join: {fault}")

    def watch(self, users):
        """Is told of these users from now on, also after it had to begin anew."""
        self.watched = users
        for user in users:
            ok(self.ask("subscribe_status", {"target_user_id": user}))

    def wait_settled(self, timeout=3 * DEADLINE):
        with self.changed:
            met = self.changed.wait_for(lambda: self.is_settled or self.faults, timeout)
        assert met and not self.faults, (
            f"{self.user_id} is not back after {timeout} s: {self.faults}, refusals {self.refusals}, "
            f"disconnections {self.disconnections}, connections {self.connected_as}"
        )

    def wait_for_seq(self, room, seq):
        with self.changed:
            self.changed.wait_for(lambda: self.messages[room] and self.messages[room][-1]["seq"] >= seq, 2 * DEADLINE)

    def end(self):
        self.is_ending = True
        self.disconnect()
        self.jobs.shutdown()


class Sender:
    """Has a member send at a steady pace, one message at a time, each again under its id until its fate is known."""

    def __init__(self, member, seed):
        self.member = member
        self.random = random.Random(seed)
        self.acknowledged = []
        self.repeats = 0
        self.failure = None
        self.is_over = threading.Event()
        self.thread = threading.Thread(target=self.run)

    def run(self):
        try:
            number = 0
            while not self.is_over.wait(self.random.uniform(0.05, 0.25)):  # the pace itself
                number += 1
                self.send(self.random.choice(self.member.rooms), f"{self.member.user_id} says {number}")
        except Exception as failure:
            self.failure = failure

    def send(self, room, content):
        request = {"room_id": room, "content": content, "client_id": content}
        while True:
            self.member.wait_settled()
            answer = self.member.ask("message", request)
            if answer is not None:
                ok(answer)
                self.acknowledged.append((room, answer["seq"], answer["message_id"], content))
                return
            self.repeats += 1

    def end(self):
        self.is_over.set()
        self.thread.join(6 * DEADLINE)
        assert not self.thread.is_alive() and self.failure is None, f"{self.member.user_id}: {self.failure!r}"
