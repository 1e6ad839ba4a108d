"""The pages in a real Chromium: with and without scripts, by keyboard alone, narrow and wide, light and dark."""

import datetime as dt
import functools
import http.server
import io
import re
import shutil
import threading
import zoneinfo

import pytest
import zxingcpp
from conftest import NEEDS, assert_focus_is_seen, now, sample_folder
from PIL import Image
from playwright.sync_api import sync_playwright

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]
# Each kind of page, full, filtered and empty.
PAGES = [
    "/", "/?month=2026-12", "/?month=1999-12", "/regions/usa/illinois", "/f/online=only;topic=webinars",
    "/f/near=41.9,-87.6;within=50km", "/f/q=nothing-of-that-kind", "/f/alarm=1d;region=usa/ohio",
    "/events/chicago-group", "/events/webinar-dbs", "/articles", "/topics/genetics/articles",
    "/articles/cervical-dystonia", "/subscribe", "/subscribe/topic=webinars;alarm=1h", "/print",
    "/print/regions/usa/illinois", "/embed", "/embed/topics/support-groups", "/events/no-such-event",
]
AXE = (NEEDS / "node_modules/axe-core/axe.min.js").read_text()
MOST_BYTES = 60_000
MOST_REQUESTS = 10


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser):
    """A page in a fresh profile, at the time of the tests."""
    contexts = []

    def open_page(**settings):
        contexts.append(browser.new_context(**settings))
        if settings.get("java_script_enabled", True):
            contexts[-1].clock.install(time=now())
        return contexts[-1].new_page()

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture
def here(serving, tmp_path):
    """The sample without a base address: its links lead to this very server."""
    return serving(without_base(tmp_path / "here"))


def without_base(path, more=""):
    folder = sample_folder(path)
    settings = (folder / "calcast.toml").read_text()
    (folder / "calcast.toml").write_text(re.sub(r"base_url = .*\n", "", settings) + more)
    return folder


def titles_of(calendar):
    lines = calendar.decode().replace("\r\n ", "").split("\r\n")
    return {line.removeprefix("SUMMARY:").replace("\\,", ",") for line in lines if line.startswith("SUMMARY:")}


def test_pages_are_quiet_and_fit(open_page, sample):
    page = open_page()
    said, asked = [], []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    for address in PAGES:
        answer = page.goto(sample.address + address)
        missing = address == "/events/no-such-event"
        assert answer.status == (404 if missing else 200), address
        for scheme in ["light", "dark"]:
            page.emulate_media(color_scheme=scheme)
            for width in [320, 390, 768, 1280]:
                page.set_viewport_size({"width": width, "height": 800})
                overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
                assert overflow <= 0, f"{address} scrolls sideways at {width}, {scheme}"
    # The browser itself says that the last of them is not there.
    assert [line for line in said if "404" not in line] == []
    assert [url for url in asked if not url.startswith(sample.address)] == []


# When the largest part of a page was painted, and how far it moved afterwards.
SEEN = """
    window.seen = { paint: 0, shift: 0 };
    new PerformanceObserver((list) => list.getEntries().forEach((entry) => { seen.paint = entry.startTime; }))
        .observe({ type: "largest-contentful-paint", buffered: true });
    new PerformanceObserver((list) => list.getEntries().forEach((entry) => { seen.shift += entry.value; }))
        .observe({ type: "layout-shift", buffered: true });
"""


def test_pages_are_small_and_stand_still(open_page, sample, record_property):
    lines = [f"{'page':<42} {'requests':>3} {'bytes':>4} {'LCP ms':>6} {'shift':>7}"]
    page = open_page(viewport={"width": 390, "height": 800})
    # Each page as if it were the first.
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    network.send("Network.setCacheDisabled", {"cacheDisabled": True})
    answers = []
    page.on("requestfinished", lambda request: answers.append(request))
    page.add_init_script(SEEN)
    for address in PAGES:
        answers.clear()
        page.goto(sample.address + address)
        # Whoever reads to the end loads the pictures there too.
        page.evaluate("scrollTo(0, document.body.scrollHeight)")
        page.wait_for_load_state("networkidle")
        sizes = [request.sizes() for request in answers]
        bytes_ = sum(size["responseBodySize"] + size["responseHeadersSize"] for size in sizes)
        paint, shift = page.evaluate("[seen.paint, seen.shift]")
        lines.append(f"{address:<42} {len(answers):>3} {bytes_:>7} {paint:>8.0f} {shift:>7.3f}")
        assert all(size["responseBodySize"] > 0 for size in sizes), "the cache answered instead"
        assert bytes_ <= MOST_BYTES and len(answers) <= MOST_REQUESTS, lines[-1]
        assert shift < 0.1, lines[-1]
    record_property("figures", "\n".join(lines))


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (1280, "dark")])
def test_nobody_is_kept_out(open_page, sample, scheme, width):
    """WCAG 2.2 AA and best practices, as axe-core sees them: each page narrow in the light, and wide in the dark."""
    page = open_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    for address in PAGES:
        page.goto(sample.address + address)
        page.evaluate("document.querySelectorAll('details').forEach((details) => { details.open = true; })")
        page.evaluate(AXE)
        found = page.evaluate("(values) => axe.run(document, { runOnly: { type: 'tag', values } })", tags)
        faults = [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found["violations"]]
        assert faults == [], address


def test_everything_is_large_enough_to_hit(open_page, sample):
    """44 by 44 CSS pixels, but for links inside sentences (WCAG 2.2 §2.5.5 and its exceptions)."""
    page = open_page()
    for address in PAGES:
        page.goto(sample.address + address)
        page.evaluate("document.querySelectorAll('details').forEach((details) => { details.open = true; })")
        for width in [320, 1280]:
            page.set_viewport_size({"width": width, "height": 800})
            small = page.evaluate("""() => [...document.querySelectorAll("a, button, input, select, summary, textarea")]
                .filter((element) => element.checkVisibility() && !element.closest(".prose:not(.ways *)"))
                .map((element) => [element.outerHTML.slice(0, 120), element.getBoundingClientRect()])
                .filter(([html, box]) => !html.includes("skip") && !html.includes('type="hidden"'))
                .filter(([, box]) => box.height < 43.9 || box.width < (box.height < 60 ? 24 : 43.9))
                .map(([html, box]) => `${html} ${box.width}x${box.height}`)""")
            assert small == [], f"{address} at {width}"


def test_what_has_the_focus_is_seen(open_page, sample):
    page = open_page(viewport={"width": 1280, "height": 800})
    for address in ["/", "/events/chicago-group", "/subscribe"]:
        page.goto(sample.address + address)
        seen = 0
        for _ in range(60):
            page.keyboard.press("Tab")
            assert_focus_is_seen(page)
            seen += 1
        assert seen == 60


def chosen(page, server):
    """The address on the card; what is shown is what it leads to."""
    shown = set(page.locator(".agenda .entry:not(.past *) a").all_inner_texts())
    address = page.get_by_label("Address of this calendar").input_value()
    assert address == f"{server.address}/f/region=usa/illinois;topic=support-groups.ics"
    assert shown == titles_of(server.get(address.removeprefix(server.address)))
    assert shown == {"Chicago support group", "Springfield support group"}
    return address


@pytest.mark.parametrize("scripts", [True, False])
def test_choosing_a_region_and_a_topic(open_page, here, scripts):
    page = open_page(java_script_enabled=scripts)
    page.goto(here.address)
    page.get_by_role("link", name="Illinois", exact=True).click()
    page.get_by_role("link", name="Support groups", exact=True).click()
    chosen(page, here)
    # And out again.
    page.get_by_role("list", name="Shown only").get_by_role("link", name=re.compile("Illinois")).click()
    assert page.url == f"{here.address}/topics/support-groups"


@pytest.mark.parametrize("scripts", [True, False])
def test_choosing_by_keyboard_alone(open_page, here, scripts):
    page = open_page(java_script_enabled=scripts)

    def walk_to(name):
        for _ in range(250):
            page.keyboard.press("Tab")
            focused = page.locator(":focus")
            if focused.count() and focused.inner_text().strip() == name:
                return
        raise AssertionError(f"nobody gets to {name}")

    page.goto(here.address)
    for name, address in [("Illinois", "/regions/usa/illinois"), ("Support groups", "/f/region=usa/illinois;topic=support-groups")]:
        walk_to(name)
        page.keyboard.press("Enter")
        page.wait_for_url(here.address + address)
    chosen(page, here)
    walk_to("1 day before")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("alarm=1d"))
    calendar = here.get(page.get_by_label("Address of this calendar").input_value().removeprefix(here.address))
    assert calendar.count(b"TRIGGER:-P1D\r\n") == calendar.count(b"BEGIN:VEVENT") == 2


def test_searching_without_scripts(open_page, here):
    page = open_page(java_script_enabled=False)
    page.goto(here.address + "/regions/usa")
    page.get_by_label("Words").fill("Chicago")
    page.get_by_role("button", name="Show").click()
    assert "region=usa" in page.url and "q=Chicago" in page.url
    assert "Chicago support group" in page.locator(".agenda").inner_text()
    assert "Columbus evening group" not in page.locator(".agenda").inner_text()
    # What fits nothing says what to take away.
    page.get_by_label("Words").fill("Xylophone")
    page.get_by_role("button", name="Show").click()
    page.get_by_role("link", name=re.compile("^Without “Xylophone”|^Without “.xylophone.”", re.I)).click()
    assert page.url == f"{here.address}/regions/usa"


def test_copying_and_what_to_do_without(open_page, here):
    address = f"{here.address}/calendar.ics"
    page = open_page(permissions=["clipboard-read", "clipboard-write"])
    page.goto(here.address)
    page.get_by_role("button", name="Copy").click()
    page.get_by_text("Copied.").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == address
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('no')); }")
    page.get_by_role("button", name="Copy").click()
    page.get_by_text("The address is selected").wait_for()
    assert page.evaluate("getSelection().toString()") == address


def test_the_program_of_the_device_stands_first(open_page, here):
    for agent, first in [("iPhone", "apple"), ("Android", "google"), ("Windows NT", "outlook")]:
        page = open_page(user_agent=f"Mozilla/5.0 ({agent})")
        page.goto(here.address)
        programs = page.locator(".programs > li")
        assert programs.first.get_attribute("data-program") == first
        assert programs.count() == 5


def test_near_me(open_page, here):
    chicago = {"latitude": 41.8781, "longitude": -87.6298}
    page = open_page(geolocation=chicago, permissions=["geolocation"])
    page.goto(here.address + "/topics/support-groups")
    page.get_by_role("button", name="Near me").click()
    page.wait_for_url(re.compile("near=41.9"))
    assert set(page.locator(".agenda section .entry a").all_inner_texts()) == {"Chicago support group"}
    page = open_page()
    page.goto(here.address)
    page.evaluate("() => { navigator.geolocation.getCurrentPosition = (_, failed) => failed(); }")
    page.get_by_role("button", name="Near me").click()
    page.get_by_text("This device does not say where it is.").wait_for()


def test_the_month_is_walked_by_arrows(open_page, here):
    page = open_page()
    page.goto(here.address + "/?month=2026-12")
    days = page.get_by_role("table", name="December 2026")
    assert days.get_by_role("columnheader").first.get_attribute("abbr") == "Sunday"
    days.get_by_role("link").first.focus()
    seen = [page.locator(":focus").inner_text()]
    for key in ["ArrowRight", "ArrowRight", "ArrowLeft", "ArrowDown", "ArrowUp"]:
        page.keyboard.press(key)
        seen.append(page.locator(":focus").inner_text())
    days_seen = [int(re.match(r"\d+", text)[0]) for text in seen]
    assert days_seen[0] < days_seen[1] < days_seen[2] and days_seen[3] == days_seen[1]
    assert days_seen[4] > days_seen[3] and days_seen[5] == days_seen[3]
    page.keyboard.press("Enter")
    assert page.evaluate("document.querySelector(':target').id") == f"d2026-12-{days_seen[5]:02}"


@pytest.mark.parametrize(("tag", "events", "months"), [
    ("de-AT", "Termine", "Dezember 2026"), ("es-MX", "Eventos", "diciembre de 2026"),
    ("fr", "Événements", "décembre 2026"), ("it", "Events", "December 2026"),
])
def test_pages_speak_the_readers_language(open_page, here, tag, events, months):
    page = open_page(locale=tag)
    answer = page.goto(here.address + "/?month=2026-12")
    spoken = "en" if tag == "it" else tag[:2]
    assert page.locator("html").get_attribute("lang") == spoken == answer.headers["content-language"]
    assert "Accept-Language" in answer.headers["vary"]
    assert page.get_by_role("navigation").first.get_by_role("link").first.inner_text() == events
    assert months in page.locator("table.month caption").text_content()
    # Names stay those of the author, and voices are told.
    title = page.locator(".entry a").first
    assert title.get_attribute("lang") == (None if spoken == "en" else "en")
    # Feeds have one language for all.
    assert b"Termin" not in here.get("/events.rss")


def test_the_clock_of_the_reader(open_page, here):
    page = open_page(timezone_id="Europe/Berlin", locale="en-GB")
    page.goto(here.address + "/events/webinar-dbs")
    line = page.get_by_text("on your clock")
    line.wait_for()
    start = dt.datetime.fromisoformat(line.get_attribute("data-clock").split("/")[0].replace("Z", "+00:00"))
    berlin = start.astimezone(zoneinfo.ZoneInfo("Europe/Berlin"))
    assert berlin.strftime("%H:%M") in line.inner_text()


def hours_from_now(offsets, zone):
    """Rows of meetings of half an hour, each a number of hours from now, in a zone where it is the middle of the day."""
    for hours in offsets:
        start = now(zone) + dt.timedelta(hours=hours)
        yield f"at{hours},Meeting at {hours},{start:%Y-%m-%dT%H:%M},30 min"


@pytest.mark.parametrize("scripts", [True, False])
def test_what_is_over_today_is_not_next(open_page, serving, tmp_path, scripts):
    utc = now()
    west = utc.hour - 12
    zone = dt.timezone(dt.timedelta(hours=-west))
    folder = tmp_path / "today"
    folder.mkdir()
    rows = ["id,title,start,duration", *hours_from_now([-7, -6, -5, -4, -3, 2, 3, 30], zone)]
    (folder / "events.csv").write_text("\n".join(rows) + "\n")
    (folder / "calcast.toml").write_text(f'title = "Today"\ntimezone = "Etc/GMT{west:+}"\n')
    page = open_page(java_script_enabled=scripts)
    page.add_init_script(SEEN)
    page.goto(serving(folder).address)
    shown = lambda name: page.locator(f"section:has(> h2#{name}) a:visible").all_inner_texts()
    assert shown("next") == ["Meeting at 30"]
    if not scripts:
        # Of the day, with its hours, and not called the next.
        assert shown("now") == [f"Meeting at {hours}" for hours in [-7, -6, -5, -4]]
        return
    assert shown("now") == ["Meeting at 2", "Meeting at 3"]
    # What is over was not painted first.
    assert page.evaluate("seen.shift") < 0.1
    page.clock.fast_forward("02:45:00")
    assert shown("now") == ["Meeting at 3"]
    page.clock.fast_forward("01:00:00")
    assert shown("now") == [] and page.locator("#now").is_hidden()


def decoded(locator):
    picture = Image.open(io.BytesIO(locator.screenshot()))
    return [code.text for code in zxingcpp.read_barcodes(picture)]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_qr_codes_lead_where_they_say(open_page, here, scheme):
    page = open_page(viewport={"width": 1280, "height": 900}, color_scheme=scheme)
    for address, leads in [
        ("/f/region=usa/illinois;topic=support-groups", "/subscribe/region=usa/illinois;topic=support-groups"),
        ("/print/regions/usa/illinois", "/subscribe/regions/usa/illinois"),
        ("/subscribe", "/subscribe"),
    ]:
        page.goto(here.address + address)
        assert decoded(page.locator("svg.qr")) == [here.address + leads], address
        assert here.get(leads)


@pytest.mark.parametrize("sheet", ["A4", "Letter"])
def test_the_poster_is_one_sheet(open_page, sample, sheet):
    page = open_page()
    for address in ["/print", "/print/topics/support-groups", "/print/q=nothing"]:
        page.goto(sample.address + address)
        pdf = page.pdf(format=sheet, margin={side: "15mm" for side in ["top", "bottom", "left", "right"]})
        assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 1, f"{address} on {sheet}"


@pytest.fixture
def elsewhere(tmp_path):
    """Another website, of another origin."""
    root = tmp_path / "elsewhere"
    root.mkdir()

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=root))
    threading.Thread(target=server.serve_forever).start()
    yield root, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("late", [None, "/embed.js", "/calcast.js"])
def test_a_frame_on_another_website(open_page, serving, tmp_path, elsewhere, late):
    root, origin = elsewhere
    server = serving(without_base(tmp_path / "framed", f'embed_from = ["{origin}"]\n'))
    page = open_page()
    page.goto(server.address + "/subscribe/topics/webinars")
    snippet = page.locator("#snippet").input_value()
    (root / "index.html").write_text(f"<!doctype html><title>Ours</title><p>Before</p>{snippet}<p>After</p>")
    # Either script may come long after the other has said what it has to say.
    held = []
    if late:
        page.route(f"**{late}*", lambda route: held.append(route))
    page.goto(origin + "/index.html", wait_until="commit")
    if late:
        page.wait_for_timeout(2000)
        assert held
        for route in held:
            route.continue_()
    frame = page.frame_locator("iframe")
    frame.get_by_role("heading", level=1).wait_for()
    # It is as high as what is in it, so that nobody scrolls inside it.
    page.wait_for_function("document.querySelector('iframe').style.height !== '40rem'")
    inner = frame.locator("body").evaluate("body => body.offsetHeight")
    outer = page.locator("iframe").evaluate("frame => frame.offsetHeight")
    assert 0 <= outer - inner <= 2
    with page.expect_popup() as popup:
        frame.get_by_role("link", name="Subscribe").click()
    assert popup.value.url == server.address + "/subscribe/topics/webinars"
    # Whoever is not named shows nothing, and no other page is shown by anybody.
    stranger = serving(without_base(tmp_path / "stranger"))
    for address in [stranger.address + "/embed", server.address + "/"]:
        (root / "other.html").write_text(f"<!doctype html><title>Ours</title><iframe src='{address}'></iframe>")
        refused = []
        page.on("console", lambda message: refused.append(message.text))
        page.goto(origin + "/other.html", wait_until="networkidle")
        assert any("frame-ancestors" in text for text in refused), refused
        assert page.frame_locator("iframe").locator("main").count() == 0


def test_a_large_agenda_stays_small(open_page, serving, tmp_path, record_property):
    folder = tmp_path / "large"
    folder.mkdir()
    today = now().date()
    rows = ["id,title,start,region,topic"]
    for n in range(10_000):
        day = today + dt.timedelta(days=n * 300 // 10_000)
        rows.append(f"ev{n:05},Meeting number {n},{day}T{n % 12 + 8:02}:00,Country {n % 40}/City {n % 997},Topic {n % 83}")
    (folder / "events.csv").write_text("\n".join(rows) + "\n")
    (folder / "calcast.toml").write_text('title = "Large"\ntimezone = "America/Chicago"\n')
    server = serving(folder)
    page = open_page()
    month = (today.replace(day=1) + dt.timedelta(days=40)).strftime("%Y-%m")
    for address in ["/", f"/?month={month}", "/regions/country-1", "/topics/topic-5", "/f/region=country-3;topic=topic-3"]:
        sizes = []
        fresh = open_page()
        fresh.on("requestfinished", lambda request: sizes.append(request.sizes()["responseBodySize"]))
        fresh.goto(server.address + address, wait_until="networkidle")
        assert 0 < sum(sizes) <= MOST_BYTES, address
    for _ in range(2):
        timing = page.goto(server.address).request.timing
    first_byte = timing["responseStart"] - timing["requestStart"]
    record_property("figures", f"agenda of 10,000 events: first byte after {first_byte:.1f} ms")
    # Every month is one step away, and every event of it on its page or named as more.
    page.goto(server.address)
    assert page.get_by_role("heading", name="Later").count() == 1


def test_what_is_written_from_right_to_left(open_page, serving, tmp_path):
    folder = tmp_path / "right"
    folder.mkdir()
    (folder / "calcast.toml").write_text('title = "دائرة خلل التوتر"\nlanguage = "ar"\ntimezone = "Africa/Cairo"\n')
    day = now().date() + dt.timedelta(days=5)
    row = f"a,مجموعة دعم القاهرة,{day}T18:00,20:00,مصر/القاهرة,مجموعات,مكتبة المعادي\n"
    (folder / "events.csv").write_text("id,title,start,end,region,topic,location\n" + row)
    server = serving(folder)
    page = open_page(viewport={"width": 320, "height": 800})
    for address in ["/", "/events/a", "/subscribe", "/print", "/embed"]:
        page.goto(server.address + address)
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), address
        written = page.get_by_text("مجموعة دعم القاهرة").or_(page.get_by_text("دائرة خلل التوتر")).first
        assert written.evaluate("element => [element.lang, getComputedStyle(element).direction]") == ["ar", "rtl"], address
