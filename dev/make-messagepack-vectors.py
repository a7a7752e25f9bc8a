#!/usr/bin/env python3
# Licensed under the MIT licence.
"""Makes Tests/Vectors/messagepack.json: packets as Socket.IO's MessagePack parser writes them.

Run by hand, when a case is added, with the PyPI package `msgpack`:  python3 dev/make-messagepack-vectors.py

The parser itself (socket.io-msgpack-parser 3.0.2 on notepack.io 2.2) cannot be installed from where the project's tools come
from. So the bytes are made by `msgpack`, an implementation that is neither ours nor its, whose choice of formats is the same
(`lib/encode.js` of notepack.io 2.2: every value in its shortest form, integers unsigned unless negative, floats in eight
bytes). What `msgpack` has no value for (JavaScript's `undefined` and `Date`) is written out in hexadecimal by the same
source's rules; `msgpack` checks that it is well-formed.

A row: the packet as our model has it (kind, namespace, id, payload with placeholders, attachments), `message` in hexadecimal,
and `exact`: whether our encoder writes the same bytes. The output is the same in every run.
"""

import json
import random
from pathlib import Path

import msgpack

CONNECT, DISCONNECT, EVENT, ACK, CONNECT_ERROR = range(5)
FILE = Path(__file__).resolve().parents[1] / "Tests" / "Vectors" / "messagepack.json"


class Written:
    """A value that only JavaScript has: its bytes, and what JSON makes of it (None: a member is left out)."""

    def __init__(self, hexadecimal, meaning):
        self.bytes = bytes.fromhex(hexadecimal)
        self.meaning = meaning
        msgpack.unpackb(self.bytes, timestamp=0)


UNDEFINED = Written("d4 00 00", None)
#: new Date("2000-06-13T00:00:00.000Z"), by notepack.io 2 and by 3.
DATE = Written("d7 00 00 00 00 df b7 62 9c 00", "2000-06-13T00:00:00.000Z")
TIMESTAMP = Written("d6 ff 39 45 79 80", "2000-06-13T00:00:00.000Z")
#: Uint8Array.of(1, 2, 3, 4), by notepack.io 2 on Node.
BYTE_ARRAY = Written("c7 04 00 01 02 03 04", b"\1\2\3\4")


def pack(value):
    """MessagePack, `Written` values anywhere in it."""
    if isinstance(value, Written):
        return value.bytes
    if isinstance(value, list):
        header = msgpack.Packer()
        return header.pack_array_header(len(value)) + b"".join(map(pack, value))
    if isinstance(value, dict):
        header = msgpack.Packer()
        return header.pack_map_header(len(value)) + b"".join(pack(key) + pack(item) for key, item in value.items())
    return msgpack.packb(value)


def payload(value, attachments):
    """The value with placeholders for binary data, which goes to `attachments`."""
    if isinstance(value, Written):
        value = value.meaning
    if isinstance(value, bytes):
        attachments.append(value.hex())
        return {"_placeholder": True, "num": len(attachments) - 1}
    if isinstance(value, list):
        return [payload(item, attachments) for item in value]
    if isinstance(value, dict):
        return {key: payload(item, attachments) for key, item in value.items() if item is not UNDEFINED}
    return value


def dumps(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def packet(name, type, data=UNDEFINED, nsp="/", id=None, members=None, exact=True):
    """A row. `members` replaces the map that is sent, for senders that write it in another way than we do."""
    if members is None:
        members = {"type": type}
        if data is not UNDEFINED:
            members["data"] = data
        members["nsp"] = nsp
        if id is not None:
            members["id"] = id
    else:
        exact = False
    attachments = []
    text = None if data is UNDEFINED or data is None else dumps(payload(data, attachments))
    kind = {EVENT: 5, ACK: 6}[type] if attachments else type
    message = pack(members)
    msgpack.unpackb(message, timestamp=0)
    row = {"name": name, "kind": kind, "namespace": nsp, "id": id, "payload": text, "attachments": attachments}
    return {key: value for key, value in row.items() if value is not None} | {"message": message.hex(), "exact": exact}


def chosen():
    options = {"compress": True}
    yield packet("connect", CONNECT)
    yield packet("connect with data", CONNECT, {"token": "abc"}, "/admin")
    yield packet("connect of the JavaScript client without data", CONNECT,
                 members={"type": CONNECT, "data": UNDEFINED, "nsp": "/"})
    yield packet("connect of python-socketio", CONNECT, {}, members={"type": CONNECT, "data": {}, "nsp": "/"})
    yield packet("connect answer", CONNECT, {"sid": "oSO0OpakMV_3jnilAAAA", "pid": "Ij8cL2pHn9Xk"})
    yield packet("disconnect", DISCONNECT, nsp="/admin")
    yield packet("disconnect of python-socketio", DISCONNECT, members={"type": DISCONNECT, "data": None, "nsp": "/"})
    yield packet("event", EVENT, ["hello", 1])
    yield packet("event with its name only", EVENT, ["hello"])
    yield packet("event with id 0", EVENT, ["hello"], id=0)
    yield packet("event with a large id", EVENT, ["hello"], "/admin", id=9_007_199_254_740_991)
    yield packet("event named by a number", EVENT, [7, "a"])
    yield packet("event outside ASCII", EVENT, ["é😀", {"é😀": "日本\u2028"}], "/räume/é😀")
    yield packet("event of the JavaScript client", EVENT, ["hello", 1],
                 members={"type": EVENT, "data": ["hello", 1], "options": options, "nsp": "/"})
    yield packet("event of the JavaScript client with id", EVENT, ["hello"], id=1,
                 members={"type": EVENT, "data": ["hello"], "options": options, "id": 1, "nsp": "/"})
    yield packet("ack of the JavaScript client", ACK, ["ok"], id=12,
                 members={"id": 12, "type": ACK, "data": ["ok"], "nsp": "/"})
    yield packet("ack", ACK, [], "/admin", id=12)
    yield packet("connect error", CONNECT_ERROR, {"message": "no", "data": {"code": 1}}, "/admin")
    yield packet("connect error as text", CONNECT_ERROR, "no")
    yield packet("connect error of the Node server without data", CONNECT_ERROR, {"message": "no", "data": UNDEFINED},
                 exact=False)
    numbers = [0, 127, 128, 255, 256, 65535, 65536, 2**32 - 1, 2**32, 2**53, 2**63, 2**64 - 1]
    yield packet("integers", EVENT, ["a", *numbers, -1, -32, -33, -128, -129, -32768, -32769, -(2**31), -(2**31) - 1, -(2**63)])
    yield packet("floats", EVENT, ["a", 0.5, -0.0, 1.0, 0.1, 1e300, 5e-324, 1.7976931348623157e308, 1e-7])
    yield packet("every kind of value", EVENT, ["a", None, True, False, "", [], {}, [[1]], {"a": {"b": []}}])
    for length in (31, 32, 255, 256):
        yield packet(f"string of {length} bytes", EVENT, ["a", "a" * length])
        yield packet(f"binary data of {length} bytes", EVENT, ["a", b"b" * length])
    for length in (15, 16, 300):
        yield packet(f"array of {length}", EVENT, ["a", [None] * length])
    for length in (15, 16):
        yield packet(f"map of {length}", EVENT, ["a", {f"k{index}": index for index in range(length)}])
    yield packet("binary data", EVENT, ["a", b"\1\2", {"b": [b"", {"c": b"\3"}], "d": "x"}], id=3)
    yield packet("binary data in an ack", ACK, [b"\1", [b"\2"]], id=3)
    yield packet("a byte array of notepack.io 2", EVENT, ["a", BYTE_ARRAY, b"\5"], exact=False)
    yield packet("dates", EVENT, ["a", DATE, TIMESTAMP], exact=False)
    yield packet("undefined", EVENT, ["a", UNDEFINED, {"b": UNDEFINED, "c": 1}], exact=False)
    yield packet("an object that looks like a placeholder", EVENT, ["a", {"_placeholder": True, "num": 0}])


def at_random(seed, count):
    generator = random.Random(seed)

    def string():
        return "".join(generator.choices("abc019 /,-[]{}\"\\?é日😀\n\u0001\u2028\u007f", k=generator.randrange(12)))

    def value(depth, left):
        kind = generator.randrange(10 if depth else 7)
        if kind == 0:
            return generator.choice([None, True, False])
        if kind == 1:
            return generator.randrange(-(2 ** generator.randrange(1, 64)), 2 ** generator.randrange(1, 65))
        if kind == 2:
            return (generator.random() - 0.5) * 10.0 ** generator.randrange(-20, 20)
        if kind == 3 and left[0]:
            left[0] -= 1
            return generator.randbytes(generator.randrange(40))
        if kind < 7:
            return string()
        if kind == 7:
            return [value(depth - 1, left) for _ in range(generator.randrange(5))]
        return {string(): value(depth - 1, left) for _ in range(generator.randrange(5))}

    for index in range(count):
        type = generator.choice([EVENT, EVENT, ACK])
        left = [generator.choice([0, 10])]
        arguments = [value(4, left) for _ in range(generator.randrange(5))]
        id = generator.randrange(10**9) if type == ACK or generator.random() < 0.5 else None
        data = arguments if type == ACK else ["e" + string(), *arguments]
        yield packet(f"random {index}", type, data, generator.choice(["/", "/", "/admin", "/a-b/7", "/é"]), id)


rows = [*chosen(), *at_random(20_240_601, 200)]
version = ".".join(map(str, msgpack.version))
body = ",\n".join("    " + dumps(row) for row in rows)
FILE.write_text(f'{{\n  "encoder": "msgpack {version}",\n  "vectors": [\n{body}\n  ]\n}}\n')
print(f"{len(rows)} vectors")
