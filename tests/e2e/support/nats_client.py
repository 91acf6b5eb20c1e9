"""A NATS client of forty lines, standard library only: stands for callers that share nothing with us but the protocol.

usage: nats_client.py HOST PORT SUBJECT BODY SECONDS   prints every reply that comes within SECONDS, one JSON line each
"""

import json
import socket
import sys
import time


def main(host: str, port: int, subject: str, body: str, seconds: float) -> None:
    connection = socket.create_connection((host, port), timeout=5)
    stream = connection.makefile("rb")
    stream.readline()  # INFO
    connection.sendall(b'CONNECT {"verbose":false,"headers":true,"no_responders":true,"lang":"python"}\r\n')
    inbox = "_INBOX.spec"
    payload = body.encode()
    connection.sendall(f"SUB {inbox} 1\r\nPUB {subject} {inbox} {len(payload)}\r\n".encode() + payload + b"\r\n")
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0:
        connection.settimeout(left)
        try:
            line = stream.readline().split()
        except TimeoutError:
            return
        if not line:
            return
        if line[0] == b"PING":
            connection.sendall(b"PONG\r\n")
        elif line[0] in (b"MSG", b"HMSG"):
            size = int(line[-1])
            head_size = int(line[-2]) if line[0] == b"HMSG" else 0
            data = stream.read(size)
            stream.read(2)
            header = data[:head_size].decode()
            print(json.dumps({"header": header, "body": json.loads(data[head_size:] or b"null")}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4], float(sys.argv[5]))
