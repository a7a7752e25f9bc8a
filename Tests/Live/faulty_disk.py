# Licensed under the MIT licence.
"""Disks that fail: one that does so when it is told to, and one whose file system the kernel takes out of service."""

import os
import subprocess
from pathlib import Path

import pytest

SOURCE = Path(__file__).with_name("faulty_disk.c")


class FaultyDisk:
    """A directory whose files fail in a process that has our library."""

    def __init__(self, path):
        self.data = path / "data"
        self.control = path / "fault"
        library = path / "faulty_disk.so"
        compiler = os.environ.get("CC", "cc")
        try:
            subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, SOURCE, "-ldl"], check=True)
        except FileNotFoundError:
            pytest.skip(f"there is no {compiler} to build the faulty disk with")
        self.settings = {
            "DATA_DIR": self.data,
            "LD_PRELOAD": library,
            "FAULTY_DIRECTORY": self.data,
            "FAULTY_CONTROL": self.control,
        }

    def fail(self, sort, code):
        """From now on calls of that sort (write, sync) fail with that errno (EIO, EROFS)."""
        self.control.write_text(f"{sort} {code}\n")

    def hang(self):
        """From now on nothing that writes, or waits for what was written, comes back before the disk is mended."""
        self.control.write_text("hang\n")

    def mend(self):
        self.control.unlink()


class LoopDisk:
    """A small ext4 of its own, which takes root; the kernel stops writing to it as after an error of the disk."""

    def __init__(self, path):
        self.image, self.mounted = path / "image", path / "disk"
        self.mounted.mkdir()
        with self.image.open("wb") as image:
            image.truncate(24 << 20)
        if subprocess.run(["mkfs.ext4", "-q", self.image], capture_output=True, check=False).returncode != 0:
            pytest.skip("there is no mkfs.ext4")
        self.mount()
        self.data = self.mounted / "data"

    def mount(self):
        mounted = subprocess.run(
            ["mount", "-o", "loop,errors=remount-ro", self.image, self.mounted], capture_output=True, check=False
        )
        if mounted.returncode != 0:
            pytest.skip(f"no loop device can be mounted here: {mounted.stderr.decode().strip()}")

    def unmount(self):
        subprocess.run(["umount", "--lazy", self.mounted], check=False)

    def break_down(self):
        """An error of the file system: from now on it may only be read, with its files open."""
        device = subprocess.run(
            ["findmnt", "-no", "SOURCE", self.mounted], capture_output=True, text=True, check=True
        ).stdout.strip()
        # Between two commits: a `fsync` that is under way may succeed although the kernel gives up what it waited for.
        subprocess.run(["fsfreeze", "--freeze", self.mounted], check=True)
        try:
            Path("/sys/fs/ext4", os.path.basename(device), "trigger_fs_error").write_text("1")
        finally:
            subprocess.run(["fsfreeze", "--unfreeze", self.mounted], check=True)
