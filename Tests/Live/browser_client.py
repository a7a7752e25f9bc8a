# Licensed under the MIT licence.
"""Fetches the official browser client. `python browser_client.py FOLDER` does so ahead of the tests."""

import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

CLIENT_RELEASE = "4.8.1"
REQUIREMENTS = Path(__file__).resolve().parent / "requirements-browser.txt"


def unpack_client(store):
    """Puts the browser client into `store`, out of the wheel that carries it, unless it is there; returns the file."""
    script = store / "socket.io.min.js"
    if not script.exists():
        store.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=store) as download:
            command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", download]
            subprocess.run([*command, "--requirement", REQUIREMENTS], check=True)
            with zipfile.ZipFile(next(Path(download).glob("nicegui-*.whl"))) as wheel:
                unpacked = Path(download, script.name)
                unpacked.write_bytes(wheel.read("nicegui/static/socket.io.min.js"))
            # At once, since test processes beside this one may do the same.
            unpacked.replace(script)
    assert f"Socket.IO v{CLIENT_RELEASE}" in script.read_text(encoding="utf-8")[:200]
    return script


if __name__ == "__main__":
    unpack_client(Path(sys.argv[1]))
