# Licensed under the MIT licence.
"""The one interface through which every scenario speaks, whichever client library is behind it."""

import itertools
import json
import subprocess
import threading
from pathlib import Path

from packing import packed, unpacked

DEADLINE = 10
HERE = Path(__file__).resolve().parent
TRANSPORTS = {"polling": ["polling"], "websocket": ["websocket"], "upgrade": None}
GENERATIONS = ("v2", "v4", "browser")
KINDS = [f"{generation}-{transport}" for generation in GENERATIONS for transport in TRANSPORTS]


class Driver:
    """Many clients of one generation, in a process apart: commands go out, reports come back on a reading thread."""

    def __init__(self):
        self.numbers = itertools.count(1)
        self.clients = {}

    def send(self, command):
        raise NotImplementedError

    def adopt(self, client):
        number = next(self.numbers)
        self.clients[number] = client
        return number

    def dispatch(self, report):
        client = self.clients.get(report.get("id"))
        if client is not None:
            client.reported(report)


class ProcessDriver(Driver):
    """`python_driver.py` under the interpreter of a virtual environment."""

    def __init__(self, python):
        super().__init__()
        self.process = subprocess.Popen(
            [python, "-u", HERE / "python_driver.py"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        ready = json.loads(self.process.stdout.readline())
        self.name = ready["client"]
        # Tests may act from several threads.
        self.sending = threading.Lock()
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        for line in self.process.stdout:
            self.dispatch(json.loads(line))

    def send(self, command):
        with self.sending:
            self.process.stdin.write(json.dumps(command) + "\n")
            self.process.stdin.flush()

    def close(self):
        """Whatever a client still has under way is of no interest."""
        self.process.stdin.close()
        try:
            self.process.wait(DEADLINE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Reply:
    """The acknowledgement of one event, when it comes."""

    def __init__(self, client, event):
        self.client = client
        self.event = event
        self.answers = []

    def wait(self, timeout=DEADLINE):
        answer = self.wait_any(timeout)
        assert len(answer) == 1, f"an acknowledgement has one argument: {answer}"
        return answer[0]

    def wait_any(self, timeout=DEADLINE):
        """All arguments, however many."""
        self.client.wait_until(lambda: self.answers, timeout, f"an acknowledgement of {self.event}")
        assert len(self.answers) == 1, f"{self.event} was acknowledged {len(self.answers)} times"
        return self.answers[0]


class Client:
    """One Socket.IO client. Events wait in `inbox`, in order of arrival, until a test expects them."""

    def __init__(self, driver, kind, url):
        self.driver = driver
        self.kind = kind
        self.generation, self.transport = kind.split("-")
        self.url = url
        self.changed = threading.Condition()
        self.inbox = []
        self.replies = {}
        self.calls = itertools.count(1)
        self.connections = 0
        self.first_transport = None
        self.upgraded = False
        self.disconnections = []
        self.refusals = []
        self.unsent = []
        self.number = driver.adopt(self)

    # Reports, on the driver's reading thread

    def reported(self, report):
        with self.changed:
            match report["report"]:
                case "connected":
                    self.connections += 1
                    self.first_transport = report["transport"]
                    self.upgraded = report["transport"] == "websocket"
                case "upgraded":
                    self.upgraded = True
                case "event":
                    self.inbox.append((report["event"], unpacked(report["args"])))
                case "ack":
                    self.replies[report["call"]].answers.append(unpacked(report["args"]))
                case "disconnected":
                    self.disconnections.append(report["reason"])
                    self.upgraded = False
                case "refused":
                    self.refusals.append(report["reason"])
                case "unsent":
                    self.unsent.append(report)
            self.changed.notify_all()

    def wait_until(self, condition, timeout, wish):
        with self.changed:
            met = self.changed.wait_for(lambda: condition() or self.unsent, timeout)
            assert not self.unsent, f"{self.kind} could not send: {self.unsent}"
            assert met, (
                f"{self.kind} waited {timeout} s for {wish}; refusals {self.refusals}, disconnections "
                f"{self.disconnections}, unexpected events {abridged(self.inbox)}"
            )

    # Commands

    def start_connecting(self, auth=None, headers=None, reconnect=False, **options):
        self.driver.send(
            {
                "id": self.number,
                "do": "connect",
                "url": self.url,
                "transports": TRANSPORTS[self.transport],
                "auth": auth,
                "headers": headers or {},
                "reconnect": reconnect,
                **options,
            }
        )
        return self

    def connect(self, auth=None, headers=None, reconnect=False):
        self.start_connecting(auth, headers, reconnect)
        self.wait_connected()
        return self

    def wait_connected(self, times=1, timeout=DEADLINE):
        def settled():
            return self.connections >= times and (self.upgraded or self.transport != "upgrade")

        self.wait_until(settled, timeout, f"connection number {times} with the transport {self.transport}")

    def wait_disconnected(self, timeout=DEADLINE):
        """Returns the reason, which v2 clients do not tell."""
        self.wait_until(lambda: self.disconnections, timeout, "the end of the connection")
        return self.disconnections[-1]

    def wait_refused(self, timeout=DEADLINE):
        self.wait_until(lambda: self.refusals, timeout, "a refusal")
        return self.refusals[-1]

    def emit(self, event, *arguments):
        self.transmit(event, arguments, None)

    def request(self, event, *arguments):
        """Sends an event that wants an acknowledgement, without waiting for it."""
        reply, call = Reply(self, event), next(self.calls)
        self.replies[call] = reply
        self.transmit(event, arguments, call)
        return reply

    def call(self, event, *arguments, timeout=DEADLINE):
        return self.request(event, *arguments).wait(timeout)

    def transmit(self, event, arguments, call):
        self.driver.send(
            {"id": self.number, "do": "emit", "event": event, "args": packed(list(arguments)), "call": call}
        )

    def disconnect(self):
        self.driver.send({"id": self.number, "do": "disconnect"})

    def reconnect(self):
        """Connects again after the server has put the client out."""
        self.driver.send({"id": self.number, "do": "reconnect"})

    # What the server sent

    def received(self, name, /, **fields):
        """The unread events of that name whose first argument has these fields."""
        return [arguments for event, arguments in list(self.inbox) if event == name and agrees(arguments, fields)]

    def expect(self, name, /, timeout=DEADLINE, **fields):
        """Waits for the first unread event of that name with these fields, takes it out and returns its argument."""
        self.wait_until(lambda: self.received(name, **fields), timeout, f"{name} with {abridged(fields)}")
        with self.changed:
            arguments = self.received(name, **fields)[0]
            self.inbox.remove((name, arguments))
        return self.only(name, arguments)

    def only(self, name, arguments):
        """The one argument that events of the contract have; browsers, which can be recovered, get an offset behind it."""
        has_offset = self.generation == "browser" and len(arguments) == 2 and isinstance(arguments[1], str)
        assert len(arguments) == 1 or has_offset, f"{name} has one argument: {arguments}"
        return arguments[0]

    def expect_many(self, name, count, /, timeout=DEADLINE, **fields):
        """Waits for that many unread events, takes all there are out and returns their arguments in order."""
        self.wait_until(lambda: len(self.received(name, **fields)) >= count, timeout, f"{count} × {name}")
        with self.changed:
            matching = self.received(name, **fields)
            self.inbox[:] = [entry for entry in self.inbox if entry[0] != name or not agrees(entry[1], fields)]
        return [self.only(name, arguments) for arguments in matching]

    def expect_none(self, name, /, **fields):
        """To be called behind a fence: after an event that the server must have sent later."""
        assert not self.received(name, **fields), f"{self.kind} got an unwanted {name}: {self.received(name, **fields)}"


def agrees(arguments, fields):
    subject = arguments[0] if arguments and isinstance(arguments[0], dict) else {}
    return all(name in subject and subject[name] == value for name, value in fields.items())


def abridged(value):
    text = repr(value)
    return text if len(text) <= 2000 else f"{text[:1000]} … {text[-1000:]}"
