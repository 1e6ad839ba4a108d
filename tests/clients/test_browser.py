"""The pages in a real Chromium: with and without scripts, narrow and wide."""

import re
import shutil

import pytest
from playwright.sync_api import sync_playwright

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]
PAGES = ["/", "/regions/usa/illinois", "/events/chicago-group", "/events/webinar-dbs", "/articles",
         "/articles/cervical-dystonia", "/subscribe", "/subscribe/topic=webinars"]


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        yield browser
        browser.close()


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_are_quiet_and_fit(browser, sample, width, scheme):
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
    page = context.new_page()
    said, asked = [], []
    page.on("console", lambda message: said.append(message.text))
    page.on("request", lambda request: asked.append(request.url))
    for address in PAGES:
        answer = page.goto(sample.address + address)
        assert answer.status == 200, address
        overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert overflow <= 0, f"{address} scrolls sideways at {width}"
    assert said == []
    assert [url for url in asked if not url.startswith(sample.address)] == []
    context.close()


def test_choosing_a_region_and_a_topic_without_scripts(browser, serving, tmp_path):
    from conftest import sample_folder

    folder = sample_folder(tmp_path / "chosen")
    settings = (folder / "calcast.toml").read_text()
    (folder / "calcast.toml").write_text(re.sub(r"base_url = .*\n", "", settings))
    server = serving(folder)
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(server.address)
    page.get_by_role("link", name="Illinois", exact=True).click()
    page.get_by_role("link", name="Support groups", exact=True).click()
    shown = set(page.locator(".agenda .entry a").all_inner_texts())
    address = page.locator("input.address").input_value()
    context.close()

    assert address == f"{server.address}/f/region=usa/illinois;topic=support-groups.ics"
    calendar = server.get(address.removeprefix(server.address)).decode()
    titles = {title.strip() for title in re.findall(r"^SUMMARY:(.*)$", calendar, re.M)}
    assert shown == titles == {"Chicago support group", "Springfield support group"}
