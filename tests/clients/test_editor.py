"""The editor's page in a real Chromium: accessible, narrow and wide, light and dark, without scripts, by keyboard."""

import csv
import json
import os
import pty
import subprocess

import pytest
from conftest import BINARY, PATIENCE, Server, assert_focus_is_seen, sample_folder
from test_browser import AXE, browser, open_page  # noqa: F401
from test_pages import VNU, page_of

ACCENTS = ["#0b6b6b", "gold", "black", "#7b2d8b"]


def faulty_folder(path, settings=""):
    """The sample with two rows that cannot be read, a new one, an odd link, a near-duplicate topic and a bad article."""
    folder = sample_folder(path)
    with (folder / "events.csv").open(encoding="utf-8-sig", newline="") as table:
        head, *rows = csv.reader(table)
    at = head.index
    rows[4][at("start")] = "2027-02-30T18:30"
    rows[5][at("timezone")] = "Chicago time"
    rows[9][at("url")] = "not-a-link-" + "x" * 200
    rows.append(["long-one", "Words" + "without" * 20 + "space", "soon"] + [""] * (len(head) - 3))
    rows.append(["reading", "An evening of reading", "2027-01-05T18:00"] + [""] * (len(head) - 3))
    rows[-1][at("topic")] = "Webinar"
    with (folder / "events.csv").open("w", encoding="utf-8", newline="") as table:
        csv.writer(table).writerows([head, *rows])
    (folder / "articles/broken.md").write_text("+++\ntitle =\n+++\n")
    (folder / "calcast.toml").write_text((folder / "calcast.toml").read_text() + settings)
    return folder


@pytest.fixture
def faulty(tmp_path):
    server = Server(faulty_folder(tmp_path / "site"))
    yield server
    server.close()


def path_of(server):
    return "/editor/" + (server.folder / ".calcast/editor").read_text().strip()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_nobody_is_kept_out(open_page, faulty, scheme, width):
    page = open_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
    said = []
    page.on("console", lambda message: said.append(message.text))
    for language in ["en", "de"]:
        page.set_extra_http_headers({"Accept-Language": language})
        assert page.goto(faulty.address + path_of(faulty)).status == 200
        page.evaluate(AXE)
        found = page.evaluate("() => axe.run(document)")
        assert [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found["violations"]] == []
    assert said == []


@pytest.mark.parametrize("color", ACCENTS)
def test_every_colour_can_be_read(open_page, tmp_path, color):
    folder = faulty_folder(tmp_path / "site")
    settings = (folder / "calcast.toml").read_text()
    lines = [line for line in settings.splitlines() if not line.startswith("color")]
    (folder / "calcast.toml").write_text(f'color = "{color}"\n' + "\n".join(lines))
    server = Server(folder)
    for scheme in ["light", "dark"]:
        page = open_page(color_scheme=scheme)
        page.goto(server.address + path_of(server))
        page.evaluate(AXE)
        found = page.evaluate("() => axe.run(document, { runOnly: ['color-contrast'] })")
        assert [node["html"] for rule in found["violations"] for node in rule["nodes"]] == [], scheme
    server.close()


def test_it_fits_and_can_be_hit_without_scripts(open_page, faulty):
    for scripts in [True, False]:
        page = open_page(java_script_enabled=scripts)
        page.goto(faulty.address + path_of(faulty))
        for width in [320, 390, 768, 1280]:
            page.set_viewport_size({"width": width, "height": 800})
            wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wide <= 0, f"scrolls sideways at {width}"
            small = page.evaluate("""() => [...document.querySelectorAll("a:not(.skip)")]
                .map((link) => [link.outerHTML.slice(0, 120), link.getBoundingClientRect()])
                .filter(([, box]) => box.height < 43.9 || box.width < 43.9)
                .map(([html, box]) => `${html} ${box.width}x${box.height}`)""")
            assert small == [], width
        page.get_by_role("link", name="rows held back").click()
        assert page.url.endswith("#held")
        page.get_by_role("link", name="Read it again now").click()
        assert page.url == faulty.address + path_of(faulty)
        assert page.get_by_role("heading", name="Row 6: New York City support group").count() == 1


def test_the_keyboard_reaches_everything(open_page, faulty):
    page = open_page(viewport={"width": 1280, "height": 800})
    page.goto(faulty.address + path_of(faulty))
    links = page.locator("a[href]").count()
    reached = set()
    for _ in range(links + 2):
        page.keyboard.press("Tab")
        assert_focus_is_seen(page)
        reached.add(page.evaluate("[...document.querySelectorAll('a[href]')].indexOf(document.activeElement)"))
    assert reached >= set(range(links))


def test_html_and_style_sheet_are_valid(faulty, tmp_path):
    folder = tmp_path / "pages"
    folder.mkdir()
    for language in ["en", "de", "fr", "es"]:
        (folder / f"{language}.html").write_text(page_of(faulty, path_of(faulty), language), encoding="utf-8")
    (folder / "style.css").write_bytes(faulty.get(path_of(faulty) + "/style.css"))
    for flags, files in [([], sorted(folder.glob("*.html"))), (["--css"], [folder / "style.css"])]:
        command = ["java", "-jar", VNU, *flags, "--format", "json", "--stdout", "--exit-zero-always", *files]
        said = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)["messages"]
        assert [(m["url"], m["message"], m.get("extract")) for m in said if m["type"] == "error"] == []


def test_only_a_terminal_is_told_the_address(tmp_path):
    folder = sample_folder(tmp_path / "site")
    ours, theirs = pty.openpty()
    process = subprocess.Popen([BINARY, "serve", folder, "--listen", "127.0.0.1:0"], stdout=theirs,
                               stderr=subprocess.PIPE, text=True)
    os.close(theirs)
    told = b""
    while b"Ctrl-C" not in told:
        told += os.read(ours, 4096)
    process.terminate()
    _, log = process.communicate(timeout=PATIENCE)
    secret = (folder / ".calcast/editor").read_text().strip()
    assert f"/editor/{secret}\r\n".encode() in told
    assert secret not in log
