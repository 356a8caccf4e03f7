#!/usr/bin/env python3
"""Tests reports in headless Chromium, with scripts on and off, at two widths.

Usage: browser.py PROGRAM SCREENSHOTS

Makes runs and experiments at a small scale, opens their reports, and checks that titles, curves
and figures are present, that no text is cut off or overlaps another, that tables fit in print and
on a telephone, that nothing is loaded from a network, and that the values shown at the pointer are
those of the series. Saves screenshots. Needs selenium, Chromium and its driver.
"""

import base64
import csv
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait
from selenium.webdriver.remote.webelement import WebElement

WIDTHS = [1280, 400]
# The width of A4 paper without margins, in pixels.
PAPER = 718
LONG = "Donaudampfschifffahrt" * 12
# How the names of figures of services begin that a scenario can lack.
SERVICES = ("supernode", "mega_supernodes", "leaves_per", "traffic", "seeking", "requests", "links_lost",
            "promotions", "business", "call", "video", "presence", "chat", "offline_messages", "messages",
            "gateway", "manager", "group_video", "crashes", "login_attacks")
CONFIGS = Path(__file__).resolve().parent.parent.parent / "configs"

# Finds texts of a picture that overlap or leave its frame. Hidden texts and titles do not count.
LAYOUT = """
const found = [];
for (const svg of document.querySelectorAll("figure svg")) {
  if (!svg.getClientRects().length) continue;
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
    if (over) found.push(`${name}: "${one}" overlaps "${other}"`);
  }
}
for (const card of document.querySelectorAll(".cards div")) {
  const part = [...card.querySelectorAll("*")].find(p => p.scrollWidth > p.clientWidth + 1 && p.clientWidth);
  if (part) found.push(`a card is too narrow for "${part.textContent}"`);
}
const page = document.documentElement;
if (page.scrollWidth > page.clientWidth + 1) found.push(`the page is ${page.scrollWidth} wide`);
return found;
"""

# Finds tables that are wider than the page, and rows that are wider than their table.
TABLES = """
const found = [], right = document.body.getBoundingClientRect().right;
for (const table of document.querySelectorAll("table")) {
  const end = [...table.querySelectorAll("th, td")].map(c => c.getBoundingClientRect().right);
  const most = Math.max(table.getBoundingClientRect().right, ...end);
  if (most > right + 1) found.push(`"${table.caption.textContent}" ends at ${most}, the page at ${right}`);
}
return found;
"""


def make(program: str, root: Path) -> dict[str, Path]:
    """Makes the runs and experiments; returns their directories by name."""

    def ask(name: str, *words: str) -> None:
        command = [program, words[0], *words[1:], "--out", str(root / name)]
        subprocess.run(command, check=True, capture_output=True)

    outage, share = str(CONFIGS / "outage-2007.toml"), "trigger.patch_day.share"
    short = ["--scale", "0.0005", "--until", "60h"]
    ask("run", "run", outage, "--scale", "0.005")
    title = f"The outage of August 2007, {LONG}"
    ask("long", "run", outage, "--scale", "0.001", "--until", "60h", "-s", f"run.title='{title}'")
    ask("storm", "run", str(CONFIGS / "retry-storm.toml"), "--scale", "0.002")
    ask("fleet", "run", str(CONFIGS / "thundering-herd.toml"), "--scale", "0.005")
    ask("sweep", "sweep", outage, *short, "--vary", f"{share}=0.2..1.0", "--vary",
        "overlay.supernode.seats=400,600,800", "--reps", "2")
    ask("line", "sweep", outage, *short, "--vary", f"{share}=0.2..1.0", "--reps", "3")
    ask("tip", "tip", outage, *short, "--param", share, "--range", "0..1", "--reps", "4",
        "--survives", "longest_hours_below_50_percent < 2")
    # The value of the scenario is at the left end, below the label of the axis.
    ask("edge", "tip", outage, *short, "--param", share, "--range", "0.8..1", "--reps", "2",
        "--survives", "longest_hours_below_50_percent < 2")
    ask("compare", "compare", outage, *short, "--vary", f"{share}=0.2,0.5", "--reps", "3")
    ask("map", "map", str(CONFIGS / "retry-storm.toml"), "--scale", "0.001", "--grid", "3", "--depth",
        "1", "--branches", "--dwell", "30m", "--x", "servers.login.queue=4s..40s", "--y",
        "servers.login.rate=70/s..220/s")
    incident = root / "incident.csv"
    incident.write_text("time,share,error,hold_out\n2026-03-02T05:00:00Z,0.9,0.02,\n"
                        "2026-03-02T06:00:00Z,0.8,0.02,\n2026-03-02T08:00:00Z,0.8,0.1,true\n"
                        "2026-03-02T11:00:00Z,0.8,0.02,\n")
    push = "trigger.configuration_push.0"
    ask("fit", "fit", str(CONFIGS / "configuration-push.toml"), "--scale", "0.001", "--runs", "40",
        "--observed", str(incident), "--vary", f"{push}.share=0.05..0.6", "--vary",
        f"{push}.repair_max=6h..72h,log", "--synthetic", "share=0.3,repair_max=24h")
    # Twelve keys, two figures, and an edge: bars, the plot of unevenness and the map of all figures.
    vary = ["overlay.supernode.seats=450..900", "overlay.core.supernodes=22_000..38_000",
            "overlay.promotion.flaw_memory=6h..3d,log", "overlay.promotion.asks=1..8",
            "overlay.supernode.endurance=1h..12h", "overlay.supernode.overload=falls-over,shuts-down",
            "client.probes=4..12", "overlay.promotion.loaded_at=0.6..0.95"]
    keys = [word for key in vary for word in ("--vary", key)]
    ask("sensitivity", "sensitivity", outage, *short, *keys, "--trajectories", "3", "--figure",
        "hours_below_50_percent", "--figure", "online.falls_below_50", "--figure", "user_hours_lost")
    storm = [str(CONFIGS / "retry-storm.toml"), "--scale", "0.001", "--until", "20h"]
    server = ["--vary", "servers.login.rate=130/s..400/s", "--vary", "servers.login.queue=5s..60s"]
    ask("sobol", "sensitivity", *storm, *server, "--method", "sobol", "--points", "16")
    ask("emulated", "sensitivity", *storm, *server, "--method", "sobol", "--emulator", "--points", "40")
    ask("bands", "sweep", *storm, "--vary", "servers.login.queue=5s,20s", "--reps", "5",
        "--keep-series", "online,login_wait_s,login_queue")
    ask("figures", "map", *storm, "--grid", "3", "--depth", "1", "--x", "servers.login.queue=5s..60s",
        "--y", "servers.login.rate=130/s..400/s", "--figure", "hours_below_50_percent", "--figure",
        "hours_to_90_percent")
    names = ["run", "long", "storm", "fleet", "sweep", "line", "tip", "edge", "compare", "map", "fit",
             "sensitivity", "sobol", "emulated", "bands", "figures"]
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
    """A figure as the report shows it, which is as in the file."""
    if value is None:
        return "never, or none"
    return value if isinstance(value, str) else json.dumps(value)


def check(one: webdriver.Chrome, name: str, directory: Path, scripts: bool, width: int) -> int:
    """Checks a page; returns the number of pictures and figures checked."""
    looked = 0
    titles = {"run": "The outage of August 2007", "fleet": "Thundering herd", "sweep": "Sweep over",
              "line": "Sweep over", "tip": "Where does it tip?", "compare": "Which variant is better?",
              "map": "Is there a trap?", "edge": "Where does it tip?", "storm": "Retry storm",
              "long": "The outage of August 2007, D", "fit": "What do the observations say?",
              "sensitivity": "What matters?", "sobol": "What matters?", "emulated": "What matters?",
              "bands": "Sweep over", "figures": "Is there a trap?"}
    assert one.title.startswith(titles[name]), one.title
    assert one.find_element(By.TAG_NAME, "h1").text == one.title
    paper = "wide" if width > 640 else "narrow"
    pictures = one.find_elements(By.CSS_SELECTOR, f"figure svg.{paper}")
    assert pictures, f"{name}: no picture"
    others = one.find_elements(By.CSS_SELECTOR, f"figure svg:not(.{paper})")
    assert len(others) == len(pictures) and not any(other.is_displayed() for other in others)
    for picture in pictures:
        drawn = one.execute_script(
            "return arguments[0].querySelectorAll('path,rect,circle').length", picture)
        box = picture.rect
        assert drawn > 1 and box["width"] > 300 and box["height"] > 60, f"{name}: an empty picture"
        assert picture.get_attribute("role") == "img"
        least = one.execute_script(
            "return Math.min(...[...arguments[0].querySelectorAll('text')]"
            ".map(t => t.getBoundingClientRect().height))", picture)
        assert least > 9, f"{name}: text {least} high"
        looked += 1
    faults = one.execute_script(LAYOUT)
    assert not faults, f"{name}: " + "; ".join(faults)
    if width < 640:
        faults = one.execute_script(TABLES)
        assert not faults, f"{name} on a telephone: " + "; ".join(faults)
    if name in ("run", "long", "storm", "fleet"):
        summary = json.loads((directory / "summary.json").read_text())
        rows = one.execute_script(
            "return Object.fromEntries([...document.querySelectorAll('#figures tbody tr')]"
            ".map(r => [r.children[0].textContent, r.children[1].textContent]))")
        for figure, value in summary.items():
            # Figures of services that the scenario does not have are left out.
            if figure not in rows and figure.startswith(SERVICES):
                continue
            if not isinstance(value, dict):
                assert rows[figure] == shown(value), f"{figure}: {rows[figure]}, {value}"
                looked += 1
        curve = one.execute_script(
            "const b = document.querySelector(`#online svg.${arguments[0]} path.model`).getBBox();"
            "return [b.width, b.height]", paper)
        least = 800 if paper == "wide" else 300
        assert curve[0] > least and curve[1] > 40, f"{name}: the curve is {curve}"
    hint = "Point at a chart" in one.find_element(By.TAG_NAME, "header").text
    timed = one.find_elements(By.CSS_SELECTOR, "svg[data-start]")
    assert hint == (scripts and bool(timed)), f"{name}: scripts {scripts}, hint {hint}"
    return looked


def in_print(one: webdriver.Chrome, name: str) -> None:
    """Checks a page in print: wide pictures, and tables with all their columns."""
    size = {"width": PAPER, "height": 1000, "deviceScaleFactor": 1, "mobile": False}
    one.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    one.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    faults = one.execute_script(TABLES)
    assert not faults, f"{name} in print: " + "; ".join(faults)
    pictures = one.find_elements(By.CSS_SELECTOR, "figure svg.wide")
    assert pictures and all(picture.is_displayed() for picture in pictures)
    one.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


def read(one: webdriver.Chrome, section: str, across: float) -> list[str]:
    """Points at the first picture of a section, `across` pixels from its middle, and reads the values."""
    return pointed(one, one.find_element(By.CSS_SELECTOR, f"#{section} svg.wide"), across)


def pointed(one: webdriver.Chrome, svg: WebElement, across: float) -> list[str]:
    """The lines of text shown at the pointer."""
    one.execute_script("arguments[0].scrollIntoView({block: 'center'})", svg)
    # On a busy machine a first movement can reach the page before it has scrolled.
    for place in range(20):
        ActionChains(one).move_to_element_with_offset(svg, across, 20 + place % 2).perform()
        readings = svg.find_elements(By.XPATH, "../*[@class='reading']")
        if readings:
            return readings[0].text.splitlines()
    raise AssertionError("pointing at a picture shows no values")


def number(text: str) -> float:
    """Parses a shown number such as 8.42 k."""
    digits, _, unit = text.partition(" ")
    return float(digits) * {"": 1, "k": 1e3, "M": 1e6}[unit]


def as_in_the_series(one: webdriver.Chrome, directory: Path) -> None:
    """Checks that the shown values are those of the series at the shown time."""
    with (directory / "series.csv").open() as file:
        rows = {row["time"][8:16].replace("T", " "): row for row in csv.DictReader(file)}
    for across in range(-380, 390, 60):
        head, *lines = read(one, "online", across)
        _, day, _, clock, _ = head.split()
        for line in lines:
            name, value, when = re.fullmatch(r"(.*): ([\d.]+(?: [kM])?)(?: at (\d\d:\d\d))?", line).groups()
            days = [int(day)] if when is None else [int(day) - 1, int(day), int(day) + 1]
            column = {"norm": "norm", "online, model": "online"}[name]
            there = [rows[f"{one:02} {when or clock}"][column] for one in days
                     if f"{one:02} {when or clock}" in rows]
            close = [abs(number(value) - float(one)) <= 0.006 * float(one) for one in there]
            assert any(close), f"{head}, {line}: the series has {there}"


def point(one: webdriver.Chrome, directory: Path) -> None:
    """Points at a curve, reads its values, zooms in and out, with mouse and keyboard."""
    as_in_the_series(one, directory)
    regions = read(one, "regions", -60)
    assert len(regions) > 10 and regions[-1].startswith("all: "), regions
    assert "login: failing" in read(one, "services", 60)
    svg = one.find_element(By.CSS_SELECTOR, "#online svg.wide")
    reading = read(one, "online", -60)
    assert "UTC" in reading[0] and len(reading) == 3, reading
    first = svg.find_element(By.CSS_SELECTOR, ".time").text
    drag = ActionChains(one).move_to_element_with_offset(svg, -60, 20).click_and_hold()
    drag.move_by_offset(90, 0).release().perform()
    closer = svg.find_element(By.CSS_SELECTOR, ".time").text
    assert closer != first, "zooming in changed nothing"
    # The cursor is at the same position, which is now another time.
    said = one.find_element(By.CSS_SELECTOR, "#online .reading").text.splitlines()
    assert said == read(one, "online", 30), f"after zooming in: {said}"
    other = one.find_element(By.CSS_SELECTOR, "#core .time").text
    assert closer.split()[:3] == other.split()[:3], "charts over time do not share their view"
    faults = one.execute_script(LAYOUT)
    assert not faults, "zoomed in: " + "; ".join(faults)
    box = one.find_element(By.CSS_SELECTOR, "#online .picture")
    box.send_keys(Keys.ARROW_RIGHT)
    assert "UTC" in one.find_element(By.CSS_SELECTOR, "#online .reading").text
    box.send_keys(Keys.ESCAPE)
    assert svg.find_element(By.CSS_SELECTOR, ".time").text == first, "Escape did not zoom out"


def gap(one: webdriver.Chrome) -> None:
    """Checks that attempts per success have a gap while no attempt succeeds."""
    svg = one.find_element(By.ID, "retries-picture-title").find_element(By.XPATH, "..")
    reading = pointed(one, svg, 300)
    assert reading[-1].endswith(": none"), reading
    end = one.execute_script(
        "const b = arguments[0].querySelector('path.l0').getBBox(); return b.x + b.width", svg)
    assert end < 800, f"the curve continues to {end}"


def screenshot(one: webdriver.Chrome) -> bytes:
    """The whole page as a picture, after its layout, which takes a while on a busy machine."""
    def is_laid_out(_):
        size = one.execute_cdp_cmd("Page.getLayoutMetrics", {})["cssContentSize"]
        return size["width"] > 0 and size["height"] > 0
    WebDriverWait(one, 60).until(is_laid_out)
    whole = {"captureBeyondViewport": True, "format": "png"}
    return base64.b64decode(one.execute_cdp_cmd("Page.captureScreenshot", whole)["data"])


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
                        looked += check(one, name, directory, scripts, width)
                        if scripts and width == WIDTHS[0]:
                            if name == "run":
                                point(one, directory)
                            if name == "storm":
                                gap(one)
                            one.get((directory / "report.html").as_uri())
                        mode = "scripts" if scripts else "plain"
                        picture = screenshots / f"{name}-{width}-{mode}.png"
                        picture.write_bytes(screenshot(one))
                    in_print(one, name)
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
          f"{looked} pictures and figures checked; screenshots in {screenshots}")


if __name__ == "__main__":
    main()
