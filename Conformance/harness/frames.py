# Licensed under the MIT licence.
"""WebSocket frames by hand (RFC 6455 §5.2), for everything that a proper client refuses to send."""

import asyncio
import base64
import os
from dataclasses import dataclass

from harness import PROMPT_SECONDS, within
from harness.http import ConnectionEnded, HttpConnection

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA


class UpgradeRefused(Exception):
    def __init__(self, response):
        super().__init__(f"HTTP {response.status} {response.body[:200]!r}")
        self.response = response


@dataclass
class Frame:
    fin: bool
    opcode: int
    payload: bytes


def encode_frame(opcode, payload=b"", fin=True, reserved=0, masked=True, declared=None):
    """One frame. `reserved` holds the three bits after FIN; `declared` is a 64-bit length to claim instead of the true one."""
    head = bytes([(0x80 if fin else 0) | (reserved << 4) | opcode])
    bit = 0x80 if masked else 0
    if declared is not None:
        head += bytes([bit | 127]) + declared.to_bytes(8, "big")
    elif len(payload) < 126:
        head += bytes([bit | len(payload)])
    elif len(payload) < 65536:
        head += bytes([bit | 126]) + len(payload).to_bytes(2, "big")
    else:
        head += bytes([bit | 127]) + len(payload).to_bytes(8, "big")
    if not masked:
        return head + payload
    key = os.urandom(4)
    stream = int.from_bytes(key * (len(payload) // 4 + 1), "big") >> (8 * (4 - len(payload) % 4))
    return head + key + (int.from_bytes(payload, "big") ^ stream).to_bytes(len(payload), "big")


class RawWebSocket:
    """A WebSocket whose every frame is the test's own."""

    def __init__(self, connection, response):
        self.connection = connection
        self.response = response

    @classmethod
    async def open(cls, server, target, headers=()):
        """Upgrades; raises `UpgradeRefused` with the HTTP answer otherwise."""
        connection = await HttpConnection.open(server)
        fields = {
            "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(), **dict(headers),
        }
        response = await connection.request("GET", target, fields)
        if response.status != 101:
            connection.close()
            raise UpgradeRefused(response)
        return cls(connection, response)

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_):
        self.connection.close()

    async def write(self, data):
        """Sends bytes as they are. A peer that has already hung up is no fault here: its verdict is read next."""
        try:
            await self.connection.write(data)
        except ConnectionError:
            pass

    async def send(self, opcode, payload=b"", **shape):
        await self.write(encode_frame(opcode, payload, **shape))

    async def text(self, text):
        await self.send(TEXT, text.encode("utf-8"))

    async def frame(self):
        """The next frame; a server never masks and never sets reserved bits (no extension was negotiated)."""
        reader = self.connection.reader
        first, second = await reader.readexactly(2)
        assert not first & 0x70, "reserved bits set by the server"
        assert not second & 0x80, "masked by the server"
        length = second & 0x7F
        if length >= 126:
            length = int.from_bytes(await reader.readexactly(2 if length == 126 else 8), "big")
        return Frame(bool(first & 0x80), first & 0x0F, await reader.readexactly(length))

    async def receive(self, seconds=PROMPT_SECONDS):
        return await within(seconds, self.frame())

    async def close_code(self, seconds=PROMPT_SECONDS):
        """Reads until the end. The code of the server's close frame: 1005 if it had none, 1006 if no frame came."""
        async def drain():
            code = 1006
            try:
                while True:
                    frame = await self.frame()
                    if frame.opcode == CLOSE:
                        code = int.from_bytes(frame.payload[:2], "big") if frame.payload else 1005
                        return code
            except (asyncio.IncompleteReadError, ConnectionError, ConnectionEnded):
                return code

        return await within(seconds, drain())
