# Licensed under the MIT licence.
"""Message contents that have been mistaken for something else."""

TEXTS = ["", "hello", "é", "😀", "a\nb\r\n", "4", "b", "bAQID", "0", '{"a":1}', "\u2028\u2029", "\u0000", " ", "%41+&"]
BINARIES = [b"\x00", b"\x01\x02\x03\x04", b"\x1e", b"4", bytes(range(256)), b"\xff" * 1000]
