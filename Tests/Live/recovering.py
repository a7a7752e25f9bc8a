# Licensed under the MIT licence.
"""The official browser client, as far as connection state recovery goes."""

from clients import Client


class RecoveringClient(Client):
    """A browser client that keeps, besides, under which id it was connected and whether it was recovered."""

    def __init__(self, driver, transport, url):
        super().__init__(driver, f"browser-{transport}", url)
        self.connected_as = []

    def reported(self, report):
        if report["report"] == "connected":
            self.connected_as.append((report["sid"], report["recovered"]))
        super().reported(report)

    @property
    def sid(self):
        return self.connected_as[0][0]

    @property
    def recovered(self):
        """Whether it was recovered at each connection but the first, always under its first id."""
        return [is_recovered and sid == self.sid for sid, is_recovered in self.connected_as[1:]]

    def arguments(self, name):
        return [arguments for event, arguments in list(self.inbox) if event == name]
