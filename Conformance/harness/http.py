# Licensed under the MIT licence.
"""HTTP/1.1 on plain streams: what is sent is exactly what the test wrote, and nothing is followed, retried or fixed."""

import asyncio
import json
import socket
import struct
from contextlib import suppress
from dataclasses import dataclass

from harness import PROMPT_SECONDS, within


class ConnectionEnded(Exception):
    """The server closed the connection before (or in the middle of) an answer."""


@dataclass
class Response:
    status: int
    fields: list  # of (lower-case name, value), in order
    body: bytes

    def header(self, name):
        """The value of a field that may occur at most once; None when it is missing."""
        values = [value for field, value in self.fields if field == name.lower()]
        assert len(values) <= 1, f"{name} occurs {len(values)} times"
        return values[0] if values else None

    @property
    def text(self):
        return self.body.decode("utf-8")

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def code(self):
        """The Engine.IO error code of a `{"code":…,"message":…}` body."""
        value = self.json
        assert isinstance(value["message"], str), value
        return value["code"]


class HttpConnection:
    """One TCP connection, kept open between requests."""

    def __init__(self, reader, writer):
        self.reader = reader
        self.writer = writer

    @classmethod
    async def open(cls, server):
        return cls(*await asyncio.open_connection(server.host, server.port, limit=16 * 1024 * 1024))

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_):
        self.close()

    def close(self):
        self.writer.close()

    def reset(self):
        """Ends with RST instead of FIN."""
        # Unless the server was quicker.
        with suppress(OSError):
            linger = struct.pack("ii", 1, 0)
            self.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.writer.transport.abort()

    async def write(self, data):
        self.writer.write(data)
        await self.writer.drain()

    async def send(self, method, target, headers=(), body=None, host="localhost"):
        await self.write(request_head(method, target, headers, body, host) + (body or b""))

    async def response(self, head=False):
        """Reads one answer. `head`: it is the answer to HEAD, without a body."""
        try:
            status_line = await self.reader.readuntil(b"\r\n")
            version, status = status_line.split(b" ", 2)[:2]
            assert version == b"HTTP/1.1", status_line
            fields = []
            while (line := await self.reader.readuntil(b"\r\n")) != b"\r\n":
                name, _, value = line.decode("latin-1").partition(":")
                fields.append((name.lower(), value.strip()))
            answer = Response(int(status), fields, b"")
            if not head and answer.status not in (101, 204, 304):
                answer.body = await self.body(answer)
            return answer
        except (asyncio.IncompleteReadError, ConnectionError) as ended:
            raise ConnectionEnded(str(ended)) from None

    async def body(self, answer):
        if (answer.header("transfer-encoding") or "").lower() == "chunked":
            pieces = []
            while size := int((await self.reader.readuntil(b"\r\n")).split(b";")[0], 16):
                pieces.append(await self.reader.readexactly(size))
                await self.reader.readexactly(2)
            await self.reader.readuntil(b"\r\n")
            return b"".join(pieces)
        length = answer.header("content-length")
        if length is not None:
            return await self.reader.readexactly(int(length))
        return await self.reader.read()

    async def request(self, method, target, headers=(), body=None, seconds=PROMPT_SECONDS):
        await self.send(method, target, headers, body)
        return await within(seconds, self.response())

    async def verdict(self, seconds):
        """How the server ended a bad request: the status it answered, or None when it only closed."""
        try:
            return (await within(seconds, self.response())).status
        except ConnectionEnded:
            return None


def request_head(method, target, headers=(), body=None, host="localhost"):
    lines = [f"{method} {target} HTTP/1.1", f"Host: {host}"]
    lines += [f"{name}: {value}" for name, value in dict(headers).items()]
    if body is not None:
        lines.append(f"Content-Length: {len(body)}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("utf-8")


async def request(server, method, target, headers=(), body=None, seconds=PROMPT_SECONDS):
    """One request on a connection of its own."""
    async with await HttpConnection.open(server) as connection:
        return await connection.request(method, target, headers, body, seconds)
