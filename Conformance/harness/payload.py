# Licensed under the MIT licence.
"""Long-polling payloads. A packet is a `str` (type digit first) or, for a binary message, the bare `bytes`."""

import base64

SEPARATOR = "\x1e"


def encode_v4(packets):
    """Engine.IO protocol v4, "Packet encoding": joined by 0x1e, binary as `b` + base64."""
    return SEPARATOR.join(
        packet if isinstance(packet, str) else "b" + base64.b64encode(packet).decode() for packet in packets
    ).encode("utf-8")


def decode_v4(body):
    packets = []
    for packet in body.decode("utf-8").split(SEPARATOR):
        packets.append(base64.b64decode(packet[1:], validate=True) if packet.startswith("b") else packet)
    return packets


def utf16_length(text):
    return len(text.encode("utf-16-le")) // 2


def encode_v3(packets):
    """Engine.IO protocol v3, "Payload", the text form: `<length>:<packet>`, in UTF-16 code units; binary as `b4` + base64."""
    texts = [packet if isinstance(packet, str) else "b4" + base64.b64encode(packet).decode() for packet in packets]
    return "".join(f"{utf16_length(text)}:{text}" for text in texts).encode("utf-8")


def decode_v3(body):
    units = body.decode("utf-8").encode("utf-16-le")
    packets, position = [], 0
    while position < len(units):
        colon = position
        while units[colon : colon + 2] != b":\0":
            colon += 2
            assert colon < len(units), f"no colon after {body[:80]!r}"
        digits = units[position:colon].decode("utf-16-le")
        assert digits.isascii() and digits.isdigit(), f"length {digits!r}"
        end = colon + 2 + 2 * int(digits)
        assert end <= len(units), f"length {digits} is longer than the rest"
        text = units[colon + 2 : end].decode("utf-16-le")
        packets.append(base64.b64decode(text[2:], validate=True) if text.startswith("b4") else text)
        position = end
    return packets


def encode_v3_binary(packets):
    """Engine.IO protocol v3, "Payload", the binary form: 0x00 or 0x01, length as digit bytes, 0xff, data."""
    body = b""
    for packet in packets:
        data = packet.encode("utf-8") if isinstance(packet, str) else b"\x04" + packet
        kind = 0 if isinstance(packet, str) else 1
        body += bytes([kind, *(int(digit) for digit in str(len(data))), 0xFF]) + data
    return body


def decode_v3_binary(body):
    packets, position = [], 0
    while position < len(body):
        kind, mark = body[position], body.index(0xFF, position)
        digits = body[position + 1 : mark]
        assert kind in (0, 1) and digits and all(digit <= 9 for digit in digits), body[position : mark + 1]
        length = int("".join(map(str, digits)))
        data = body[mark + 1 : mark + 1 + length]
        assert len(data) == length, "a packet longer than the payload"
        if kind == 1:
            assert data[0] == 4, f"binary packet of type {data[0]}"
        packets.append(data[1:] if kind == 1 else data.decode("utf-8"))
        position = mark + 1 + length
    return packets
