"""An export, served by nginx with the recipe that comes with it, and written to buckets that speak like Amazon's and
Google's."""

import email.utils
import json
import logging
import pathlib
import random
import re
import shutil
import subprocess
import threading
import time
import urllib.parse
import urllib.request

import boto3
import moto.server
import pytest
from werkzeug.serving import make_server

from conftest import BINARY, CLOCK, PATIENCE, ask, free_port, nginx_command

logging.getLogger("werkzeug").setLevel(logging.ERROR)
SETTINGS = """title = "Circle"
base_url = "https://calendar.example.org"
embed_from = ["https://clinic.example.org"]
[websub]
hub = "https://hub.example.org/"
[renamed]
"regions/usa/old" = "regions/usa/ohio"
"""
EVENTS = """id,title,start,end,timezone,region,topic,online_url
walk,Walk & talk,2027-03-04 10:00,2027-03-04 12:00,America/Chicago,USA/Ohio,Walks,
webinar,Webinar,2027-03-11 18:00,2027-03-11 19:00,America/Chicago,USA;Canada,Talks,https://meet.example.org/1
a b,A blank,2027-04-01,,,USA/Ohio,Talks,
a/b,A slash,2027-04-02,,,Canada,Walks,
café.ics,An ending,2027-04-03,,,,,
"""
ARTICLE = """+++
title = "On walking"
date = 2026-05-05
topics = ["Walks"]
+++
Walking helps. ![A walk](walk.svg)
"""
PICTURE = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M1 1h7v7z"/>' + "<!-- long -->" * 30 + "</svg>"
# What caches and clients go by. `Vary` is apart: a file has one language.
SAID = ["content-type", "cache-control", "content-language", "content-security-policy", "access-control-allow-origin",
        "referrer-policy", "x-content-type-options", "link", "last-modified", "content-encoding", "content-disposition"]


@pytest.fixture
def folder(tmp_path):
    """A small site with everything that makes addresses hard."""
    site = tmp_path / "site"
    (site / "articles").mkdir(parents=True)
    (site / "calcast.toml").write_text(SETTINGS)
    (site / "events.csv").write_text(EVENTS)
    (site / "articles/on-walking.md").write_text(ARTICLE)
    (site / "articles/walk.svg").write_text(PICTURE)
    return site


def export(folder, to, *flags, environment=None, status=0):
    done = subprocess.run([BINARY, "export", folder, "--to", to, *flags], capture_output=True, text=True,
                          env=None if environment is None else environment | CLOCK, timeout=120)
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout + done.stderr


# --- nginx ------------------------------------------------------------------------------------------------------


@pytest.fixture
def nginx(started, tmp_path):
    """Serves an export with its recipe, of which only the lines that are the reader's own are changed."""

    def serve(out):
        port, home = free_port(), tmp_path / "nginx"
        recipe = (out / ".calcast/nginx.conf").read_text()
        assert len(re.findall("# yours$", recipe, re.M)) == 3
        recipe = re.sub(r"listen \S+;", f"listen 127.0.0.1:{port};", recipe)
        recipe = re.sub(r"root \S+;", f"root {out};", recipe)
        home.mkdir()
        return started(port, *nginx_command(home, recipe))

    return serve


def manifest(out):
    lines = (out / ".calcast/manifest").read_text().splitlines()[2:]
    return [line.split("\t")[5] for line in lines]


def address_of(path):
    """The address of a file of an export, worked out from what a folder is."""
    if match := re.fullmatch(r"(.*?)/?(\d{4}-\d{2})\.html", path):
        return f"/{urllib.parse.quote(match[1], safe='/;=,%')}?month={match[2]}"
    page = path.removesuffix("index.html").rstrip("/") if path.endswith("index.html") else path
    return "/" + urllib.parse.quote(page, safe="/;=,%")


def test_nginx_serves_every_document_as_calcast_does(folder, tmp_path, nginx, serving):
    out = tmp_path / "out"
    export(folder, out)
    ours, theirs = serving(folder).address, nginx(out)
    own = {"404.html", "_headers", "_redirects", ".calcast/nginx.conf"}
    addresses = [address_of(path) for path in manifest(out) if path not in own]
    assert len(addresses) > 150
    targets = addresses + [f"{address}?download=1" for address in addresses if address.endswith(".ics")]
    style = re.search(rb'href="(/style\.css\?v=\w+)"', ask(ours, "/")[2])[1].decode()
    targets += [style, "/style.css?v=0000000000", "/calendar.ics?utm_source=letter"]
    # What a renamed region's old feed was is told by a redirect; the file is there for hosts that have none.
    targets = [target for target in targets if not target.startswith(("/regions/usa/old"))]
    for target in targets:
        for accepted in ["identity", "gzip"]:
            (status, said, body), (their_status, their_said, their_body) = (
                ask(server, target, Accept_Encoding=accepted) for server in [ours, theirs])
            assert (status, their_status) == (200, 200), target
            assert body == their_body, target
            same = [name for name in SAID if name != "content-disposition"]
            assert {name: said.get(name) for name in same} == {name: their_said.get(name) for name in same}, target
            assert ("content-disposition" in said) == ("content-disposition" in their_said), target
            assert ("Accept-Encoding" in said.get("vary", "")) == ("Accept-Encoding" in their_said.get("vary", "")), target
            tags = said["etag"], their_said["etag"]
            for server, tag in zip([ours, theirs], tags):
                assert tag.startswith('"')
                fields = {"Accept_Encoding": accepted}
                assert ask(server, target, If_None_Match=tag, **fields)[0] == 304, target
                assert ask(server, target, If_None_Match='"another"', **fields)[0] == 200, target
                assert ask(server, target, If_None_Match=f'"another", W/{tag}', **fields)[0] == 304, target
                since = said["last-modified"]
                assert ask(server, target, If_Modified_Since=since, **fields)[0] == 304, target
                before = email.utils.format_datetime(email.utils.parsedate_to_datetime(since).replace(year=2001), usegmt=True)
                assert ask(server, target, If_Modified_Since=before, **fields)[0] == 200, target
                status, head, nothing = ask(server, target, method="HEAD", **fields)
                assert (status, nothing) == (200, b"") and int(head["content-length"]) == len(body), target
        packed = [ask(server, target, Accept_Encoding="gzip")[1] for server in [ours, theirs]]
        plain = [ask(server, target)[1]["etag"] for server in [ours, theirs]]
        for said, tag in zip(packed, plain):
            assert (said["etag"] != tag) == ("content-encoding" in said), target


def test_nginx_leads_on_as_calcast_does(folder, tmp_path, nginx, serving):
    out = tmp_path / "out"
    export(folder, out)
    ours, theirs = serving(folder).address, nginx(out)
    for target in ["/regions/usa/old.ics", "/regions/usa/old", "/subscribe/regions/usa/old", "/regions/usa/old/changes.rss",
                   "/regions/usa/", "/regions/usa/old?month=2027-03"]:
        answers = [ask(server, target) for server in [ours, theirs]]
        assert [status for status, _, _ in answers] == [301, 301], target
        assert len({said["location"].split("?")[0] for _, said, _ in answers}) == 1, target
    # A host without redirects has the feed at the old address as well.
    assert (out / "regions/usa/old.ics").read_bytes() == ask(ours, "/regions/usa/ohio.ics")[2]
    # What is asked of everything is never answered with everything.
    for target in ["/?q=walk", "/calendar.ics?region=usa", "/?online=only", "/nothing", "/regions/mars", "/.calcast/manifest"]:
        status, said, body = ask(theirs, target)
        assert status == 404, target
        assert b"Circle" in body and said["content-type"].startswith("text/html"), target
    assert ask(theirs, "/", method="POST")[0] == 405


# --- a bucket -----------------------------------------------------------------------------------------------------


class Bucket:
    """Amazon S3 as `moto` plays it, with a log of the requests, and a part in what it answers."""

    place = "s3://circle"

    def __init__(self):
        self.log, self.answers, self.lock = [], lambda number: None, threading.Lock()
        self.open = 0
        inner = moto.server.DomainDispatcherApplication(moto.server.create_backend_app)

        def application(environ, start):
            method, path = environ["REQUEST_METHOD"], urllib.parse.unquote(environ["PATH_INFO"])
            with self.lock:
                self.open += 1
                self.log.append((method, path.removeprefix("/circle/"), environ.get("QUERY_STRING", "")))
                answer = self.answers(len(self.log))
            self.translate(environ)
            try:
                if answer:
                    start(answer, [("Content-Type", "application/xml")])
                    return [b"<Error><Code>Refused</Code><Message>no</Message></Error>"]
                return list(inner(environ, start))
            finally:
                with self.lock:
                    self.open -= 1

        self.server = make_server("127.0.0.1", 0, application, threaded=True)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        self.environment = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "us-east-1",
                            "AWS_ENDPOINT": self.address, "AWS_ALLOW_HTTP": "true"}
        self.client = boto3.client("s3", endpoint_url=self.address, region_name="us-east-1",
                                   aws_access_key_id="key", aws_secret_access_key="secret")
        # What it plays is one world for the whole process: it begins anew.
        urllib.request.urlopen(urllib.request.Request(f"{self.address}/moto-api/reset", method="POST"), timeout=PATIENCE)
        self.client.create_bucket(Bucket="circle")

    def translate(self, environ):
        """What is asked, as Amazon would be asked for it."""

    def export(self, folder, *flags, status=0):
        self.log.clear()
        return export(folder, self.place, *flags, environment=self.environment, status=status)

    def objects(self):
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket="circle")
        return {entry["Key"]: entry["ETag"] for page in pages for entry in page.get("Contents", [])}

    def own(self):
        return {key for key in self.objects() if key.startswith(".calcast")}

    def visible(self):
        return {key: tag for key, tag in self.objects().items() if not key.startswith(".calcast")}

    def written(self):
        return {path for method, path, _ in self.log if method == "PUT" and not path.startswith(".calcast")}

    def empty(self):
        keys = [{"Key": key} for key in self.objects()]
        self.client.delete_objects(Bucket="circle", Delete={"Objects": keys})

    def rest(self):
        """Waits until everything that was asked is answered."""
        start = time.monotonic()
        while self.open:
            assert time.monotonic() - start < PATIENCE
            time.sleep(0.01)

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class GoogleBucket(Bucket):
    """The XML API of Google Cloud Storage: that of Amazon in its paths, lists and answers, with other credentials and
    other names of fields."""

    place = "gs://circle"

    def __init__(self, folder):
        super().__init__()
        account = folder / "account.json"
        account.write_text(json.dumps({"gcs_base_url": self.address, "disable_oauth": True, "client_email": "",
                                       "private_key": "", "private_key_id": ""}))
        self.environment = {"GOOGLE_SERVICE_ACCOUNT": str(account)}

    def translate(self, environ):
        for name in [name for name in environ if name.startswith("HTTP_X_GOOG_")]:
            environ[name.replace("_GOOG_", "_AMZ_")] = environ.pop(name)
        if not environ.get("HTTP_AUTHORIZATION", "").startswith("AWS4"):
            environ["HTTP_AUTHORIZATION"] = ("AWS4-HMAC-SHA256 Credential=key/20270101/us-east-1/s3/aws4_request, "
                                             "SignedHeaders=host, Signature=0")


@pytest.fixture
def bucket():
    bucket = Bucket()
    yield bucket
    bucket.close()


def test_a_bucket_has_every_document_and_what_is_said_of_it(folder, bucket, serving):
    bucket.export(folder)
    ours = serving(folder).address
    objects = bucket.visible()
    assert len(objects) > 400
    plain = [key for key in objects if not key.endswith((".gz", ".br")) and key != "404.html"]
    for key in plain:
        page = "" if key == "index.html" else key
        if key.endswith(".html"):
            address = address_of(key)
        elif key == "events/a/b":
            address = "/events/a%2Fb"
        elif key == "events/café.ics" or key == "events/café.ics.ics":
            address = "/events/caf%C3%A9%2Eics" + (".ics" if key.endswith(".ics.ics") else "")
        elif key.startswith("regions/usa/old"):
            address = "/" + key.replace("old", "ohio")
        elif key == "events/a/b.ics":
            address = "/events/a%2Fb.ics"
        else:
            address = "/" + urllib.parse.quote(page, safe="/;=,")
        for ending, encoding in [("", None), (".gz", "gzip"), (".br", "br")]:
            if ending and key + ending not in objects:
                continue
            got = bucket.client.get_object(Bucket="circle", Key=key + ending)
            status, said, body = ask(ours, address, Accept_Encoding=encoding or "identity")
            assert status == 200, (key, address)
            assert got["Body"].read() == body, key + ending
            assert got["ContentType"] == said["content-type"], key
            assert got["CacheControl"] == said["cache-control"], key
            assert got.get("ContentEncoding") == said.get("content-encoding"), key
            assert got.get("ContentLanguage") == said.get("content-language"), key
            assert f'"{got["Metadata"]["tag"]}"' == said["etag"], key
    # The manifest was the last to be written, and nothing of the work is left.
    assert bucket.own() == {".calcast/manifest"}
    writes = [path for method, path, _ in bucket.log if method == "PUT"]
    assert writes[-1] == ".calcast/manifest"


def test_exactly_what_changed_is_written(folder, bucket):
    bucket.export(folder)
    before = bucket.visible()
    assert "nothing changed" in bucket.export(folder)
    assert not bucket.written()
    (folder / "events.csv").write_text(EVENTS.replace("2027-03-11 18:00", "2027-03-11 17:00").replace("a b,A blank", "c,A blank"))
    told = bucket.export(folder, "--dry-run")
    assert "write events/webinar.ics\n" in told and "delete events/a b.ics\n" in told
    assert not bucket.written() and bucket.visible() == before
    bucket.export(folder)
    after = bucket.visible()
    changed = {key for key, tag in after.items() if before.get(key) != tag}
    assert bucket.written() == changed
    assert "events/walk.ics" not in changed and "events/webinar.ics" in changed and "topics/walks.ics" not in changed
    assert "events/a b.ics" in before and "events/a b.ics" not in after and "events/c.ics" in after
    deletes = [query for method, _, query in bucket.log if method == "DELETE" or (method == "POST" and "delete" in query)]
    assert deletes


def test_an_export_that_was_killed_is_completed_by_the_next(tmp_path, bucket):
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "calcast.toml").write_text(SETTINGS)
    (folder / "events.csv").write_text("id,title,start\nwalk,Walk,2027-03-04 10:00\n")
    flags = ["--combinations", "0"]
    bucket.export(folder, *flags)
    requests, whole = len(bucket.log), bucket.visible()
    dice = random.Random(7)
    for _ in range(20):
        bucket.empty()
        bucket.log.clear()
        moment = dice.randrange(3, requests)
        command = [BINARY, "export", folder, "--to", "s3://circle", *flags]
        process = subprocess.Popen(command, env=bucket.environment | CLOCK, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        bucket.answers = lambda number: process.kill() if number >= moment else None
        process.wait(PATIENCE)
        bucket.answers = lambda number: None
        bucket.rest()
        assert ".calcast/manifest" not in bucket.own() or moment > requests - 5
        bucket.export(folder, *flags)
        assert bucket.visible() == whole, f"killed at request {moment} of {requests}"
        assert bucket.own() == {".calcast/manifest"}


def test_a_bucket_that_refuses_keeps_what_it_had(folder, bucket):
    bucket.export(folder)
    before = bucket.visible()
    (folder / "events.csv").write_text(EVENTS.replace("Webinar", "Seminar"))
    # Busy for a while: asked again.
    bucket.answers = lambda number: "503 Slow Down" if number in (5, 6, 9) else None
    bucket.export(folder)
    busy = bucket.visible()
    assert busy != before and busy.keys() == before.keys()
    (folder / "events.csv").write_text(EVENTS)
    bucket.answers = lambda number: "403 Forbidden"
    told = bucket.export(folder, status=2)
    assert "AWS_ACCESS_KEY_ID" in told and "error" in told, told
    # Full, or closed, from some moment on: nothing is taken away, and each page leads to what is there.
    bucket.answers = lambda number: "507 Insufficient Storage" if number > 20 else None
    told = bucket.export(folder, status=2)
    assert "the site that is there is whole" in told, told
    bucket.answers = lambda number: None
    assert bucket.visible().keys() == before.keys()
    bucket.export(folder)
    environment = {**bucket.environment, "AWS_ENDPOINT": "http://127.0.0.1:1"}
    bucket.client.create_bucket(Bucket="other")
    told = export(folder, "s3://nowhere", environment=bucket.environment, status=2)
    assert "no such bucket" in told, told
    told = export(folder, "s3://", environment=environment, status=2)
    assert "names no bucket" in told, told


def test_a_bucket_of_google_gets_the_same(folder, bucket, tmp_path):
    def all_of(bucket):
        got = {key: bucket.client.get_object(Bucket="circle", Key=key) for key in bucket.visible()}
        fields = ["ETag", "ContentType", "CacheControl", "ContentEncoding", "ContentLanguage", "Metadata"]
        return {key: [answer.get(field) for field in fields] for key, answer in got.items()}

    bucket.export(folder)
    whole = all_of(bucket)
    bucket.empty()
    google = GoogleBucket(tmp_path)
    try:
        google.export(folder)
        assert all_of(google) == whole and google.own() == {".calcast/manifest"}
        assert "nothing changed" in google.export(folder)
        before = google.visible()
        (folder / "events.csv").write_text(EVENTS.replace("2027-03-11 18:00", "2027-03-11 17:00").replace("a b,A blank", "c,A blank"))
        google.export(folder)
        after = google.visible()
        assert google.written() == {key for key, tag in after.items() if before.get(key) != tag}
        assert "events/a b.ics" in before and "events/a b.ics" not in after
        told = export(folder, "gs://nowhere", environment=google.environment, status=2)
        assert "there is no such bucket (NoSuchBucket: " in told, told
        google.answers = lambda number: "403 Forbidden"
        told = google.export(folder, status=2)
        assert "look at GOOGLE_APPLICATION_CREDENTIALS" in told and "(Refused: no)" in told, told
    finally:
        google.close()


def test_without_credentials_it_is_told_which_are_taken(folder):
    told = export(folder, "az://circle", environment={}, status=2)
    assert "az:// takes AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY from the environment" in told, told
    environment = {"GOOGLE_APPLICATION_CREDENTIALS": str(folder / "none.json")}
    told = export(folder, "gs://circle", environment=environment, status=2)
    assert "gs:// takes GOOGLE_APPLICATION_CREDENTIALS" in told and told.count("none.json") == 1, told


# --- a disk that is full --------------------------------------------------------------------------------------------


def test_a_full_disk_is_told_and_the_old_site_stays(folder, tmp_path):
    out = tmp_path / "full"
    out.mkdir()
    (folder / "articles/large.svg").write_text(PICTURE + " " * 9_000_000)
    small, whole = tmp_path / "small", tmp_path / "whole"
    shutil.copytree(folder, small)
    (small / "articles/large.svg").unlink()
    (folder / "events.csv").write_text(EVENTS.replace("Webinar", "Seminar"))
    script = f"""
        mount -t tmpfs -o size=8m none {out} || exit 9
        {BINARY} export {small} --to {out} || exit 8
        cp -a {out} {whole}
        {BINARY} export {folder} --to {out} 2>{tmp_path}/told
        echo $? >{tmp_path}/status
        diff -r -x .calcast {whole} {out} >{tmp_path}/differences
        find {out} -name '.calcast-*' -o -path '*/scratch/*' >{tmp_path}/left
    """
    isolated = ["unshare", "--mount"] if pathlib.Path("/root").stat().st_uid == 0 and subprocess.run(["id", "-u"], capture_output=True).stdout == b"0\n" else ["unshare", "--map-root-user", "--mount"]
    subprocess.run([*isolated, "sh", "-c", script], check=True, timeout=120)
    assert (tmp_path / "status").read_text() == "2\n"
    told = (tmp_path / "told").read_text()
    assert "No space left" in told and "the site that is there is whole" in told, told
    differences = (tmp_path / "differences").read_text()
    assert "Only in " + str(whole) not in differences
    assert (tmp_path / "left").read_text() == ""
