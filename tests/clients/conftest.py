"""Fixtures: the binary serving real folders, for tests with other programs."""

import csv
import datetime as dt
import http.client
import os
import pathlib
import resource
import shutil
import socket
import subprocess
import time
import urllib.request

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared" / "data"
NEEDS = ROOT / "target" / "clients"
BINARY = ROOT / "target" / "debug" / "calcast"
PATIENCE = 20

# The date of the tests, a few days after the last edit of the sample. The binary reads the difference to the system clock
# from the environment, so that all processes of a run share one running clock.
START = dt.datetime(2026, 12, 1, 18, tzinfo=dt.timezone.utc)
CLOCK_OFFSET = round((START - dt.datetime.now(dt.timezone.utc)).total_seconds())
CLOCK = {"CALCAST_CLOCK_OFFSET": str(CLOCK_OFFSET)}
os.environ.update(CLOCK)


def now(zone=dt.timezone.utc):
    """The current time on the clock of the binary."""
    return dt.datetime.now(zone) + dt.timedelta(seconds=CLOCK_OFFSET)


class Server:
    """`calcast serve` on a free port, until closed."""

    count = 0

    def __init__(self, folder, *flags, binary=BINARY, descriptors=None):
        self.folder = pathlib.Path(folder)
        Server.count += 1
        self.log = self.folder.with_name(f"{self.folder.name}.{Server.count}.log")
        with self.log.open("w") as log:
            command = [binary, "serve", self.folder, "--listen", "127.0.0.1:0", *flags]
            few = lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, descriptors))
            limited = {"preexec_fn": few} if descriptors else {}
            self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True, **limited)
        for line in self.process.stdout:
            if "http://127.0.0.1:" in line:
                self.address = "http://" + line.split("http://")[1].split("/")[0].strip()
                return
        raise AssertionError(self.log.read_text())

    def get(self, target, patience=PATIENCE):
        with urllib.request.urlopen(self.address + target, timeout=patience) as answer:
            return answer.read()

    def until(self, target, wanted):
        """Repeats a request until its response is as wanted; returns the seconds that took."""
        start = time.monotonic()
        while not wanted(self.get(target)):
            assert time.monotonic() - start < PATIENCE, self.log.read_text()
        return time.monotonic() - start

    def close(self):
        self.process.terminate()
        assert self.process.wait(PATIENCE) == 0, self.log.read_text()
        self.process.stdout.close()


def sample_folder(path):
    path.mkdir()
    for name in ["events.csv", "calcast.toml", "calcast.lock"]:
        shutil.copy(ROOT / name, path)
    shutil.copytree(ROOT / "articles", path / "articles")
    return path


def conference_folder(path):
    path.mkdir()
    shutil.copy(SHARED / "events-csv/confstech/confstech-all.csv", path / "events.csv")
    shutil.copytree(SHARED / "articles/digitalgov", path / "articles")
    settings = 'title = "Conferences"\npast = "all"\nbase_url = "https://conferences.example.org"\n'
    (path / "calcast.toml").write_text(settings)
    return path


SITES = {"sample": sample_folder, "conferences": conference_folder}


def pytest_terminal_summary(terminalreporter):
    """Prints figures that tests measure but do not judge."""
    for report in terminalreporter.stats.get("passed", []):
        for text in [text for name, text in report.user_properties if name == "figures"]:
            terminalreporter.write_line(text)


@pytest.fixture(scope="session", params=SITES)
def site(request, tmp_path_factory):
    """A server of each of the two sites."""
    server = Server(SITES[request.param](tmp_path_factory.mktemp("site") / request.param))
    yield server
    server.close()


@pytest.fixture
def sample(tmp_path):
    """A server of a private copy of the sample."""
    server = Server(sample_folder(tmp_path / "site"))
    yield server
    server.close()


@pytest.fixture
def serving():
    """Serves a folder until the end of the test."""
    servers = []

    def serve(folder, *flags):
        servers.append(Server(folder, *flags))
        return servers[-1]

    yield serve
    for server in servers:
        server.close()


def rows_of(folder):
    """The rows of a site's table, as Python reads CSV."""
    with (pathlib.Path(folder) / "events.csv").open(encoding="utf-8-sig", newline="") as table:
        return list(csv.DictReader(table))


def shown_rows(folder):
    """The rows that calendars show: cancelled events are removed 30 days after their date."""
    since = str(now().date() - dt.timedelta(days=30))
    return [row for row in rows_of(folder) if row.get("status") != "cancelled" or row["start"][:10] >= since]


def node(script, text):
    """Runs a script of this folder under Node, with text as its input."""
    environment = {**os.environ, "NODE_PATH": str(NEEDS / "node_modules")}
    command = ["node", pathlib.Path(__file__).with_name(script)]
    done = subprocess.run(command, input=text, capture_output=True, env=environment, check=True)
    return done.stdout


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@pytest.fixture
def started(tmp_path):
    """Starts other servers, each with its own home folder, until the end of the test."""
    processes = []

    def start(port, *command):
        own = {name: str(tmp_path) for name in ["HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"]}
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                                   env={**os.environ, **own})
        processes.append(process)
        begin = time.monotonic()
        while True:
            assert process.poll() is None, process.stderr.read()
            assert time.monotonic() - begin < PATIENCE
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                return f"http://127.0.0.1:{port}"
            except ConnectionRefusedError:
                time.sleep(0.02)

    yield start
    for process in processes:
        process.terminate()
        process.wait(PATIENCE)


def nginx_command(home, recipe):
    """The command that runs nginx in a folder, with a given http section."""
    temporary = "".join(f"{kind}_temp_path {home}/{kind};" for kind in ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"])
    (home / "nginx.conf").write_text(
        f"pid {home}/pid; error_log {home}/error.log; daemon off; user root;\nevents {{ }}\n"
        f"http {{ access_log off; {temporary}\n{recipe}\n}}\n")
    return ["nginx", "-c", home / "nginx.conf", "-p", home, "-e", home / "error.log"]


def ask(address, target, method="GET", **fields):
    """Sends a request without default headers; returns status, headers and body."""
    connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=PATIENCE)
    connection.putrequest(method, target, skip_accept_encoding=True)
    for name, value in fields.items():
        connection.putheader(name.replace("_", "-"), value)
    connection.endheaders()
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, {name.lower(): value for name, value in answer.getheaders()}, body


def assert_focus_is_seen(page):
    """The element with the focus has an outline of at least 2 px; the page as a whole needs none."""
    shown = page.evaluate("""() => {
        const style = getComputedStyle(document.activeElement);
        const isBody = document.activeElement === document.body;
        return isBody || (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2);
    }""")
    assert shown, page.evaluate("document.activeElement.outerHTML")
