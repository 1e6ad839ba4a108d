"""Slow, numerous, broken and hostile clients beside honest ones: raw sockets against the real binary."""

import contextlib
import itertools
import pathlib
import random
import re
import signal
import socket
import threading
import time

from conftest import PATIENCE, Server

# Well within the 1,024 connections that may wait to be accepted.
BURST = 600
FILTERS = "/f/region=usa/state-{},usa/state-{};topic=topic-{},topic-{}.ics"


def site(folder, rows):
    """A site of so many events, in 50 states and 20 topics."""
    folder.mkdir()
    with (folder / "events.csv").open("w") as table:
        table.write("id,title,start,end,location,description,region,topic\n")
        for row in range(rows):
            day = f"2027-{row % 12 + 1:02}-{row % 28 + 1:02}"
            table.write(f"ev{row:06},Support group {row},{day}T18:30,20:00,Library,")
            table.write(f'"{"Bring a friend; nobody needs to sign up. " * 8}",')
            table.write(f"USA/State {row % 50},Topic {row % 20}\n")
    settings = 'title = "Many"\ntimezone = "America/Chicago"\nbase_url = "https://example.org"\n'
    (folder / "calcast.toml").write_text(settings)
    return folder


class Target(Server):
    """A server under attack."""

    def connect(self, source=None):
        return socket.create_connection(self.place(), PATIENCE, source_address=source and (source, 0))

    def place(self):
        host, port = self.address.removeprefix("http://").split(":")
        return host, int(port)

    def memory(self):
        """Resident kilobytes."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0])

    def stop(self, patience=PATIENCE):
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(patience) == 0
        self.process.stdout.close()
        assert "panicked" not in self.log.read_text(), self.log.read_text()


@contextlib.contextmanager
def target(folder, *flags, **options):
    server = Target(folder, *flags, **options)
    try:
        yield server
        server.stop()
    finally:
        server.process.kill()
        server.process.wait()


def answer(connection, request):
    """Status, head and body of an answer; the status is None where the connection ended before one came."""
    connection.sendall(request)
    return received(connection)


def received(connection):
    data = b""
    while b"\r\n\r\n" not in data:
        some = connection.recv(1 << 16)
        if not some:
            return (None, data, b"")
        data += some
    head, body = data.split(b"\r\n\r\n", 1)
    length = re.search(rb"(?i)content-length: (\d+)", head)
    length = int(length.group(1)) if length else 0
    while len(body) < length:
        some = connection.recv(1 << 16)
        if not some:
            break
        body += some
    return (int(head.split(b" ")[1]), head, body)


def get(path, *headers):
    return "\r\n".join([f"GET {path} HTTP/1.1", "Host: localhost", *headers, "", ""]).encode()


class Honest(threading.Thread):
    """Sends requests, each on a new connection, and checks every answer."""

    def __init__(self, server, path="/events/ev000001.ics"):
        super().__init__(daemon=True)
        self.server, self.path, self.times, self.bad, self.over = server, path, [], [], threading.Event()

    def run(self):
        while not self.over.wait(0.01):
            start = time.monotonic()
            try:
                with self.server.connect("127.0.0.1") as connection:
                    status, head, body = answer(connection, get(self.path, "Connection: close"))
                if status != 200 or b"END:VCALENDAR" not in body:
                    self.bad.append((status, head))
            except OSError as error:
                self.bad.append(error)
            self.times.append(time.monotonic() - start)

    def p99(self):
        """Once it is over: seconds."""
        self.over.set()
        self.join(PATIENCE)
        assert not self.bad, self.bad[:3]
        assert len(self.times) > 50, len(self.times)
        return sorted(self.times)[len(self.times) * 99 // 100]


def sources():
    """Many addresses of this machine, as if of many clients."""
    return itertools.cycle(f"127.0.{n // 250}.{n % 250 + 2}" for n in range(2_000))


def ended(connections, patience):
    """Returns how many connections the server closes within a time."""
    end, left = time.monotonic() + patience, list(connections)
    while left and time.monotonic() < end:
        still = []
        for connection in left:
            connection.settimeout(0)
            try:
                while connection.recv(1 << 16):
                    pass
            except BlockingIOError:
                still.append(connection)
            except OSError:
                pass
        left = still
        threading.Event().wait(0.1)
    return len(connections) - len(left)


def slow_heads(server, count):
    """Heads that arrive a byte at a time: closed after ten seconds. Returns the p99 beside them."""
    attackers = [server.connect(source) for source in itertools.islice(sources(), count)]
    honest = Honest(server)
    honest.start()
    head, sent, cut = get("/calendar.ics") + b" " * 100, 0, set()
    start = time.monotonic()
    while len(cut) < count and time.monotonic() - start < 20:
        for attacker in attackers:
            if attacker in cut:
                continue
            try:
                attacker.settimeout(0.001)
                attacker.sendall(head[sent : sent + 1])
                if attacker.recv(1_000) is not None:
                    cut.add(attacker)
            except TimeoutError:
                pass
            except OSError:
                cut.add(attacker)
        sent = min(sent + 1, 20)
    took = time.monotonic() - start
    assert len(cut) == count and 9 < took < 16, (len(cut), took)
    return honest.p99()


def silent(server, count):
    """Connections without a byte: closed after ten seconds."""
    attackers = [server.connect(source) for source in itertools.islice(sources(), count)]
    honest = Honest(server)
    honest.start()
    assert ended(attackers, 16) == count
    return honest.p99()


def half_open(server, count):
    """Clients that go without a word, in the middle of a request or an answer: first as many at once as may wait to be
    accepted while the server has no turn, then a thousand a second, until honest ones have asked often enough."""
    honest = Honest(server)
    honest.start()
    for number, source in enumerate(sources()):
        if number >= count and len(honest.times) > 60:
            break
        if number >= BURST:
            threading.Event().wait(0.001)
        with server.connect(source) as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            connection.sendall(get("/calendar.ics")[: 10 if number % 2 else None])
    return honest.p99()


def reader(server, source):
    """Requests a large answer and reads nothing of it."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 14)
    connection.settimeout(PATIENCE)
    connection.bind((source, 0))
    connection.connect(server.place())
    connection.sendall(get("/calendar.ics"))
    return connection


def slow_readers(server, count):
    """Clients that read nothing of a large answer: closed after half a minute, and all share one body."""
    with server.connect() as connection:
        assert answer(connection, get("/calendar.ics"))[0] == 200
    before = server.memory()
    attackers = [reader(server, source) for source in itertools.islice(sources(), count)]
    honest = Honest(server)
    honest.start()
    grown = 0
    start = time.monotonic()
    while time.monotonic() - start < 36:
        grown = max(grown, server.memory() - before)
        threading.Event().wait(0.5)
    assert grown < 256 * count + 8_192, f"{grown} kB for {count} readers"
    assert ended(attackers, 10) == count
    return honest.p99()


def few_descriptors(folder, count, **options):
    """More connections than file descriptors: the longest-idle ones are evicted."""
    with target(folder, descriptors=256, **options) as server:
        attackers = [server.connect(source) for source in itertools.islice(sources(), 150)]
        honest = Honest(server)
        honest.start()
        for source in itertools.islice(sources(), 150, count):
            with contextlib.suppress(OSError):
                attackers.append(server.connect(source))
        threading.Event().wait(8)
        for attacker in attackers:
            attacker.close()
        return honest.p99()


def stalled_readers(folder, count, **options):
    """Stalled readers on every file descriptor, and more that wait: those without progress for five seconds are evicted.
    Returns the longest time that an honest client waited."""
    with target(folder, descriptors=256, **options) as server:
        with server.connect() as connection:
            assert answer(connection, get("/calendar.ics"))[0] == 200
        attackers = [reader(server, source) for source in itertools.islice(sources(), count)]
        honest = Honest(server)
        honest.start()
        threading.Event().wait(20)
        honest.p99()
        for attacker in attackers:
            attacker.close()
        return max(honest.times)


def malformed(seed, count):
    """Malformed and nearly malformed requests."""
    dice = random.Random(seed)
    starts = ["GET", "get", "POST", "CONNECT", "TRACE", "G" * 10_000, "", "GET GET", "\0GET", "PRI", "QUERY"]
    targets = ["/", "*", "calendar.ics", "!", "/" + "a" * 9_000, "/%00", "/%ff", "/..%2f..%2fetc/passwd", "/f/=.ics",
               "//", "http://evil.example/", "/f/region=" + "a," * 500 + ".ics", "/?" + "x=1&" * 100, "/\u00e9",
               "/events/" + "%41" * 300, "/f/topic=x;topic=y;zzz=1.ics", "/a b", "/calendar.ics?q=" + "y" * 2_000,
               "/" + "a/" * 40, "/f/q=" + "%F0%9F%98%80" * 60 + ".ics"]
    versions = ["HTTP/1.1", "HTTP/1.0", "HTTP/2.0", "HTTP/0.9", "HTTP/1.9", "http/1.1", "", "HTTP/1.1 x"]
    fields = ["Host: a", "Host: a b", "Host: u@a", "Host: <script>", "Host: a:99999999", "Content-Length: 005",
              "Content-Length: -1", "Content-Length: 9999999999999999999999", "Transfer-Encoding: chunked",
              "Transfer-Encoding: gzip, chunked", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
              "Range: bytes=0-,1-,2-", "If-None-Match: \"", "If-Modified-Since: never", "Accept-Encoding: gzip;q=x",
              "X: " + "y" * 40_000, "X\0: y", "X: a\r\n b", ": x", "Expect: 100-continue", "Upgrade: h2c",
              "Connection: close, keep-alive", "\u00e9: \u00e9", "Cookie: " + "c" * 8_000]
    for _ in range(count):
        lines = [" ".join([dice.choice(starts), dice.choice(targets), dice.choice(versions)])]
        lines += dice.sample(fields, dice.randrange(5)) * dice.choice([1, 1, 1, 60])
        ends = dice.choice(["\r\n", "\n", "\r", "\r\n"])
        yield (ends.join(lines) + ends * 2).encode("utf-8", "surrogateescape")


def broken_requests(server, seed, count):
    """Every answer to a malformed request is a refusal or none, never a failure of the server."""
    statuses = {}
    for request in malformed(seed, count):
        with server.connect() as connection, contextlib.suppress(OSError):
            connection.sendall(request)
            connection.shutdown(socket.SHUT_WR)
            status, head, _ = received(connection)
            statuses[status] = statuses.get(status, 0) + 1
            assert status is None or status < 500, (request[:300], head)
            assert status != 200 or request.startswith(b"GET "), (request[:300], head)
    with server.connect() as connection:
        assert answer(connection, get("/calendar.ics"))[0] == 200
    return statuses


def many_addresses(server, count):
    """Requests ever new addresses, each twice: the cache is bounded. Returns the growth in memory (kB)."""
    before = server.memory()
    asked = 0
    while asked < count:
        with server.connect() as connection:
            # A connection has a thousand requests at the most.
            for _ in range(min(495, count - asked)):
                a, b, c, d = asked % 50, asked // 50 % 50, asked // 2_500 % 20, asked // 50_000 % 20
                path = FILTERS.format(a, b, c, d)
                if asked % 3 == 1:
                    path = f"/calendar.ics?region=usa/state-{a}&q=support+{asked}"
                if asked % 3 == 2:
                    path = f"/f/region=nowhere-{asked}.ics"
                first, again = (answer(connection, get(path)) for _ in range(2))
                assert first[0] == again[0] == (404 if asked % 3 == 2 else 200), (path, first[1])
                assert first[2] == again[2], path
                asked += 1
    return server.memory() - before


def idle(server, count):
    """Keep-alive connections between requests. Returns kilobytes per connection and the p99 before and beside them."""
    asked = get("/calendar.ics")

    def times():
        with server.connect() as connection:
            all_times = []
            for _ in range(900):
                start = time.monotonic()
                assert answer(connection, asked)[0] == 200
                all_times.append(time.monotonic() - start)
        return sorted(all_times)[891]

    alone, before, connections = times(), server.memory(), []
    for _ in range(count):
        connections.append(server.connect())
        assert answer(connections[-1], asked)[0] == 200
    threading.Event().wait(0.5)
    each, beside = (server.memory() - before) / count, times()
    # They are as good as new.
    for connection in connections[:: max(1, count // 50)]:
        assert answer(connection, asked)[0] == 200
        connection.close()
    return each, alone, beside


def stop_under_load(folder, readers):
    """SIGTERM while large answers are under way: each that began is whole. Returns their number."""
    whole, broken, over = [], [], threading.Event()
    server = Target(folder, "--trusted-proxy", "127.0.0.0/8")

    def read():
        while not over.is_set():
            try:
                with server.connect() as connection:
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)
                    for _ in range(5):
                        status, head, body = answer(connection, get("/calendar.ics"))
                        if status is None and not head:
                            return
                        good = status == 200 and body.endswith(b"END:VCALENDAR\r\n")
                        (whole if good else broken).append((status, head, len(body)))
            except ConnectionError:
                return

    threads = [threading.Thread(target=read, daemon=True) for _ in range(readers)]
    for thread in threads:
        thread.start()
    while len(whole) < readers and not broken:
        threading.Event().wait(0.01)
    server.stop(15)
    over.set()
    for thread in threads:
        thread.join(PATIENCE)
    assert not broken, broken[:3]
    return len(whole)


def killed(folder):
    """SIGKILL and a restart: the entity tags are the same."""
    paths = ["/calendar.ics", "/regions/usa/state-3.ics", "/events.rss", "/changes.atom", "/", "/events/ev000007.ics"]

    def tags(server):
        found = {}
        for path in paths:
            with server.connect() as connection:
                status, head, _ = answer(connection, get(path))
            assert status == 200
            found[path] = re.search(rb"(?i)etag: (\S+)", head).group(1)
        return found

    first = Target(folder)
    before = tags(first)
    first.process.kill()
    first.process.wait()
    first.process.stdout.close()
    with target(folder) as second:
        assert tags(second) == before
