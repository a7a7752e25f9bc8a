#!/usr/bin/env python3
"""Checks what DocC does not: that every public symbol is documented, and that the code in articles compiles.

usage: dev/check-docs.py SYMBOL-GRAPHS ARCHIVES LIBRARY…

SYMBOL-GRAPHS is the folder that `swift package dump-symbol-graph` wrote, ARCHIVES one with LIBRARY.doccarchive.
A Swift block in a catalog must stand, line by line and indented as a whole, in a source that is compiled.
Symbols that no topic of their module's page names are listed; DocC groups them by kind, so that is no fault.
"""

import json
import re
import sys
from pathlib import Path

COMPILED = ("Tests/SocketIOHummingbirdTests", "Examples")
BLOCK = re.compile(r"^```swift\n(.*?)^```", re.MULTILINE | re.DOTALL)


def undocumented(graphs, library):
    """The public symbols without a comment; extensions of other modules' types carry none themselves."""
    for path in sorted(graphs.glob(f"{library}*.symbols.json")):
        if path.name.split(".")[0].split("@")[0] != library:
            continue
        for symbol in json.loads(path.read_text())["symbols"]:
            if symbol["kind"]["identifier"] in ("swift.extension", "swift.module"):
                continue
            if not symbol.get("docComment", {}).get("lines"):
                where = symbol.get("location", {}).get("uri", "").removeprefix("file://" + str(Path.cwd()) + "/")
                yield f"{where}: {library}.{'.'.join(symbol['pathComponents'])} is not documented"


def ungrouped(archives, library):
    page = archives / f"{library}.doccarchive/data/documentation/{library.lower()}.json"
    for section in json.loads(page.read_text()).get("topicSections", []):
        if section.get("generated") and section.get("title") != "Extended Modules":
            yield from (identifier.rsplit("/", 1)[1] for identifier in section["identifiers"])


def lines(text):
    return [line.strip() for line in text.splitlines() if line.strip()]


def uncompiled(sources):
    for article in sorted(Path("Sources").glob("*/*.docc/*.md")):
        for block in BLOCK.findall(article.read_text()):
            wanted = lines(block)
            if not any(wanted == source[at : at + len(wanted)] for source in sources for at in range(len(source))):
                yield f"{article}: no compiled source has the block that begins with {wanted[0]!r}"


def main():
    graphs, archives, libraries = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:]
    sources = [
        lines(path.read_text())
        for folder in COMPILED
        for path in Path(folder).rglob("*.swift")
        if ".build" not in path.parts
    ]
    faults = list(uncompiled(sources))
    for library in libraries:
        faults += undocumented(graphs, library)
        for symbol in ungrouped(archives, library):
            print(f"note: {library}'s page names {symbol} in no topic")
    for fault in faults:
        print(f"error: {fault}", file=sys.stderr)
    print(f"docs: {len(faults)} fault(s)")
    sys.exit(1 if faults else 0)


main()
