# Licensed under the MIT licence.
"""A TCP proxy that a test can make fail: cut after so many bytes, refuse for a while, or go deaf."""

import asyncio
import socket
import struct
import threading
from contextlib import suppress

# A reset instead of an orderly end: what was sent and not yet read is lost.
RESET = struct.pack("ii", 1, 0)
CHUNK = 65536


class Lane:
    """One listening port that leads to the server. Everything is done on the proxy's thread; the methods may be called from any."""

    def __init__(self, proxy, target):
        self.proxy = proxy
        self.target = target
        self.writers = set()
        # Bytes that may still pass in each direction before the lane is cut; None is no limit.
        self.allowance = {"down": None, "up": None}
        self.refusing = False
        self.after_cut = None
        self.cuts = 0
        self.port = None

    async def listen(self):
        self.server = await asyncio.start_server(self.accepted, "127.0.0.1", 0)
        self.port = self.server.sockets[0].getsockname()[1]

    def arm(self, direction, count, after_cut):
        """Cuts every connection once `count` more bytes have gone `down` to the client or `up` to the server.

        From then on connections are refused until `after_cut`, which is called with the lane on the proxy's thread, lets them in again.
        """
        self.proxy.call(self._arm, direction, count, after_cut)

    def _arm(self, direction, count, after_cut):
        self.allowance = {"down": None, "up": None, direction: count}
        self.after_cut = after_cut
        self.refusing = False

    def disarm(self):
        self.proxy.call(self._disarm)

    def _disarm(self):
        self.allowance = {"down": None, "up": None}
        self.refusing = False

    def cut(self):
        """Cuts every connection now; new ones are let in."""
        self.proxy.call(self._cut)

    def _cut(self):
        self.cuts += 1
        for writer in self.writers:
            reset(writer)
        self.writers = set()

    def cut_client(self):
        """Cuts the clients' side until disarmed; the server does not notice, and what it sends goes nowhere."""
        self.proxy.call(self._cut_client)

    def _cut_client(self):
        self.cuts += 1
        self.refusing = True
        for writer in list(self.writers):
            if writer.is_client:
                reset(writer)
                self.writers.discard(writer)

    async def accepted(self, reader, writer):
        if self.refusing:
            return reset(writer)
        try:
            upstream_reader, upstream_writer = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            return reset(writer)
        writer.is_client, upstream_writer.is_client = True, False
        self.writers |= {writer, upstream_writer}
        up = asyncio.create_task(self.pump("up", reader, upstream_writer))
        down = asyncio.create_task(self.pump("down", upstream_reader, writer))
        with suppress(asyncio.CancelledError):
            await asyncio.wait({up, down})

    async def pump(self, direction, reader, writer):
        with suppress(OSError):
            while data := await reader.read(CHUNK):
                allowance = self.allowance[direction]
                if allowance is not None:
                    data = data[:allowance]
                    self.allowance[direction] = allowance - len(data)
                if writer in self.writers and not writer.is_closing():
                    writer.write(data)
                    await writer.drain()
                if self.allowance[direction] == 0:
                    return self.cut_by_count()
        # An orderly end passes through, and so does a reset by the server; a client that was cut off leaves its other side open.
        if writer in self.writers:
            self.writers.discard(writer)
            with suppress(OSError):
                writer.close()

    def cut_by_count(self):
        self.allowance = {"down": None, "up": None}
        self.refusing = True
        self._cut()
        self.after_cut(self)


class Proxy:
    """The lanes and their thread."""

    def __init__(self):
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()

    def lane(self, target):
        lane = Lane(self, target)
        asyncio.run_coroutine_threadsafe(lane.listen(), self.loop).result(10)
        return lane

    def call(self, function, *arguments):
        self.loop.call_soon_threadsafe(function, *arguments)

    def later_from_outside(self, seconds, function, *arguments):
        self.call(self.later, seconds, function, *arguments)

    def later(self, seconds, function, *arguments):
        """To be called on the proxy's thread."""
        self.loop.call_later(seconds, function, *arguments)

    def close(self):
        asyncio.run_coroutine_threadsafe(self.end_tasks(), self.loop).result(10)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)

    async def end_tasks(self):
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def reset(writer):
    with suppress(OSError):
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    writer.transport.abort()
