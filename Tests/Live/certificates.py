# Licensed under the MIT licence.
"""Certificates for 127.0.0.1 that sign themselves, made by `openssl`."""

import subprocess


class Certificate:
    """A certificate and its key in a directory, as a server is given them."""

    def __init__(self, directory, name="server", days=90):
        self.chain, self.key = directory / f"{name}.pem", directory / f"{name}.key"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
            + ["-days", str(days), "-subj", f"/CN={name}", "-addext", "subjectAltName=IP:127.0.0.1"]
            + ["-keyout", self.key, "-out", self.chain],
            check=True,
            capture_output=True,
        )

    @property
    def settings(self):
        return {"TLS_CERTIFICATE_FILE": self.chain, "TLS_KEY_FILE": self.key}

    def put_in_place_of(self, other):
        """As whoever renews certificates does: one file after the other."""
        for mine, theirs in ((self.chain, other.chain), (self.key, other.key)):
            copy = theirs.with_suffix(".new")
            copy.write_bytes(mine.read_bytes())
            copy.rename(theirs)
