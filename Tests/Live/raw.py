# Licensed under the MIT licence.
"""A bare Engine.IO 4 WebSocket, for what the client libraries hide: the very bytes, and heartbeats left unanswered."""

import json
import ssl

import websocket

DEADLINE = 10


class RawSocket:
    def __init__(self, server, auth=None, origin=None, answer_pings=True):
        options = {"suppress_origin": True} if origin is None else {"origin": origin}
        options["sslopt"] = {"cert_reqs": ssl.CERT_NONE}
        # Byte by byte in Python, that takes a third of a second per megabyte; decoding finds the same.
        options["skip_utf8_validation"] = True
        self.socket = websocket.create_connection(
            f"{server.url.replace('http', 'ws', 1)}/socket.io/?EIO=4&transport=websocket", timeout=DEADLINE, **options
        )
        self.answer_pings = answer_pings
        self.pings = 0
        assert self.socket.recv()[0] == "0"
        self.socket.send("40" + ("" if auth is None else json.dumps(auth)))
        # What the answers to CONNECT and to the handshake's identity carry.
        self.connected = json.loads(self.receive("40")[2:])
        self.authenticated = None if auth is None else json.loads(self.receive('42["authenticated"')[2:])

    def send(self, text):
        self.socket.send(text)

    def receive(self, prefix=""):
        """The next packet that begins like that; heartbeats are answered on the way."""
        while True:
            packet = self.socket.recv()
            if packet == "2":
                self.pings += 1
                if self.answer_pings:
                    self.socket.send("3")
                if prefix == "2":
                    return packet
            elif packet.startswith(prefix):
                return packet

    def receive_end(self):
        """Reads until the server closes the WebSocket and returns the close code; a dropped connection raises."""
        while True:
            opcode, data = self.socket.recv_data(control_frame=True)
            if opcode == websocket.ABNF.OPCODE_CLOSE:
                return int.from_bytes(data[:2], "big") if data else 1005
            if opcode == websocket.ABNF.OPCODE_TEXT and data == b"2" and self.answer_pings:
                self.socket.send("3")

    def close(self):
        self.socket.close()
