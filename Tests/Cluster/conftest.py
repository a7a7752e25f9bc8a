# Licensed under the MIT licence.
"""Fixtures of the cluster tests, which share the server process of the live ones."""

import os
import random
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Live"))

from server import BINARY  # noqa: E402


def pytest_sessionstart():
    if not BINARY.exists():
        pytest.exit(f"{BINARY} is missing: build it, or name another in the variable MARTLET", 2)


@pytest.fixture
def seconds():
    """How long each scenario lasts; MARTLET_CLUSTER_SECONDS, 60 unless told."""
    return float(os.environ.get("MARTLET_CLUSTER_SECONDS", "60"))


@pytest.fixture
def seed():
    """What all chance of a scenario comes from; MARTLET_CLUSTER_SEED, or a new one, which is printed."""
    return int(os.environ.get("MARTLET_CLUSTER_SEED") or random.SystemRandom().randrange(1 << 32))
