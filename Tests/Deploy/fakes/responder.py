# Licensed under the MIT licence.
"""Answers every request on a port with one status; goes to the background when it listens.

usage: responder.py PORT PID-FILE STATUS
"""

import os
import socket
import sys


def main():
    port, pid_file, status = sys.argv[1:]
    listener = socket.create_server(("127.0.0.1", int(port)))
    process = os.fork()
    if process:
        with open(pid_file, "w", encoding="ascii") as file:
            file.write(str(process))
        return
    # Whoever waits for the end of our output would wait for ever; the listener is among the descriptors that stay.
    for descriptor in range(64):
        if descriptor != listener.fileno():
            try:
                os.close(descriptor)
            except OSError:
                pass
    while True:
        connection, _ = listener.accept()
        with connection:
            request = b""
            while b"\r\n\r\n" not in request and (more := connection.recv(4096)):
                request += more
            connection.sendall(f"HTTP/1.1 {status} Whatever\r\nContent-Length: 0\r\n\r\n".encode())


main()
