"""Validity of the pages: HTML, style sheet and JSON-LD."""

import datetime as dt
import html.parser
import json
import subprocess
import urllib.error
import urllib.request

from conftest import NEEDS, rows_of
from pyld import jsonld

VNU = NEEDS / "node_modules/vnu-jar/build/dist/vnu.jar"
KINDS = [
    "/", "/?month=2026-12", "/regions/usa", "/f/q=nothing-at-all", "/f/near=41.9,-87.6;within=50km", "/articles",
    "/subscribe", "/subscribe/alarm=1h", "/print", "/embed", "/no/such/page",
]
SCHEMA = "http://schema.org/"


def page_of(server, address, language="en"):
    request = urllib.request.Request(server.address + address, headers={"Accept-Language": language})
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.read().decode()
    except urllib.error.HTTPError as error:
        assert error.code == 404
        return error.read().decode()


def addresses_of(server):
    """Each kind of page, and all that the site map names."""
    places = [line.split("<loc>")[1].split("</loc>")[0] for line in server.get("/sitemap.xml").decode().splitlines() if "<loc>" in line]
    named = ["/" + place.split("/", 3)[3] for place in places]
    events = [address for address in named if address.startswith("/events/")]
    others = [address for address in named if not address.startswith("/events/")]
    return KINDS + others[:30] + events[:60]


def test_the_html_is_valid(site, tmp_path):
    names = {}
    for number, address in enumerate(addresses_of(site)):
        file = tmp_path / f"{number}.html"
        file.write_text(page_of(site, address), encoding="utf-8")
        names[file.name] = address
    for number, (address, language) in enumerate((kind, language) for kind in KINDS for language in ["de", "es", "fr"]):
        file = tmp_path / f"other-{number}.html"
        file.write_text(page_of(site, address, language), encoding="utf-8")
        names[file.name] = f"{address} in {language}"
    assert len(names) > 90
    command = ["java", "-jar", VNU, "--format", "json", "--stdout", "--exit-zero-always", *tmp_path.glob("*.html")]
    said = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)["messages"]
    faults = [(names[m["url"].rsplit("/", 1)[1]], m["message"], m.get("extract")) for m in said if m["type"] == "error"]
    assert faults == []


def test_the_style_sheet_is_valid(sample, tmp_path):
    (tmp_path / "style.css").write_bytes(sample.get("/style.css"))
    command = ["java", "-jar", VNU, "--css", "--format", "json", "--stdout", "--exit-zero-always", tmp_path / "style.css"]
    said = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)["messages"]
    # Newer than the checker, which names each; a browser without them does as well.
    new = ["text-wrap", "text-size-adjust", "line-clamp", "-webkit-", "forced-color"]
    assert [m["message"] for m in said if m["type"] == "error" and not any(word in m["message"] for word in new)] == []


class Scripts(html.parser.HTMLParser):
    """The JSON-LD of a page."""

    def __init__(self):
        super().__init__()
        self.inside, self.found = False, []

    def handle_starttag(self, tag, attributes):
        self.inside = tag == "script" and dict(attributes).get("type") == "application/ld+json"

    def handle_endtag(self, tag):
        self.inside = False

    def handle_data(self, data):
        if self.inside:
            self.found.append(data)


def offline(address, _):
    """schema.org's own context in short: its terms, and which of them are addresses."""
    assert address.rstrip("/") == "https://schema.org"
    links = ["url", "image", "eventStatus", "eventAttendanceMode", "availability"]
    context = {"@vocab": SCHEMA, **{term: {"@id": SCHEMA + term, "@type": "@id"} for term in links}}
    return {"contentType": "application/ld+json", "contextUrl": None, "documentUrl": address, "document": {"@context": context}}


def values(node, term):
    return [value.get("@value", value.get("@id", value)) for value in node.get(SCHEMA + term, [])]


STATUSES = {"cancelled": "EventCancelled", "postponed": "EventPostponed"}


def test_events_are_what_schema_org_wants(site):
    rows = rows_of(site.folder)
    addresses = [address for address in addresses_of(site) if address.startswith("/events/")]
    assert len(addresses) > 50
    seen = set()
    for address in addresses:
        scripts = Scripts()
        scripts.feed(page_of(site, address))
        [text] = scripts.found
        [event] = jsonld.expand(json.loads(text), {"documentLoader": offline})
        assert event["@type"] == [SCHEMA + "Event"], address
        # What search engines require of an Event: a name, a start, a place with an address.
        [name], [start], [end] = values(event, "name"), values(event, "startDate"), values(event, "endDate")
        assert name and dt.datetime.fromisoformat(start) <= dt.datetime.fromisoformat(end), address
        assert "T" not in start or dt.datetime.fromisoformat(start).utcoffset() is not None
        places = values(event, "location")
        assert places, address
        kinds = {place["@type"][0].removeprefix(SCHEMA) for place in places}
        for place in places:
            kind = place["@type"][0].removeprefix(SCHEMA)
            assert values(place, "url" if kind == "VirtualLocation" else "address"), address
        [mode] = values(event, "eventAttendanceMode")
        wanted = {("Place",): "Offline", ("VirtualLocation",): "Online", ("Place", "VirtualLocation"): "Mixed"}
        assert mode == f"https://schema.org/{wanted[tuple(sorted(kinds))]}EventAttendanceMode", address
        [status] = values(event, "eventStatus")
        assert status in {f"https://schema.org/{name}" for name in ["EventScheduled", *STATUSES.values()]}
        [url] = values(event, "url")
        assert url.endswith(address)
        for row in rows:
            if row.get("id") and address == f"/events/{row['id']}":
                assert name == row["title"].strip()
                assert status.endswith(STATUSES.get(row["status"], "EventScheduled")), address
                seen.add(status)
        for offer in values(event, "offers"):
            assert values(offer, "availability"), address
        for organizer in values(event, "organizer"):
            assert values(organizer, "name"), address
    if any(row.get("status") == "cancelled" for row in rows):
        assert len(seen) >= 2, "the sample has events that do not take place"


def test_a_frame_and_a_page_name_who_may_show_them(serving, tmp_path):
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "events.csv").write_text("id,title,start\na,A,2026-12-01\n")
    origins = ["https://www.example.org", "https://*.example.com:8443"]
    (folder / "calcast.toml").write_text(f"embed_from = {json.dumps(origins)}\n")
    server = serving(folder)

    def policy(address):
        with urllib.request.urlopen(server.address + address) as answer:
            return answer.headers["Content-Security-Policy"]

    assert policy("/embed").endswith("frame-ancestors 'self' https://www.example.org https://*.example.com:8443")
    assert policy("/").endswith("frame-ancestors 'self'")
    assert "script-src 'self'" in policy("/")
