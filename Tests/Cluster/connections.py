# Licensed under the MIT licence.
"""Connections of both protocol generations that cost little: bare packets over one WebSocket, or stock clients where those count.

Each calls `on_event(name, argument)` for what the server emits and `on_closed()` once when it is over. `call` has `on_answer(answer)`
called in the very moment in which the answer comes, so that what is written down there stands between the events around it.
"""

import asyncio
import itertools
import json
from contextlib import suppress
from urllib.parse import urlencode

import aiohttp
import socketio

CONNECT_DEADLINE = 10
# Longer than any fault, in seconds: a client that drops a request goes without a word.
REQUEST_TIMEOUT = 60
GOODBYE_DEADLINE = 20


class Closed(Exception):
    """The connection ended before there was an answer."""


def answered(call, answer):
    """Ends a call, if anybody still waits for it."""
    future, on_answer = call or (None, None)
    if future is None or future.done():
        return
    if on_answer is not None:
        on_answer(answer)
    future.set_result(answer)


def give_up(waiting):
    for future, _ in waiting.values():
        if not future.done():
            future.set_exception(Closed())
            # Nobody may be waiting any more.
            future.exception()


async def say_goodbye(http, url, revision, sid):
    """Ends a session over polling, should its client have left without a word.

    That is what python-socketio does while a request is on its way, and the server has to keep such a session until it misses
    the heartbeat.
    """
    query = urlencode({"EIO": revision, "transport": "polling", "sid": sid})
    packet = "1:1" if revision == 3 else "1"
    timeout = aiohttp.ClientTimeout(total=GOODBYE_DEADLINE)
    with suppress(aiohttp.ClientError, OSError, TimeoutError):
        async with http.post(f"{url}/socket.io/?{query}", data=packet, timeout=timeout):
            pass


class Connection:
    def __init__(self, on_event, on_closed):
        self.on_event = on_event
        self.on_closed = on_closed
        self.is_over = False
        self.authenticated = asyncio.get_running_loop().create_future()

    def received(self, name, argument):
        if name == "authenticated" and not self.authenticated.done():
            self.authenticated.set_result(argument)
        self.on_event(name, argument)

    def over(self):
        if self.is_over:
            return
        self.is_over = True
        if not self.authenticated.done():
            self.authenticated.cancel()
        self.on_closed()

    def farewell(self):
        """What is left to do once it is closed, for the server to know; none for most."""
        return None


class RawConnection(Connection):
    """Engine.IO 3 or 4 over a WebSocket from the first byte on; the shapes of packets are the protocols'."""

    def __init__(self, revision, http, on_event, on_closed):
        super().__init__(on_event, on_closed)
        self.revision = revision
        self.http = http
        self.calls = itertools.count(1)
        self.waiting = {}
        self.tasks = []
        self.socket = None

    async def connect(self, url, identity):
        query = {"EIO": self.revision, "transport": "websocket"} | (identity if self.revision == 3 else {})
        address = f"{url.replace('http', 'ws', 1)}/socket.io/?{urlencode(query)}"
        async with asyncio.timeout(CONNECT_DEADLINE):
            self.socket = await self.http.ws_connect(address, max_msg_size=0, autoping=True)
            opened = await self.socket.receive()
            if opened.type != aiohttp.WSMsgType.TEXT or opened.data[0] != "0":
                raise Closed
            self.tasks.append(asyncio.ensure_future(self.read()))
            if self.revision == 4:
                await self.socket.send_str("40" + json.dumps(identity))
            else:
                interval = json.loads(opened.data[1:])["pingInterval"] / 1000
                self.tasks.append(asyncio.ensure_future(self.ping(interval)))
            with suppress(asyncio.CancelledError):
                await asyncio.shield(self.authenticated)
        if not self.authenticated.done() or self.authenticated.cancelled():
            raise Closed

    async def ping(self, interval):
        while True:
            await asyncio.sleep(interval)
            await self.socket.send_str("2")

    async def read(self):
        try:
            async for message in self.socket:
                if message.type == aiohttp.WSMsgType.TEXT:
                    await self.packet(message.data)
        except (aiohttp.ClientError, OSError):
            pass
        finally:
            self.end()

    async def packet(self, text):
        if text == "2":
            await self.socket.send_str("3")
        elif text.startswith("42"):
            name, argument = json.loads(text[2:])[:2]
            self.received(name, argument)
        elif text.startswith("43"):
            start = text.index("[")
            answered(self.waiting.pop(int(text[2:start]), None), json.loads(text[start:])[0])
        elif text.startswith("1") or text.startswith("41"):
            await self.socket.close()

    async def call(self, event, argument, timeout, on_answer=None):
        number = next(self.calls)
        future = asyncio.get_running_loop().create_future()
        self.waiting[number] = future, on_answer
        try:
            await self.socket.send_str(f"42{number}" + json.dumps([event, argument]))
        except (aiohttp.ClientError, OSError) as failure:
            raise Closed from failure
        return await asyncio.wait_for(future, timeout)

    def end(self):
        for task in self.tasks:
            if task is not asyncio.current_task():
                task.cancel()
        give_up(self.waiting)
        self.over()

    async def close(self):
        if self.socket is not None and not self.socket.closed:
            with suppress(OSError, aiohttp.ClientError, TimeoutError):
                await asyncio.wait_for(self.socket.close(), 5)
        self.end()


class StockConnection(Connection):
    """python-socketio's own client (Engine.IO 4), by one transport."""

    EVENTS = ("authenticated", "message", "user_online", "user_offline", "room_users", "user_joined", "user_left")

    def __init__(self, transport, http, on_event, on_closed):
        super().__init__(on_event, on_closed)
        self.transport = transport
        self.http = http
        self.url = self.sid = None
        self.client = socketio.AsyncClient(reconnection=False, request_timeout=REQUEST_TIMEOUT)
        for event in self.EVENTS:
            self.client.on(event, self.taker(event))
        self.client.on("connect", self.note_sid)
        self.client.on("disconnect", lambda *reason: self.over())

    def note_sid(self):
        # Once it has disconnected, the client knows it no more.
        self.sid = self.client.eio.sid

    def taker(self, event):
        # A plain function: the client calls it in the order of arrival.
        return lambda *arguments: self.received(event, arguments[0] if arguments else None)

    async def connect(self, url, identity):
        self.url = url
        try:
            async with asyncio.timeout(CONNECT_DEADLINE):
                # One that gives up sooner goes without a word, and its session stays until its heartbeat is missed.
                await self.client.connect(
                    url, auth=identity, transports=[self.transport], wait_timeout=CONNECT_DEADLINE
                )
                with suppress(asyncio.CancelledError):
                    await asyncio.shield(self.authenticated)
        except socketio.exceptions.SocketIOError as failure:
            raise Closed from failure
        if not self.authenticated.done() or self.authenticated.cancelled():
            raise Closed

    async def call(self, event, argument, timeout, on_answer=None):
        future = asyncio.get_running_loop().create_future()
        try:
            await self.client.emit(event, argument, callback=lambda answer: answered((future, on_answer), answer))
            return await asyncio.wait_for(future, timeout)
        except TimeoutError as failure:
            if self.is_over:
                raise Closed from failure
            raise
        except socketio.exceptions.SocketIOError as failure:
            raise Closed from failure

    async def close(self):
        with suppress(Exception):
            await asyncio.wait_for(self.client.disconnect(), 5)
        self.over()

    def farewell(self):
        return say_goodbye(self.http, self.url, 4, self.sid) if self.sid and self.transport == "polling" else None


class OldDriver:
    """Clients of python-socketio 4 (Engine.IO 3), in a process apart; see `Tests/Live/python_driver.py`."""

    def __init__(self):
        self.numbers = itertools.count(1)
        self.connections = {}

    async def start(self, python, script):
        self.process = await asyncio.create_subprocess_exec(
            python,
            "-u",
            script,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=1 << 24,
        )
        await self.process.stdout.readline()
        self.reading = asyncio.ensure_future(self.read())
        return self

    async def read(self):
        while line := await self.process.stdout.readline():
            report = json.loads(line)
            connection = self.connections.get(report["id"])
            if connection is not None:
                connection.reported(report)

    def send(self, command):
        self.process.stdin.write((json.dumps(command) + "\n").encode())

    async def close(self):
        self.process.stdin.close()
        await self.process.wait()
        await self.reading


class OldConnection(Connection):
    """A client of the old driver."""

    def __init__(self, driver, transport, http, on_event, on_closed):
        super().__init__(on_event, on_closed)
        self.driver = driver
        self.transport = transport
        self.http = http
        self.url = self.sid = None
        self.calls = itertools.count(1)
        self.waiting = {}
        self.number = next(driver.numbers)

    def reported(self, report):
        match report["report"]:
            case "event":
                self.received(report["event"], (report["args"] or [None])[0])
            case "ack":
                answered(self.waiting.pop(report["call"], None), report["args"][0])
            case "connected":
                self.sid = report["sid"]
            case "disconnected" | "refused":
                self.end()

    async def connect(self, url, identity):
        self.url = url
        self.driver.connections[self.number] = self
        command = {"id": self.number, "do": "connect", "url": url, "transports": [self.transport]}
        self.driver.send(command | {"auth": identity, "headers": {}, "reconnect": False})
        async with asyncio.timeout(CONNECT_DEADLINE):
            with suppress(asyncio.CancelledError):
                await asyncio.shield(self.authenticated)
        if not self.authenticated.done() or self.authenticated.cancelled():
            raise Closed

    async def call(self, event, argument, timeout, on_answer=None):
        if self.is_over:
            raise Closed
        number = next(self.calls)
        future = asyncio.get_running_loop().create_future()
        self.waiting[number] = future, on_answer
        self.driver.send({"id": self.number, "do": "emit", "event": event, "args": [argument], "call": number})
        return await asyncio.wait_for(future, timeout)

    def end(self):
        self.driver.connections.pop(self.number, None)
        give_up(self.waiting)
        self.over()

    async def close(self):
        self.driver.send({"id": self.number, "do": "disconnect"})
        self.end()

    def farewell(self):
        return say_goodbye(self.http, self.url, 3, self.sid) if self.sid and self.transport == "polling" else None
