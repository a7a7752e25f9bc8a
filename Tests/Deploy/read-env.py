# Licensed under the MIT licence.
"""Prints the values in a .env file, one a line, as Docker compose reads them, or as martlet does.

usage: read-env.py compose|martlet FILE
"""

import re
import sys


def martlet(text):
    """What EnvironmentFile.swift does with the text behind the equals sign."""
    text = text.strip(" \t")
    if text[:1] not in ('"', "'"):
        return re.sub(r"(^|\s)#.*", "", text).rstrip(" \t")
    quote, value, rest = text[0], "", iter(text[1:])
    for character in rest:
        if character == quote:
            after = "".join(rest).strip()
            assert after == "" or after[0] == "#", "text behind the quote"
            return value
        if character == "\\" and quote == '"':
            escaped = next(rest)
            value += {"n": "\n", "t": "\t", '"': '"', "\\": "\\"}.get(escaped, "\\" + escaped)
        else:
            value += character
    raise AssertionError("no closing quote")


def compose(text):
    """What compose-go's dotenv does: a quote behind a backslash closes nothing, in either kind of quotes."""
    text = text.lstrip()
    if text[:1] not in ('"', "'"):
        # Some versions take every number sign for a comment.
        assert "#" not in text and "$" not in text, "versions differ"
        return text.rstrip()
    quote = text[0]
    end = re.search(r"(?<!\\)" + quote, text[1:])
    assert end, "no closing quote"
    value = text[1 : 1 + end.start()]
    assert text[2 + end.start() :].strip() == "", "text behind the quote"
    assert newer_end(text) == 1 + end.start(), "versions differ"
    if quote == "'":
        return value
    assert "$" not in value, "would be expanded"
    return re.sub(r"\\(.)", lambda match: {"n": "\n", "r": "\r"}.get(match[1], match[1]), value)


def newer_end(text):
    """Where later versions see the closing quote: there, a backslash that is itself behind one escapes nothing."""
    is_escaped = False
    for index, character in enumerate(text[1:], 1):
        if character == text[0] and not is_escaped:
            return index
        is_escaped = character == "\\" and not is_escaped
    return None


def main():
    reader, file = sys.argv[1:]
    read = {"compose": compose, "martlet": martlet}[reader]
    with open(file, encoding="utf-8", newline="\n") as lines:
        for line in lines:
            if not line.startswith("#"):
                print(read(line.rstrip("\n").partition("=")[2]))


main()
