"""Interoperability: subscribers in other languages receive and decode everything that the agent publishes.

    run.py --agent target/debug/rainbow-s2s-agent python php node java

For each encoding of the second frame the real binary is started in relay mode, every subscriber connects to it as a bot
would, each callback of cases.py is posted to the callback URL that the agent printed, and what each subscriber decoded is
compared with what was posted: the events and their order, the document's text, and its data. Then the agent is stopped
by SIGTERM, and the subscribers have to see that too. Nothing here waits for time: always for a condition, with a deadline.
"""

import argparse
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

from cases import CASES

HERE = Path(__file__).resolve().parent
DEADLINE = 60.0  # seconds for any one condition: generous, since a machine may be busy
JARS = ":".join(f"/usr/share/java/{name}.jar" for name in ("jeromq", "json-simple"))
COMMANDS = {
    "python": [os.environ.get("PYTHON", sys.executable), str(HERE / "subscriber.py")],
    "php": ["php", str(HERE / "subscriber.php")],
    "node": ["node", str(HERE / "subscriber.mjs")],
    "java": ["java", "-cp", JARS, str(HERE / "Subscriber.java")],
}
SUCCESS = {"code": 1, "label": "SUCESSFULL", "msg": ""}


class Failure(Exception):
    """What did not hold, for people."""


class Process:
    """A child process whose lines on standard output can be waited for."""

    def __init__(self, name: str, command: list[str], **options):
        self.name = name
        self.lines: list[str] = []
        self.changed = threading.Condition()
        self.ended = False
        self.child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, encoding="utf-8", **options)
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self) -> None:
        for line in self.child.stdout:
            with self.changed:
                self.lines.append(line.rstrip("\n"))
                self.changed.notify_all()
        with self.changed:
            self.ended = True
            self.changed.notify_all()

    def wait_for(self, what: str, found, seconds: float = DEADLINE):
        """The first true value of `found(lines)`; a failure once the process has ended or the deadline is over."""
        end = time.monotonic() + seconds
        with self.changed:
            while not (value := found(self.lines)):
                left = end - time.monotonic()
                if self.ended or left <= 0:
                    how = "ended" if self.ended else f"no answer in {seconds:.0f} s"
                    raise Failure(f"{self.name}: {how} while waiting for {what}; {len(self.lines)} lines so far")
                self.changed.wait(left)
            return value

    def exit_code(self) -> int:
        """Waits for the end."""
        try:
            code = self.child.wait(DEADLINE)
        except subprocess.TimeoutExpired:
            raise Failure(f"{self.name}: still running") from None
        self.reader.join(DEADLINE)
        return code

    def kill(self) -> None:
        """Ends it where a failure left it running."""
        if self.child.poll() is None:
            self.child.kill()
            self.child.wait()


def free_port() -> int:
    """A port that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start_agent(agent: str, folder: Path, encoding: str) -> tuple[Process, str, str]:
    """The agent in relay mode, the callback URL that it printed, and where it publishes."""
    web, events = free_port(), free_port()
    config = {
        "rainbow": {"mode": "relay"},
        "logs": {"enableConsoleLogs": True, "enableFileLogs": False, "file": {"path": str(folder), "level": "info"}},
        "im": {"sendReadReceipt": False},
        "rainbow_notification_service": {
            "endpoint": "reverse_proxy",
            "reverse_proxy": {"url": f"http://127.0.0.1:{web}/rainbow"},
            "sdkrouter": {"host": "127.0.0.1", "port": web, "protocol": "http"},
            "zmq": {"host": "127.0.0.1", "port": events, "encoding": encoding},
        },
        "state_dir": str(folder / "state"),
    }
    file = folder / "config.json"
    file.write_text(json.dumps(config))
    with open(folder / "agent.log", "w") as log:
        process = Process("agent", [agent, "run", "--config", str(file)], stderr=log, env=os.environ | {"TMPDIR": str(folder)})
    try:
        found = process.wait_for("the callback URL", lambda lines: next((l for l in lines if re.match(r"https?://\S+$", l)), None))
        written = json.loads((folder / "s2s" / "s2s_callback_url.json").read_text())["callback_url"]
        if written != found:
            raise Failure(f"the callback URL on standard output is {found}, in its file {written}")
    except BaseException:
        process.kill()
        raise
    return process, found, f"tcp://127.0.0.1:{events}"


class Cloud:
    """Posts callbacks over one connection that is kept, as the cloud does."""

    def __init__(self, url: str):
        parts = urlsplit(url)
        self.path = parts.path.rstrip("/")
        self.connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=DEADLINE)

    def post(self, path: str, body: str, status: int) -> None:
        """One callback and its answer."""
        headers = {"Content-Type": "application/json", "x-resource": "web"}
        self.connection.request("POST", f"{self.path}/{path}", body.encode(), headers)
        answer = self.connection.getresponse()
        content = answer.read()
        if answer.status != status or (status == 200 and content != b"{}"):
            raise Failure(f"/{path}: answered {answer.status} {content!r}, not {status}, to {body[:200]}")


def is_probe(event: dict) -> bool:
    """Posted only to learn whether a subscription has arrived."""
    return isinstance(event["data"], dict) and event["data"].get("id") == "probe"


def await_subscribers(cloud: Cloud, subscribers: list[Process]) -> None:
    """Posts probes until each subscriber has seen one: a PUB socket says nothing of who listens."""
    end = time.monotonic() + DEADLINE
    waiting = list(subscribers)
    while waiting:
        if time.monotonic() > end:
            raise Failure(f"never saw an event: {', '.join(s.name for s in waiting)}")
        cloud.post("presence", '{"id":"probe","timestamp":"2026-01-01T00:00:00Z","presence":{"from":"probe"}}', 200)
        try:
            waiting[0].wait_for("a probe", lambda lines: lines, seconds=0.2)
        except Failure:
            if waiting[0].ended:
                raise
        waiting = [s for s in waiting if not s.lines]


def compact(text: str) -> str:
    """The JSON text without white space outside strings, otherwise as it was written."""
    return re.sub(r'("(?:[^"\\]|\\.)*")|\s+', lambda match: match[1] or "", text)


def expected() -> list[tuple[str, str]]:
    """Every event that the cases make, with its document's text."""
    return [(event, compact(case.body)) for case in CASES for event in case.events]


def compare(subscriber: Process) -> int:
    """Checks what a subscriber printed; how many events it was."""
    seen = [json.loads(line) for line in subscriber.lines]
    seen = [event for event in seen if not is_probe(event)]
    if seen and seen[0]["event"] == "rainbow_onstarted":
        # Who connected quickly enough sees the agent's start too.
        if seen[0]["data"] != SUCCESS:
            raise Failure(f"{subscriber.name}: the data of rainbow_onstarted is {seen[0]['data']!r}")
        del seen[0]
    wanted = expected()
    wanted += [("rainbow_onstopped", json.dumps(SUCCESS, separators=(",", ":"))), ("zmq-stop", '{"msg":"stop signal received"}')]
    for place, (got, (event, text)) in enumerate(zip(seen, wanted)):
        if got["event"] != event:
            raise Failure(f"{subscriber.name}: event {place} is {got['event']}, not {event}")
        if got["text"] != text:
            raise Failure(f"{subscriber.name}: {event} (event {place}) arrived as\n  {got['text'][:400]!r}, not\n  {text[:400]!r}")
        if got["data"] != json.loads(text):
            raise Failure(f"{subscriber.name}: the data of {event} (event {place}) is {got['data']!r}")
    if len(seen) != len(wanted):
        raise Failure(f"{subscriber.name}: {len(seen)} events, not {len(wanted)}")
    return len(wanted)


def run(agent: str, encoding: str, languages: list[str], folder: Path) -> list[str]:
    """One agent and one subscriber a language; a line of outcome each, or a failure."""
    process, url, endpoint = start_agent(agent, folder, encoding)
    subscribers: list[Process] = []
    try:
        subscribers += [Process(name, [*COMMANDS[name], endpoint, encoding]) for name in languages]
        cloud = Cloud(url)
        await_subscribers(cloud, subscribers)
        for case in CASES:
            cloud.post(*case[:2], case.status)
        process.child.send_signal(signal.SIGTERM)
        for subscriber in subscribers:
            if (code := subscriber.exit_code()) != 0:
                raise Failure(f"{subscriber.name}: exit code {code}")
        if (code := process.exit_code()) != 0:
            raise Failure(f"agent: exit code {code} after SIGTERM")
        return [f"{encoding:<10}  {s.name:<7}  {compare(s)} events, in order, text and data as posted" for s in subscribers]
    except BaseException:
        print((folder / "agent.log").read_text()[-4000:], file=sys.stderr)
        raise
    finally:
        for child in [*subscribers, process]:
            child.kill()


def main() -> int:
    """Runs every encoding; the last line counts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--agent", required=True, help="the binary")
    parser.add_argument("languages", nargs="+", choices=list(COMMANDS))
    options = parser.parse_args()
    passed = failed = 0
    for encoding in ("starterkit", "json"):
        with tempfile.TemporaryDirectory(prefix="interop-") as folder:
            try:
                lines = run(os.path.abspath(options.agent), encoding, options.languages, Path(folder))
                print("\n".join(lines))
                passed += len(lines)
            except (Failure, OSError, ValueError, http.client.HTTPException) as failure:
                print(f"{encoding}: {failure}", file=sys.stderr)
                failed += len(options.languages)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
