"""Takes the screenshots of the README: `make pictures`."""

import io
import pathlib
import shutil
import tempfile

from conftest import Server, now, sample_folder
from PIL import Image
from playwright.sync_api import sync_playwright

PICTURES = pathlib.Path(__file__).with_name("pictures")
SHOTS = [
    ("agenda", "/", {"viewport": {"width": 1200, "height": 860}}),
    ("phone", "/f/region=usa/illinois;topic=support-groups#subscribe",
     {"viewport": {"width": 390, "height": 860}, "color_scheme": "dark", "device_scale_factor": 2, "user_agent": "iPhone"}),
    ("poster", "/print/topics/support-groups", {"viewport": {"width": 860, "height": 1270}}),
]


def main():
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = Server(sample_folder(pathlib.Path(folder) / "sample"))
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"])
        for name, address, settings in SHOTS:
            context = browser.new_context(**settings, reduced_motion="reduce")
            context.clock.install(time=now())
            page = context.new_page()
            page.goto(server.address + address)
            page.wait_for_load_state("networkidle")
            picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
            picture.quantize(64, dither=Image.Dither.NONE).save(PICTURES / f"{name}.png", optimize=True)
        browser.close()
        server.close()


if __name__ == "__main__":
    main()
