"""A bot in Python, reduced to what it receives: one line of JSON an event on standard output.

Called by run.py as `subscriber.py ENDPOINT starterkit|json`; ends on `zmq-stop`. A line is `{"event", "text", "data"}`:
the text of the document after the outer layer has been undone, and what a JSON parser makes of it.
"""

import json
import sys

import zmq


def main(endpoint: str, encoding: str) -> None:
    """Subscribes to everything and prints until the agent says that it stops."""
    socket = zmq.Context().socket(zmq.SUB)
    socket.setsockopt(zmq.SUBSCRIBE, b"")
    socket.connect(endpoint)
    while True:
        event = socket.recv().decode("ascii")
        content = socket.recv()
        if socket.getsockopt(zmq.RCVMORE):
            sys.exit("more than two frames")
        text = content.decode("utf-8")
        if encoding == "starterkit":
            text = json.loads(text)
        line = {"event": event, "text": text, "data": json.loads(text)}
        print(json.dumps(line), flush=True)
        if event == "zmq-stop":
            return


main(*sys.argv[1:])
