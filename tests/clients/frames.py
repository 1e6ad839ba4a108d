"""Flooding, stalled and idle HTTP/2 clients: raw frames (RFC 9113) against the real binary, beside honest clients."""

import contextlib
import itertools
import select
import threading
import time

import hostile

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, PRIORITY, RESET, SETTINGS, PING, GOAWAY, WINDOW, CONTINUATION = 0, 1, 2, 3, 4, 6, 7, 8, 9
END_STREAM, ACK, END_HEADERS = 1, 1, 4
INITIAL_WINDOW = 4


def frame(kind, flags=0, stream=0, payload=b""):
    return len(payload).to_bytes(3) + bytes([kind, flags]) + stream.to_bytes(4) + payload


def fields(path="/events/ev000001.ics", method=b"\x82"):
    """A request's, by the static table of HPACK (RFC 7541)."""
    return method + b"\x86\x04" + bytes([len(path)]) + path.encode() + b"\x01\x09localhost"


def request(stream, path="/events/ev000001.ics"):
    return frame(HEADERS, END_STREAM | END_HEADERS, stream, fields(path))


def streams(step=1):
    return itertools.count(1, 2 * step)


def resets():
    """Requests that are reset at once (CVE-2023-44487)."""
    return (request(stream) + frame(RESET, stream=stream, payload=b"\0\0\0\x08") for stream in streams())


def fields_without_end():
    """A head that never ends (CVE-2024-27316)."""
    yield frame(HEADERS, 0, 1, fields())
    yield from itertools.repeat(frame(CONTINUATION, 0, 1, b"\x40\x01a\x01b" * 20))


def nothing_without_end():
    yield frame(HEADERS, 0, 1, fields())
    yield from itertools.repeat(frame(CONTINUATION, 0, 1))


def fields_again_and_again():
    """One long field, then that same field thousands of times in few bytes."""
    long = b"x" * 3_000
    yield frame(HEADERS, 5, 1, fields() + b"\x40\x01a\x7f" + bytes([(3_000 - 127) & 127 | 128, 3_000 - 127 >> 7]) + long)
    for stream in itertools.islice(streams(), 1, None):
        yield frame(HEADERS, 5, stream, fields() + b"\xbe" * 8_000)


def bodies_of_nothing():
    yield frame(HEADERS, END_HEADERS, 1, fields(method=b"\x83"))
    yield from itertools.repeat(frame(DATA, 0, 1))


FLOODS = {
    "resets": resets,
    "fields without end": fields_without_end,
    "nothing without end": nothing_without_end,
    "fields again and again": fields_again_and_again,
    "bodies of nothing": bodies_of_nothing,
    "pings": lambda: itertools.repeat(frame(PING, payload=b"calcast.")),
    "settings": lambda: itertools.repeat(frame(SETTINGS, payload=b"\0\x04\0\0\xff\xff")),
    "priorities": lambda: (frame(PRIORITY, stream=stream, payload=b"\0\0\0\0\x01") for stream in streams()),
    "windows": lambda: itertools.repeat(frame(WINDOW, payload=b"\0\0\0\x01")),
}


class Client:
    """An HTTP/2 connection that acknowledges PING and SETTINGS, so that the server takes it for alive."""

    def __init__(self, server, source=None, window=65_535):
        self.socket, self.rest, self.is_over, self.got_goaway = server.connect(source), b"", False, False
        self.socket.sendall(PREFACE + frame(SETTINGS, payload=INITIAL_WINDOW.to_bytes(2) + window.to_bytes(4)))

    def send(self, data):
        try:
            self.socket.sendall(data)
        except OSError:
            self.is_over = True

    def hear(self):
        """Reads what there is."""
        while not self.is_over and select.select([self.socket], [], [], 0)[0]:
            try:
                data = self.socket.recv(1 << 16)
            except OSError:
                data = b""
            self.is_over = not data
            self.rest += data
            while len(self.rest) >= 9 and len(self.rest) >= 9 + (length := int.from_bytes(self.rest[:3])):
                kind, flags, payload = self.rest[3], self.rest[4], self.rest[9 : 9 + length]
                self.rest = self.rest[9 + length :]
                self.got_goaway |= kind == GOAWAY
                if kind in (PING, SETTINGS) and not flags & ACK:
                    self.send(frame(kind, ACK, payload=payload if kind == PING else b""))


def flood(server, frames, patience):
    """Sends frames until the server closes the connection. Returns whether it did in time."""
    end = time.monotonic() + patience
    client = Client(server)
    with client.socket:
        while not client.is_over and time.monotonic() < end:
            client.send(b"".join(itertools.islice(frames, 500)))
            client.hear()
    return client.is_over


def floods(server, count, patience=10):
    """Clients of each kind at once. Returns the p99 of honest clients beside them and the growth in memory (kB)."""
    before, cut = server.memory(), []
    honest = hostile.Honest(server)
    honest.start()

    def attack(name):
        if not flood(server, FLOODS[name](), patience):
            cut.append(name)

    attackers = [threading.Thread(target=attack, args=(name,), daemon=True) for name in FLOODS for _ in range(count)]
    for attacker in attackers:
        attacker.start()
    for attacker in attackers:
        attacker.join()
    while len(honest.times) < 60:
        threading.Event().wait(0.01)
    assert not cut, f"not ended within {patience} s: {cut}"
    return honest.p99(), server.memory() - before


def stayed(clients, patience):
    """Returns how many clients are still connected after a time in which each sends and acknowledges PINGs."""
    end, chatter = time.monotonic() + patience, frame(PING, payload=b"calcast.") * 5
    while time.monotonic() < end and not all(client.is_over for client in clients):
        for client in clients:
            client.hear()
            client.send(chatter)
        threading.Event().wait(0.1)
    return sum(not client.is_over for client in clients)


def stalled(server, count):
    """Clients that never open a window for their answers: closed after half a minute. Returns the p99 beside them."""
    # What the first request renders is not what the clients cost.
    server.get("/calendar.ics")
    before = server.memory()
    clients = [Client(server, source, window=0) for source in itertools.islice(hostile.sources(), count)]
    for client in clients:
        client.send(b"".join(request(stream, "/calendar.ics") for stream in itertools.islice(streams(), 100)))
    honest = hostile.Honest(server)
    honest.start()
    start = time.monotonic()
    assert stayed(clients, 25) == count, "closed before half a minute"
    grown = server.memory() - before
    assert grown < 256 * count + 8_192, f"{grown} kB for {count} clients"
    assert stayed(clients, 15) == 0, f"still open after {time.monotonic() - start:.0f} s"
    return honest.p99()


def connection_limit(folder, count, **options):
    """More clients than file descriptors, each with one request: the longest-idle ones are evicted."""
    with hostile.target(folder, "--h2c", descriptors=256, **options) as server:
        clients = []
        honest = hostile.Honest(server)
        for source in itertools.islice(hostile.sources(), count):
            with contextlib.suppress(OSError):
                clients.append(Client(server, source))
                clients[-1].send(request(1))
                clients[-1].hear()
            if len(clients) == 150:
                honest.start()
        stayed(clients, 8)
        took = honest.p99()
        for client in clients:
            client.socket.close()
        return took


def idle(folder, count, **options):
    """Clients that send one request and acknowledge every PING. Returns how many got GOAWAY after the idle timeout."""
    with hostile.target(folder, "--h2c", "--idle-timeout", "60", **options) as server:
        clients = [Client(server, source) for source in itertools.islice(hostile.sources(), count)]
        for client in clients:
            client.send(request(1))
        assert stayed(clients, 55) == count, "closed before the idle timeout"
        stayed(clients, 25)
        return sum(client.is_over and client.got_goaway for client in clients)
