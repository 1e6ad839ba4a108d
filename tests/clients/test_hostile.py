"""Slow, numerous, broken or hostile clients: honest ones are answered throughout, and memory is bounded."""

import frames
import hostile
import pytest


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return hostile.site(tmp_path_factory.mktemp("hostile") / "site", 2_000)


@pytest.fixture
def server(folder):
    with hostile.target(folder) as server:
        yield server


def test_unfinished_heads_time_out(server):
    assert hostile.slow_heads(server, 300) <= 0.5


def test_silent_connections_time_out(server):
    assert hostile.silent(server, 1_000) <= 1


def test_vanished_clients_leave_nothing(server):
    assert hostile.half_open(server, 900) <= 0.5


def test_stalled_readers_are_closed(tmp_path):
    # More than the buffers of the system take.
    with hostile.target(hostile.site(tmp_path / "large", 14_000)) as server:
        assert hostile.slow_readers(server, 40) <= 0.5


def test_stalled_readers_are_evicted(tmp_path):
    assert hostile.stalled_readers(hostile.site(tmp_path / "large", 14_000), 300) <= 8


def test_with_few_descriptors_honest_clients_are_answered(folder):
    assert hostile.few_descriptors(folder, 400) <= 5


def test_floods_of_frames_are_closed(folder):
    with hostile.target(folder, "--h2c") as server:
        p99, grown = frames.floods(server, 1)
    assert p99 <= 1 and grown < 32_768, (p99, grown)


def test_closed_http2_windows_time_out(folder):
    with hostile.target(folder, "--h2c") as server:
        assert frames.stalled(server, 40) <= 0.5


def test_idle_http2_clients_are_evicted(folder):
    assert frames.connection_limit(folder, 400) <= 5


def test_malformed_requests_are_refused(server):
    statuses = hostile.broken_requests(server, 1, 300)
    assert statuses.get(400, 0) > 50, statuses


def test_memory_is_bounded_over_many_addresses(server):
    # The store of 64 MiB, its addresses, and what the allocator keeps.
    assert hostile.many_addresses(server, 3_000) < 120_000


def test_idle_connections_weigh_little(folder):
    with hostile.target(folder, "--trusted-proxy", "127.0.0.1") as server:
        each, _, _ = hostile.idle(server, 1_500)
    assert each < 16


def test_requests_in_flight_are_finished_at_shutdown(folder):
    assert hostile.stop_under_load(folder, 20) >= 20


def test_after_a_crash_the_tags_are_the_same(folder):
    hostile.killed(folder)
