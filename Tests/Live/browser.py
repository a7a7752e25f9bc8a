# Licensed under the MIT licence.
"""The official browser client in headless Chromium, driven by the DevTools protocol."""

import itertools
import json
import os
import shutil
import subprocess
import tempfile
import threading
from concurrent.futures import Future
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import websocket

from browser_client import CLIENT_RELEASE
from clients import HERE, Driver

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
# A browser takes its time to start on a busy machine.
DEADLINE = 30
# A browser opens at most six connections to one server for each profile, and every polling client keeps one of them
# busy: the clients of a test are spread over this many profiles.
PROFILES = 4
PAGE = """<!DOCTYPE html>
<title>martlet</title>
<script src="socket.io.min.js"></script>
<script src="browser_driver.js"></script>
"""


class PageHandler(SimpleHTTPRequestHandler):
    def log_message(self, *arguments):
        pass


class PageServer:
    """Serves the page on a port of its own, so that everything the page does with a chat server is cross-origin."""

    def __init__(self, script):
        self.directory = tempfile.TemporaryDirectory(prefix="martlet-page-")
        shutil.copy(script, self.directory.name)
        shutil.copy(HERE / "browser_driver.js", self.directory.name)
        Path(self.directory.name, "index.html").write_text(PAGE)
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), partial(PageHandler, directory=self.directory.name))
        self.origin = f"http://127.0.0.1:{self.server.server_port}"
        # The same pages under another name are another origin.
        self.foreign_origin = f"http://localhost:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.directory.cleanup()


class Chromium:
    """A headless browser and its DevTools connection."""

    def __init__(self):
        assert Path(CHROMIUM).exists(), f"{CHROMIUM} is missing: install Chromium or name it in the variable CHROMIUM"
        self.profile = tempfile.TemporaryDirectory(prefix="martlet-chromium-", ignore_cleanup_errors=True)
        sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
        self.process = subprocess.Popen(
            [
                CHROMIUM,
                "--headless",
                *sandbox,
                "--remote-debugging-port=0",
                f"--user-data-dir={self.profile.name}",
                "--no-first-run",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--disable-extensions",
                # Those of the tests sign themselves.
                "--ignore-certificate-errors",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-background-timer-throttling",
                "--disable-renderer-backgrounding",
                "--disable-backgrounding-occluded-windows",
                "about:blank",
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.devtools = websocket.create_connection(self.announced_address(), timeout=None, suppress_origin=True)
        threading.Thread(target=self.process.stderr.read, daemon=True).start()
        self.numbers = itertools.count(1)
        self.answers = {}
        self.listeners = {}
        self.lock = threading.Lock()
        threading.Thread(target=self.read, daemon=True).start()

    def announced_address(self):
        written = []
        for line in self.process.stderr:
            if line.startswith("DevTools listening on "):
                return line.split()[-1]
            written.append(line)
        raise AssertionError("Chromium did not start: " + "".join(written))

    def read(self):
        while True:
            try:
                message = json.loads(self.devtools.recv())
            except (websocket.WebSocketException, OSError, ValueError):
                return
            if "id" in message:
                self.answers.pop(message["id"]).set_result(message)
            elif listener := self.listeners.get((message.get("sessionId"), message["method"])):
                listener(message["params"])

    def call(self, method, session=None, **parameters):
        answer = Future()
        with self.lock:
            number = next(self.numbers)
            self.answers[number] = answer
            message = {"id": number, "method": method, "params": parameters}
            if session is not None:
                message["sessionId"] = session
            self.devtools.send(json.dumps(message))
        message = answer.result(DEADLINE)
        assert "error" not in message, f"{method}: {message}"
        return message["result"]

    def open_page(self, address, listener):
        """Opens `address` in a profile of its own; `listener` gets what the page reports. Returns the session."""
        context = self.call("Target.createBrowserContext")["browserContextId"]
        target = self.call("Target.createTarget", url="about:blank", browserContextId=context)["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        loaded = threading.Event()
        self.listeners[session, "Page.loadEventFired"] = lambda _: loaded.set()
        self.listeners[session, "Runtime.bindingCalled"] = lambda call: listener(json.loads(call["payload"]))
        self.call("Runtime.enable", session)
        self.call("Runtime.addBinding", session, name="report")
        self.call("Page.enable", session)
        self.call("Page.navigate", session, url=address)
        assert loaded.wait(DEADLINE), f"{address} did not load"
        return session

    def close(self):
        self.call("Browser.close")
        self.process.wait(DEADLINE)
        self.devtools.close()
        self.profile.cleanup()


class BrowserDriver(Driver):
    """`browser_driver.js` in as many pages as there are profiles, all of one origin."""

    def __init__(self, chromium, origin, profiles=PROFILES):
        super().__init__()
        self.name = f"socket.io-client {CLIENT_RELEASE}"
        self.chromium = chromium
        self.pages = [chromium.open_page(origin + "/index.html", self.dispatch) for _ in range(profiles)]

    def send(self, command):
        page = self.pages[command["id"] % len(self.pages)]
        outcome = self.chromium.call("Runtime.evaluate", page, expression=f"drive({json.dumps(command)})")
        assert "exceptionDetails" not in outcome, outcome
