# Licensed under the MIT licence.
"""Runs python-socketio clients on behalf of the tests, over JSON lines on stdin and stdout.

The same file runs in two environments: with python-socketio 4.x it is a v2 client (Engine.IO 3), with 5.x a v4 client
(Engine.IO 4). `browser_driver.js` speaks the same lines for the browser client.

Commands   {"id":1,"do":"connect","url":…,"transports":[…]|null,"auth":{…}|null,"headers":{…},"reconnect":false}
           {"id":1,"do":"emit","event":…,"args":[…],"call":7|null}
           {"id":1,"do":"disconnect"}
           {"id":1,"do":"reconnect"}: as the last connect, again until it is let in
Reports    {"report":"ready","client":"python-socketio 5.18.1"}
           {"id":1,"report":"connected","transport":"websocket","sid":…}   {"id":1,"report":"upgraded"}
           {"id":1,"report":"event","event":…,"args":[…]}          {"id":1,"report":"ack","call":7,"args":[…]}
           {"id":1,"report":"disconnected","reason":…}             {"id":1,"report":"refused","reason":…}
           {"id":1,"report":"unsent","event":…,"reason":…}

Bytes travel as {"$bytes": base64}.
"""

import asyncio
import json
import logging
import sys
from importlib.metadata import version
from urllib.parse import urlencode

import socketio

from packing import packed, unpacked

EVENTS = (
    "authenticated",
    "message",
    "message_ack",
    "user_online",
    "user_offline",
    "room_users",
    "user_joined",
    "user_left",
    "typing",
    "read",
    "error",
)
RELEASE = version("python-socketio")
IS_V2 = RELEASE.startswith("4.")
# Longer than any fault, in seconds: a client that drops a request goes without a word.
REQUEST_TIMEOUT = 60
LINE_LIMIT = 16 * 1024 * 1024


def report(**fields):
    sys.stdout.write(json.dumps(packed(fields)) + "\n")
    sys.stdout.flush()


class TellingClient(socketio.AsyncClient):
    """Tells when it stands on a WebSocket, also after it reconnected by itself (`connect` is what it calls then)."""

    tell = None

    async def connect(self, *arguments, **options):
        await super().connect(*arguments, **options)
        if self.eio.current_transport == "websocket":
            self.tell("upgraded")


class Driven:
    """One client, named by the number the tests gave it."""

    def __init__(self, number, reconnect):
        self.number = number
        self.is_connected = False
        self.tasks = set()
        self.sio = TellingClient(
            reconnection=reconnect,
            reconnection_delay=0.2,
            reconnection_delay_max=0.4,
            randomization_factor=0.1,
            # Servers under test sign their certificates themselves.
            ssl_verify=False,
            request_timeout=REQUEST_TIMEOUT,
        )
        self.sio.tell = self.tell
        # Handlers are plain functions on purpose: the asynchronous client then delivers in the order of arrival,
        # where the threaded one starts a thread for each event.
        for event in EVENTS:
            self.sio.on(event, self.reporter(event))
        self.sio.on("connect", self.tell_connected)
        self.sio.on("connect_error", lambda *reason: self.tell("refused", reason=repr(reason)))
        self.sio.on("disconnect", (lambda: self.tell_end()) if IS_V2 else self.tell_end)
        if IS_V2:
            self.watch_for_a_silent_end()

    def tell_end(self, reason=None):
        if self.is_connected:
            self.is_connected = False
            self.tell("disconnected", reason=reason)

    def watch_for_a_silent_end(self):
        """A client of Engine.IO 3 whose POST is refused ends without a word: its application has to look."""
        reset = self.sio.eio._reset

        def reset_and_tell():
            was_connected = self.sio.eio.state == "connected"
            reset()
            if was_connected:
                self.tell_end()

        self.sio.eio._reset = reset_and_tell

    def tell_connected(self):
        self.is_connected = True
        self.tell("connected", transport=self.sio.eio.current_transport, sid=self.sio.eio.sid)

    def tell(self, kind, **fields):
        report(id=self.number, report=kind, **fields)

    def reporter(self, event):
        return lambda *arguments: self.tell("event", event=event, args=arguments)

    async def connect(self, command):
        url, options = command["url"], {}
        if command["auth"] is not None:
            if IS_V2:
                url += "?" + urlencode(command["auth"])
            else:
                options["auth"] = command["auth"]
        if not IS_V2:
            options["wait_timeout"] = 10
        try:
            await self.sio.connect(
                url, headers=command["headers"], transports=command["transports"], namespaces=["/"], **options
            )
        except socketio.exceptions.ConnectionError as refusal:
            self.tell("refused", reason=str(refusal))
            return False
        return True

    async def connect_until_let_in(self, command):
        while not await self.connect(command):
            await asyncio.sleep(0.2)  # the pace itself

    async def emit(self, command):
        arguments = tuple(unpacked(command["args"]))
        call = command["call"]
        callback = None
        if call is not None:

            def callback(*results):
                self.tell("ack", call=call, args=results)

        try:
            await self.sio.emit(command["event"], arguments, callback=callback)
        except socketio.exceptions.SocketIOError as refusal:
            self.tell("unsent", event=command["event"], reason=str(refusal))

    async def disconnect(self):
        self.sio.reconnection = False
        await self.sio.disconnect()

    def start(self, job):
        task = asyncio.ensure_future(job)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)


async def main():
    loop = asyncio.get_running_loop()
    lines = asyncio.StreamReader(limit=LINE_LIMIT)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    clients, commands = {}, {}
    report(report="ready", client="python-socketio " + RELEASE)
    while line := await lines.readline():
        command = json.loads(line)
        number, action = command["id"], command["do"]
        if action == "connect":
            client = clients[number] = Driven(number, command["reconnect"])
            commands[number] = command
            client.start(client.connect(command))
        elif action == "reconnect":
            # What has been put out is done with.
            client = clients[number] = Driven(number, commands[number]["reconnect"])
            client.start(client.connect_until_let_in(commands[number]))
        elif action == "emit":
            await clients[number].emit(command)
        elif action == "disconnect":
            client = clients.pop(number, None)
            if client is not None:
                client.start(client.disconnect())


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    asyncio.run(main())
