# Licensed under the MIT licence.
"""nginx and HAProxy in front of several nodes, with the configuration files that operators get."""

import os
import re
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

from server import ROOT, free_port

NGINX_MAIN = """
{user}
daemon off;
worker_processes 1;
pid nginx.pid;
error_log error.log warn;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    include {included};
}}
"""


class Balancer:
    """A balancer's process on a free port, without a word on which node is whose."""

    name = "the balancer"

    def __init__(self, servers, certificate=None, sticky=None):
        self.port = free_port()
        self.certificate = certificate
        # What keeps a client at one node: "address" or, with HAProxy, "cookie".
        self.sticky = sticky
        self.url = f"{'https' if certificate else 'http'}://127.0.0.1:{self.port}"
        self.directory = tempfile.TemporaryDirectory(prefix="martlet-balancer-")
        self.log = Path(self.directory.name, "output.log")
        self.command = self.prepare(Path(self.directory.name), [f"127.0.0.1:{server.port}" for server in servers])
        self.process = None

    def prepare(self, directory, nodes):
        """Writes the configuration and returns the command."""
        raise NotImplementedError

    def __enter__(self):
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command, cwd=self.directory.name, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
            )
        for _ in range(500):
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return self
            except OSError:
                pass
            try:
                self.process.wait(0.02)
            except subprocess.TimeoutExpired:
                continue
            raise AssertionError(f"{self.command[0]} ended with {self.process.returncode}: {self.log.read_text()}")
        raise AssertionError(f"{self.command[0]} does not listen: {self.log.read_text()}")

    def __exit__(self, *failure):
        self.process.terminate()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.directory.cleanup()


class Nginx(Balancer):
    def prepare(self, directory, nodes):
        text = ROOT.joinpath("deploy/nginx/martlet.conf").read_text()
        listening = f"127.0.0.1:{self.port}"
        if self.certificate:
            text = replaced(text, r"    listen 80;\n", "")
            text = replaced(text, r"#     listen 443 ssl;", f"listen {listening} ssl;")
            text = replaced(text, r"#     (ssl_certificate) .*;", rf"\1 {self.certificate.chain};")
            text = replaced(text, r"#     (ssl_certificate_key) .*;", rf"\1 {self.certificate.key};")
        else:
            text = replaced(text, r"listen 80;", f"listen {listening};")
        if self.sticky:
            text = replaced(text, r"upstream martlet \{\n", rf"\g<0>    {commented(text, 'hash ')[0]}\n")
        text = with_nodes(text, r"( +server )martlet-\d:8080( .*;)", nodes, lambda _, node: node)
        included, main = directory / "martlet.conf", directory / "nginx.conf"
        # Otherwise its workers could not write to our directory.
        user = "user root;" if os.geteuid() == 0 else ""
        included.write_text(text)
        main.write_text(NGINX_MAIN.format(user=user, included=included))
        return [program("nginx"), "-p", str(directory), "-c", str(main), "-e", "error.log"]


class HAProxy(Balancer):
    def prepare(self, directory, nodes):
        text = ROOT.joinpath("deploy/haproxy/haproxy.cfg").read_text()
        listening = f"bind 127.0.0.1:{self.port}"
        if self.certificate:
            both = directory / "martlet.pem"
            both.write_bytes(self.certificate.chain.read_bytes() + self.certificate.key.read_bytes())
            text = replaced(text, r"    bind :80\n", "")
            text = replaced(text, r"#     bind :443 ssl crt \S+", f"{listening} ssl crt {both}")
        else:
            text = replaced(text, r"bind :80\n", f"{listening}\n")
        if self.sticky == "address":
            kept = [*commented(text, "balance "), *commented(text, "hash-type ")]
            text = replaced(text, r"    balance roundrobin\n", "".join(f"    {line}\n" for line in kept))
        elif self.sticky == "cookie":
            kept = [*commented(text, "cookie "), *commented(text, "dynamic-cookie-key ")]
            text = replaced(text, r"    balance roundrobin\n", r"\g<0>" + "".join(f"    {line}\n" for line in kept))
        return self.command_for(text, directory, nodes)

    @staticmethod
    def command_for(text, directory, nodes):
        text = replaced(text, r"maxconn 20000", "maxconn 1000")
        text = with_nodes(text, r"( +server )martlet-\d martlet-\d:8080()", nodes, lambda n, node: f"node-{n} {node}")
        configuration = directory / "haproxy.cfg"
        configuration.write_text(text)
        return [program("haproxy"), "-f", str(configuration)]


class PassingHAProxy(HAProxy):
    """It passes TLS on, with a header of the PROXY protocol, from an address that is no client's."""

    ADDRESS = "127.0.0.9"

    def prepare(self, directory, nodes):
        text = ROOT.joinpath("deploy/haproxy/haproxy-tls.cfg").read_text()
        text = replaced(text, r"bind :443\n", f"bind 127.0.0.1:{self.port}\n")
        text = replaced(text, r"    default-server", f"    source {self.ADDRESS}\n    default-server")
        return self.command_for(text, directory, nodes)


BALANCERS = {"nginx": Nginx, "haproxy": HAProxy}


def program(name):
    path = shutil.which(name, path="/usr/sbin:/usr/local/sbin:/usr/bin")
    assert path, f"{name} is missing; `dev/setup.sh test` installs it"
    return path


def replaced(text, pattern, replacement):
    text, count = re.subn(pattern, replacement, text)
    assert count == 1, f"{pattern} is there {count} times"
    return text


def commented(text, beginning):
    """Lines that operators may put to use."""
    return re.findall(rf"^ *#     ({beginning}.*)$", text, re.MULTILINE)


def with_nodes(text, pattern, nodes, name):
    """Puts our nodes in the place of the file's, of which there are as many as it likes."""
    matches = list(re.finditer(pattern + r"\n", text))
    assert matches
    lines = "".join(
        f"{matches[0].group(1)}{name(number, node)}{matches[0].group(2)}\n" for number, node in enumerate(nodes)
    )
    return text[: matches[0].start()] + lines + text[matches[-1].end() :]
