#!/usr/bin/env python3
"""Reports in a real browser: headless Chromium, with scripts on and off, at two widths.

Usage: browser.py PROGRAM SCREENSHOTS

Makes a run of 2007 at a small scale, a sweep and a search for an edge, opens their reports
and checks that titles, curves and figures are there, that no text is cut off or lies over
another, that nothing is loaded, and that pointing at a curve reads it. Keeps screenshots for
whoever wants to look. Needs selenium, Chromium and its driver; all on this machine.
"""

import base64
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

WIDTHS = [1280, 400]
CONFIGS = Path(__file__).resolve().parent.parent.parent / "configs"

# Texts of one picture that lie over each other, or out of its frame; one that is hidden
# by a tooltip or belongs to a title is none.
LAYOUT = """
const found = [];
for (const svg of document.querySelectorAll("figure svg")) {
  const frame = svg.getBoundingClientRect();
  const texts = [...svg.querySelectorAll("text")]
    .filter(t => getComputedStyle(t).visibility !== "hidden").map(t => [t.textContent, t.getBoundingClientRect()]);
  const name = svg.querySelector("title").textContent;
  for (const [text, box] of texts) {
    if (box.left < frame.left - 1 || box.right > frame.right + 1 || box.top < frame.top - 1
        || box.bottom > frame.bottom + 1) found.push(`${name}: "${text}" is cut off`);
  }
  for (let i = 0; i < texts.length; i++) for (let j = 0; j < i; j++) {
    const [one, a] = texts[i], [other, b] = texts[j];
    // A line of text is a little lower than its box.
    const over = Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1
        && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 4;
    if (over) found.push(`${name}: "${one}" lies over "${other}"`);
  }
}
const page = document.documentElement;
if (page.scrollWidth > page.clientWidth + 1) found.push(`the page is ${page.scrollWidth} wide`);
return found;
"""


def make(program: str, root: Path) -> dict[str, Path]:
    """The runs and experiments to look at, by name."""

    def ask(name: str, *words: str) -> None:
        command = [program, words[0], *words[1:], "--out", str(root / name)]
        subprocess.run(command, check=True, capture_output=True)

    outage, share = str(CONFIGS / "outage-2007.toml"), "trigger.patch_day.share"
    short = ["--scale", "0.0005", "--until", "60h"]
    ask("run", "run", outage, "--scale", "0.005")
    ask("fleet", "run", str(CONFIGS / "thundering-herd.toml"), "--scale", "0.005")
    ask("sweep", "sweep", outage, *short, "--vary", f"{share}=0.2..1.0", "--vary",
        "overlay.supernode.seats=400,600,800", "--reps", "2")
    ask("line", "sweep", outage, *short, "--vary", f"{share}=0.2..1.0", "--reps", "3")
    ask("tip", "tip", outage, *short, "--param", share, "--range", "0..1", "--reps", "4",
        "--survives", "longest_hours_below_50_percent < 2")
    ask("compare", "compare", outage, *short, "--vary", f"{share}=0.2,0.5", "--reps", "3")
    ask("map", "map", str(CONFIGS / "retry-storm.toml"), "--scale", "0.001", "--grid", "3", "--depth",
        "1", "--branches", "--dwell", "30m", "--x", "servers.login.queue=4s..40s", "--y",
        "servers.login.rate=70/s..220/s")
    names = ["run", "fleet", "sweep", "line", "tip", "compare", "map"]
    return {name: root / name for name in names}


def browser() -> webdriver.Chrome:
    options = webdriver.ChromeOptions()
    for word in ["headless=new", "no-sandbox", "disable-gpu", "disable-quic", "no-first-run",
                 "disable-background-networking", "disable-component-update", "disable-sync",
                 "hide-scrollbars", "force-device-scale-factor=1"]:
        options.add_argument(f"--{word}")
    options.binary_location = "/usr/bin/chromium"
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    service = Service("/usr/bin/chromedriver")
    return webdriver.Chrome(options=options, service=service)


def shown(value: object) -> str:
    """A figure as the report shows it: as it stands in the file."""
    if value is None:
        return "never, or none"
    return value if isinstance(value, str) else json.dumps(value)


def check(one: webdriver.Chrome, name: str, directory: Path, scripts: bool) -> int:
    """Looks at a page; gives the number of things looked at."""
    looked = 0
    titles = {"run": "The outage of August 2007", "fleet": "Thundering herd", "sweep": "Sweep over",
              "line": "Sweep over", "tip": "Where does it tip?", "compare": "Which variant is better?",
              "map": "Is there a trap?"}
    assert one.title.startswith(titles[name]), one.title
    assert one.find_element(By.TAG_NAME, "h1").text == one.title
    pictures = one.find_elements(By.CSS_SELECTOR, "figure svg")
    assert pictures, f"{name}: no picture"
    for picture in pictures:
        drawn = one.execute_script(
            "return arguments[0].querySelectorAll('path,rect,circle').length", picture)
        box = picture.rect
        assert drawn > 1 and box["width"] > 300 and box["height"] > 60, f"{name}: an empty picture"
        assert picture.get_attribute("role") == "img"
        looked += 1
    faults = one.execute_script(LAYOUT)
    assert not faults, f"{name}: " + "; ".join(faults)
    if name in ("run", "fleet"):
        summary = json.loads((directory / "summary.json").read_text())
        rows = one.execute_script(
            "return Object.fromEntries([...document.querySelectorAll('#figures tbody tr')]"
            ".map(r => [r.children[0].textContent, r.children[1].textContent]))")
        for figure, value in summary.items():
            if not isinstance(value, dict):
                assert rows[figure] == shown(value), f"{figure}: {rows[figure]}, {value}"
                looked += 1
        curve = one.execute_script(
            "const b = document.querySelector('#online path.model').getBBox();"
            "return [b.width, b.height]")
        assert curve[0] > 800 and curve[1] > 50, f"{name}: the curve is {curve}"
    hint = "Point at a chart" in one.find_element(By.TAG_NAME, "header").text
    timed = one.find_elements(By.CSS_SELECTOR, "svg[data-start]")
    assert hint == (scripts and bool(timed)), f"{name}: scripts {scripts}, hint {hint}"
    return looked


def point(one: webdriver.Chrome) -> None:
    """Points at a curve, reads it, looks closer and goes back, with mouse and keyboard."""
    svg = one.find_element(By.CSS_SELECTOR, "#online svg")
    one.execute_script("arguments[0].scrollIntoView({block: 'center'})", svg)
    ActionChains(one).move_to_element_with_offset(svg, -60, 20).perform()
    reading = one.find_element(By.CSS_SELECTOR, "#online .reading").text
    assert "UTC" in reading and "online, model:" in reading and "norm:" in reading, reading
    first = svg.find_element(By.CSS_SELECTOR, ".time").text
    drag = ActionChains(one).move_to_element_with_offset(svg, -60, 20).click_and_hold()
    drag.move_by_offset(90, 0).release().perform()
    closer = svg.find_element(By.CSS_SELECTOR, ".time").text
    assert closer != first, "looking closer changed nothing"
    other = one.find_element(By.CSS_SELECTOR, "#core .time").text
    assert closer.split()[:3] == other.split()[:3], "charts of time do not share their view"
    faults = one.execute_script(LAYOUT)
    assert not faults, "closer: " + "; ".join(faults)
    box = one.find_element(By.CSS_SELECTOR, "#online .picture")
    box.send_keys(Keys.ARROW_RIGHT)
    assert "UTC" in one.find_element(By.CSS_SELECTOR, "#online .reading").text
    box.send_keys(Keys.ESCAPE)
    assert svg.find_element(By.CSS_SELECTOR, ".time").text == first, "Escape did not go back"


def main() -> None:
    program, screenshots = str(Path(sys.argv[1]).resolve()), Path(sys.argv[2])
    screenshots.mkdir(parents=True, exist_ok=True)
    looked = 0
    with tempfile.TemporaryDirectory() as root:
        pages = make(program, Path(root))
        one = browser()
        try:
            for scripts in (True, False):
                one.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": not scripts})
                for name, directory in pages.items():
                    for width in WIDTHS:
                        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
                        one.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
                        one.get((directory / "report.html").as_uri())
                        looked += check(one, name, directory, scripts)
                        if scripts and name == "run" and width == WIDTHS[0]:
                            point(one)
                            one.get((directory / "report.html").as_uri())
                        whole = one.execute_cdp_cmd(
                            "Page.captureScreenshot", {"captureBeyondViewport": True, "format": "png"})
                        mode = "scripts" if scripts else "plain"
                        picture = screenshots / f"{name}-{width}-{mode}.png"
                        picture.write_bytes(base64.b64decode(whole["data"]))
            said = [entry for entry in one.get_log("browser") if entry["level"] == "SEVERE"]
            assert not said, said
            asked = set()
            for entry in one.get_log("performance"):
                message = json.loads(entry["message"])["message"]
                if message["method"] == "Network.requestWillBeSent":
                    asked.add(message["params"]["request"]["url"])
            outside = [url for url in asked if not url.startswith(("file:", "data:"))]
            assert not outside, f"a report asks the network: {outside}"
        finally:
            one.quit()
    print(f"reports in a browser: {len(pages)} pages, scripts on and off, {len(WIDTHS)} widths, "
          f"{looked} pictures and figures looked at; screenshots in {screenshots}")


if __name__ == "__main__":
    main()
