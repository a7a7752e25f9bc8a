# Licensed under the MIT licence.
"""What those who watch and deploy a server ask `martlet` itself: `version`, `check-config`, `healthcheck`."""

import subprocess

import pytest

from server import BINARY, Martlet, environment, free_port

DEADLINE = 30


def martlet(directory, *arguments, **settings):
    return subprocess.run(
        [BINARY, *arguments],
        cwd=directory,
        env=environment(**settings),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=DEADLINE,
    )


def test_version(tmp_path):
    result = martlet(tmp_path, "version")
    assert result.returncode == 0 and result.stdout.startswith("martlet ")
    assert result.stdout.split()[1] == martlet(tmp_path, "--version").stdout.strip()


def test_settings_that_do(tmp_path):
    (tmp_path / ".env").write_text("SERVER_PORT=9\nAPI_KEYS='s3cret#1'\n")
    result = martlet(tmp_path, "check-config", REDIS_HOST="nowhere.invalid", REDIS_PASSWORD="s3cret")
    assert result.returncode == 0 and "port 9, store: redis, auth: API keys" in result.stdout
    assert "s3cret" not in result.stdout + result.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == [".env"]


@pytest.mark.parametrize(
    ("settings", "word"),
    [({"SERVER_PORT": "99999"}, "SERVER_PORT"), ({"API_KEYS": "s3 cret"}, "API_KEYS"), ({"STORE": "redis"}, "REDIS_HOST")],
)
def test_settings_that_do_not(tmp_path, settings, word):
    result = martlet(tmp_path, "check-config", **settings)
    assert result.returncode == 2 and result.stdout == ""
    assert word in result.stderr and "s3" not in result.stderr and len(result.stderr.splitlines()) == 1


# Files that a setting may name, by what is in them.
FILES = {
    "directory": None,
    "text": "nothing of use",
    "JWKS without a key": '{"keys":[]}',
    "JWKS of nothing": '{"keys":',
    "private key": "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
    "empty": "",
}


@pytest.mark.parametrize(
    ("setting", "file"),
    [
        ("JWT_JWKS_FILE", "missing"),
        ("JWT_JWKS_FILE", "directory"),
        ("JWT_JWKS_FILE", "text"),
        ("JWT_JWKS_FILE", "JWKS of nothing"),
        ("JWT_JWKS_FILE", "JWKS without a key"),
        ("JWT_PUBLIC_KEY_FILE", "missing"),
        ("JWT_PUBLIC_KEY_FILE", "text"),
        ("JWT_PUBLIC_KEY_FILE", "private key"),
        ("JWT_SECRET_FILE", "missing"),
        ("JWT_SECRET_FILE", "empty"),
        ("API_KEYS_FILE", "missing"),
        ("API_KEYS_FILE", "empty"),
        ("REDIS_PASSWORD_FILE", "missing"),
        ("REDIS_TLS_CA_FILE", "missing"),
        ("REDIS_TLS_CA_FILE", "text"),
        ("DATA_DIR", "text"),
        ("DATA_DIR", "text/below"),
    ],
)
def test_a_file_that_does_not_do_is_found_without_serving(tmp_path, setting, file):
    for name, text in FILES.items():
        path = tmp_path / name
        path.mkdir() if text is None else path.write_text(text)
    settings = {setting: tmp_path / file, "SERVER_PORT": free_port()}
    if setting.startswith("REDIS"):
        settings["REDIS_HOST"] = "127.0.0.1"
    checked, served = martlet(tmp_path, "check-config", **settings), martlet(tmp_path, "serve", **settings)
    assert (checked.returncode, checked.stdout) == (2, ""), checked.stdout
    assert len(checked.stderr.splitlines()) == 1 and str(tmp_path / file) in checked.stderr, checked.stderr
    assert setting in checked.stderr or setting.startswith("REDIS_TLS"), checked.stderr
    assert (served.returncode, served.stderr) == (checked.returncode, checked.stderr)


@pytest.mark.parametrize(
    "host",
    ["0.0.0.0:8080", "localhost:8080", "[::1]", "[::1]:80", "::1:x", "256.1.1.1", "1.2.3.4.5", "a..b", "-a", "a" * 64, "a/b"],
)
def test_a_host_that_can_be_none(tmp_path, host):
    checked, served = (martlet(tmp_path, command, SERVER_HOST=host) for command in ("check-config", "serve"))
    assert checked.returncode == 2 and checked.stderr.startswith(f'martlet: SERVER_HOST is "{host[:60]}"')
    assert "without a port" in checked.stderr and len(checked.stderr.splitlines()) == 1
    assert (served.returncode, served.stderr) == (checked.returncode, checked.stderr)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "::1", "localhost", "chat_1.example.com", "3com.example"])
def test_a_host_that_may_be_one(tmp_path, host):
    assert martlet(tmp_path, "check-config", SERVER_HOST=host).returncode == 0


def test_a_secret_that_can_be_guessed(tmp_path):
    weak = martlet(tmp_path, "check-config", JWT_SECRET="s3cret" * 5)
    assert weak.returncode == 0 and "s3cret" not in weak.stdout + weak.stderr
    assert weak.stderr.startswith("martlet: JWT_SECRET: the secret of tokens is shorter than 32 bytes")
    strong = martlet(tmp_path, "check-config", JWT_SECRET="s3cret" * 6, API_KEYS="s3cret" * 6)
    assert (strong.returncode, strong.stderr) == (0, "")


def test_a_redis_that_is_told_of_and_not_used(tmp_path):
    result = martlet(tmp_path, "check-config", REDIS_URL="redis://:s3cret@127.0.0.1/0")
    assert result.returncode == 0 and "store: sqlite" in result.stdout and "s3cret" not in result.stderr
    assert "set without REDIS_HOST, so in vain: REDIS_URL; this server is on its own" in result.stderr


def test_open_doors(tmp_path):
    result = martlet(tmp_path, "check-config")
    lines = result.stderr.splitlines()
    assert result.returncode == 0 and len(lines) == 2
    assert all(line.startswith("martlet: open to everybody: ") for line in lines)


def test_checking_makes_nothing(tmp_path):
    assert martlet(tmp_path, "check-config", DATA_DIR="a/b").returncode == 0
    assert list(tmp_path.iterdir()) == []


def test_a_line_of_the_file_that_does_not(tmp_path):
    (tmp_path / ".env").write_text("API_KEYS='s3cret\n")
    result = martlet(tmp_path, "check-config")
    assert result.returncode == 2 and "Line 1 of .env" in result.stderr and "s3cret" not in result.stderr


@pytest.mark.parametrize("question", [[], ["--ready"]])
def test_a_server_that_is_well(tmp_path, question):
    with Martlet() as server:
        result = martlet(tmp_path, "healthcheck", *question, **server.settings)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_a_server_that_lives_but_is_not_ready(tmp_path):
    with Martlet(REDIS_HOST="127.0.0.1", REDIS_PORT=free_port()) as server:
        assert martlet(tmp_path, "healthcheck", **server.settings).returncode == 0
        result = martlet(tmp_path, "healthcheck", "--ready", "--timeout", "20", **server.settings)
    assert result.returncode == 1 and result.stderr == "martlet: /ready is answered with 503.\n"


def test_no_server(tmp_path):
    result = martlet(tmp_path, "healthcheck", SERVER_PORT=free_port())
    assert result.returncode == 1 and "does not answer" in result.stderr
    assert martlet(tmp_path, "healthcheck", "--timeout", "0").returncode == 64
