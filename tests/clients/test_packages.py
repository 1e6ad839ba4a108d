"""What comes with the program: the unit, the man pages, the completions, and the proxies that stand before it."""

import os
import re
import subprocess

import pytest
from conftest import BINARY, ROOT, ask, free_port, nginx_command

PACKAGING = ROOT / "packaging"
SAID = ["content-type", "cache-control", "etag", "last-modified", "content-encoding", "content-security-policy", "vary",
        "access-control-allow-origin"]


def run(*command, **more):
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, **more)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout, done.stderr


def test_the_unit_is_sound_and_hardened(tmp_path):
    unit = tmp_path / "calcast.service"
    unit.write_text((PACKAGING / "calcast.service").read_text().replace("/usr/bin/calcast", str(BINARY)))
    out, error = run("systemd-analyze", "verify", "--man=no", unit)
    assert (out, error) == ("", "")
    out, _ = run("systemd-analyze", "security", "--offline=true", "--no-pager", unit)
    exposure = float(re.search(r"Overall exposure level for calcast.service: ([\d.]+)", out)[1])
    assert exposure < 2.5, out


def test_every_command_has_its_page_and_its_completions(tmp_path):
    run(BINARY, "man", tmp_path)
    pages = {path.name for path in tmp_path.iterdir()}
    commands = re.findall(r"^  ([a-z]+) ", run(BINARY, "--help")[0].split("Commands:")[1], re.M)
    assert len(commands) > 9 and {f"calcast-{command}.1" for command in commands if command != "help"} <= pages
    for page in sorted(tmp_path.iterdir()):
        environment = {**os.environ, "MANROFFSEQ": "", "MANWIDTH": "100", "LC_ALL": "C.UTF-8"}
        out, error = run("man", "--warnings", "-l", page, env=environment)
        assert not error and "NAME" in out and "calcast" in out, error
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"]:
        out, _ = run(BINARY, "completions", shell)
        assert "combinations" in out
    run("bash", "-n", input=run(BINARY, "completions", "bash")[0])


def nginx(home, port, to):
    """The example, without its certificate, which nobody has."""
    example = (PACKAGING / "nginx.conf").read_text()
    example = re.sub(r"listen \S+ ssl;", f"listen 127.0.0.1:{port};", example)
    example = re.sub(r" *ssl_certificate.*\n", "", example).replace("http://127.0.0.1:8080", to)
    return nginx_command(home, example)


def caddy(home, port, to):
    example = (PACKAGING / "Caddyfile").read_text()
    example = example.replace("calendar.example.org", f"http://127.0.0.1:{port}").replace("127.0.0.1:8080", to.removeprefix("http://"))
    (home / "Caddyfile").write_text("{\n\tadmin off\n}\n" + example)
    return ["caddy", "run", "--adapter", "caddyfile", "--config", home / "Caddyfile"]


@pytest.mark.parametrize("example", [nginx, caddy])
def test_a_proxy_changes_nothing(example, sample, started, tmp_path):
    home, port = tmp_path / "proxy", free_port()
    home.mkdir()
    theirs = started(port, *example(home, port, sample.address))
    for target in ["/", "/calendar.ics", "/regions/usa/illinois.ics", "/articles.rss", "/f/region=usa;topic=support-groups.ics",
                   "/events/chicago-group", "/style.css", "/nothing"]:
        for encoding in ["identity", "gzip"]:
            answers = [ask(server, target, Accept_Encoding=encoding) for server in [sample.address, theirs]]
            (status, said, body), (their_status, their_said, their_body) = answers
            assert (status, body) == (their_status, their_body), target
            assert {name: said.get(name) for name in SAID} == {name: their_said.get(name) for name in SAID}, target
            if "etag" in said:
                assert ask(theirs, target, Accept_Encoding=encoding, If_None_Match=said["etag"])[0] == 304, target
    for target in ["/healthz", "/metrics"]:
        assert ask(sample.address, target)[0] == 200
        assert ask(theirs, target)[0] == 404
