"""study.html in a real browser without a window: console without errors, everything drawn, nothing over anything else.

The screenshots lie beside the program afterwards: study-light.png, study-dark.png, study-narrow.png.
"""
import html
import json
import os
import re
import shutil
import subprocess
import sys

from support import ROOT, SKIPPED, Test

sys.path.insert(0, os.path.join(ROOT, "tests", "support"))
from study_rows import MadeStudy  # noqa: E402

BURNS = [f"burn-chunk-size-{value}" for value in ("64KiB", "1MiB")]
# Runs in the page once it is laid out, and leaves its findings where --dump-dom shows them.
PROBE = """<script>
addEventListener('load', () => {
  const found = {plots: {}, overlaps: [], outside: [], wide: document.documentElement.scrollWidth - innerWidth};
  for (const figure of document.querySelectorAll('figure')) {
    const svg = figure.querySelector('svg'), frame = svg.getBoundingClientRect();
    const drawn = [...svg.querySelectorAll('polyline, rect:not(.paper), circle')]
      .filter(shape => { const box = shape.getBoundingClientRect(); return box.width + box.height > 1; });
    found.plots[figure.id] = {width: frame.width, height: frame.height, shapes: drawn.length,
                              colours: [...new Set(drawn.map(shape => getComputedStyle(shape).fill))].length,
                              read: svg.getAttribute('aria-label').length};
    const words = [...svg.querySelectorAll('text')].map(text => [text.textContent, text.getBoundingClientRect()]);
    for (const [i, [text, box]] of words.entries()) {
      if (box.left < frame.left || box.right > frame.right + 1 || box.bottom > frame.bottom + 1) found.outside.push(text);
      for (const [other, its] of words.slice(i + 1))
        if (box.left < its.right && its.left < box.right && box.top + 2 < its.bottom && its.top + 2 < box.bottom)
          found.overlaps.push(figure.id + ': ' + text + ' / ' + other);
    }
  }
  const light = colour => { const [r, g, b] = colour.match(/[\\d.]+/g).map(part => {
    const c = part / 255; return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const paper = light(getComputedStyle(document.body).backgroundColor);
  const contrast = ink => (Math.max(paper, ink) + 0.05) / (Math.min(paper, ink) + 0.05);
  found.dark = paper < 0.2;
  const whole = [...document.styleSheets].flatMap(sheet => [...sheet.cssRules])
    .filter(rule => rule.media && rule.media.mediaText === 'print').flatMap(rule => [...rule.cssRules])
    .filter(rule => rule.style && rule.style.breakInside === 'avoid').map(rule => rule.selectorText);
  found.cut = [...document.querySelectorAll('figure, table')].filter(one => !whole.some(rule => one.matches(rule)))
    .map(one => one.id || one.tagName);
  found.hints = [...document.querySelectorAll('.hint')].filter(hint => hint.offsetParent !== null).length;
  found.contrast = Math.min(...['body', 'figcaption', 'th', '.measured-on'].map(
    name => contrast(light(getComputedStyle(document.querySelector(name)).color))));
  found.label_contrast = Math.min(...[...document.querySelectorAll('svg text')].map(
    text => contrast(light(getComputedStyle(text).fill))));
  document.body.setAttribute('data-found', JSON.stringify(found));
  if (parent !== window) parent.postMessage(JSON.stringify(found), '*');
});
</script>"""
# A window without a frame can't be narrower than this; a frame can.
NARROWEST = 500
FRAME = """<body style="margin: 0"><iframe src="probed.html" width="{width}" height="2900" style="border: 0"></iframe><script>
addEventListener('message', event => document.body.setAttribute('data-found', event.data));
</script>"""


class Browser:
    def __init__(self, test, program):
        self.test, self.program = test, program
        self.profile = test.path("profile")

    def run(self, page, *flags, width=1300):
        """What it printed, and what came on the page's console."""
        command = [self.program, "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
                   "--disable-dev-shm-usage", "--no-first-run", "--disable-background-networking",
                   f"--user-data-dir={self.profile}", "--enable-logging=stderr", f"--window-size={width},3000", *flags,
                   "file://" + page]
        try:
            done = subprocess.run(command, capture_output=True, timeout=120, stdin=subprocess.DEVNULL)
        except subprocess.TimeoutExpired:
            print(f"skipped: {self.program} doesn't come to an end here")
            sys.exit(SKIPPED)
        console = [line for line in done.stderr.decode(errors="replace").splitlines() if ":CONSOLE" in line]
        return done.stdout.decode(errors="replace"), console

    def probe(self, page, *flags, width=1300):
        """What the probe finds in the page, whose own policy would forbid it."""
        with open(page, encoding="utf-8") as file:
            text = file.read()
        text = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", text)
        probed = self.test.write("probed.html", text.replace("</body>", PROBE + "</body>"))
        if width < NARROWEST:
            probed = self.test.write("frame.html", FRAME.format(width=width))
        dom, console = self.run(probed, "--dump-dom", *flags, width=width)
        self.test.equal(console, [], "console of the probed page")
        found = re.search(r'data-found="([^"]*)"', dom)
        if not self.test.check(found is not None, f"the probe runs: {dom[:500]}"):
            self.test.finish()
        return json.loads(html.unescape(found.group(1)))


def find_browser(test):
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        print("skipped: no chromium on this machine")
        sys.exit(SKIPPED)
    browser = Browser(test, program)
    # A page with an error, to know that the console is heard.
    broken = test.write("broken.html", "<script>console.error('heard'); missing();</script><p>there</p>")
    dom, console = browser.run(broken, "--dump-dom")
    if "there" not in dom:
        print(f"skipped: {program} doesn't work here")
        sys.exit(SKIPPED)
    test.equal(len(console), 2, f"messages of a page with two errors: {console}")
    return browser


def make_page(test):
    strong = MadeStudy(sizes=(1, 2, 4, 6, 8, 12), cores=8, serial=True, ceiling=True, repeats=7)
    weak = MadeStudy(mode="weak", name="weak", sizes=(1, 2, 4, 8, 16, 32, 64, 120, 128), cores=1000, repeats=2)
    sweep = [MadeStudy(mode="burn", name=value, sizes=(1, 2), cores=8, repeats=2, setting=f"chunk-size={value}", seed=seed)
             for seed, value in enumerate(("64KiB", "1MiB"))]
    files = [made.write(test.path(made.mode + made.setting)) for made in (strong, weak, *sweep)]
    output = test.path("study")
    done = test.run("study", "--combine", *files, "--output", output)
    test.equal(done.returncode, 0, f"status: {done.stderr.decode()}")
    return output


def check_page(test, found, what, dark=False):
    names = {f"{mode}-{plot}" for mode in ("strong", "weak", *BURNS)
             for plot in ("time", "speedup", "efficiency", "phases", "phase-shares", "timeline")} | {"burn-sweep-chunk-size"}
    test.equal(set(found["plots"]), names, f"{what}: plots")
    for name, plot in found["plots"].items():
        small = name.startswith("burn")  # two sizes, and no law
        bars = name.endswith(("phases", "phase-shares", "timeline"))
        wanted = (20 if bars else 8) if not small else 4
        test.check(plot["width"] > 250 and plot["height"] > (60 if small else 150), f"{what}: {name} has a size: {plot}")
        test.check(plot["shapes"] >= wanted, f"{what}: {name} has {plot['shapes']} shapes, expected {wanted} or more")
        test.check(plot["colours"] >= (4 if wanted == 20 else 2), f"{what}: {name} has {plot['colours']} colours")
        test.check(plot["read"] > 40, f"{what}: {name} is described for screen readers")
    test.equal(found["overlaps"], [], f"{what}: texts over each other")
    test.equal(found["outside"], [], f"{what}: texts outside of their plot")
    test.check(found["wide"] <= 0, f"{what}: {found['wide']} pixels wider than the window")
    test.equal(found["hints"] > 0, what in ("phone", "narrow", "middle"), f"{what}: hints that there is more to the side")
    test.equal(found["dark"], dark, f"{what}: dark paper")
    test.check(found["contrast"] >= 4.5, f"{what}: contrast of texts {found['contrast']:.1f}")
    test.check(found["label_contrast"] >= 4.5, f"{what}: contrast of labels {found['label_contrast']:.1f}")


def printed(test, browser, page):
    """On paper: some pages, no figure in two pieces."""
    paper = test.path("study.pdf")
    _, console = browser.run(page, f"--print-to-pdf={paper}", "--no-pdf-header-footer")
    test.equal(console, [], "console of the printed page")
    with open(paper, "rb") as file:
        pages = len(re.findall(rb"/Type\s*/Page\b", file.read()))
    test.check(5 <= pages <= 40, f"{pages} pages on paper")
    test.equal(browser.probe(page)["cut"], [], "figures and tables that a page's end may cut")


def main():
    test = Test()
    browser = find_browser(test)
    output = make_page(test)
    page = f"{output}/study.html"
    beside = os.path.dirname(test.ordermill)
    dark = "--blink-settings=preferredColorScheme=0"
    for name, flags, width in (("light", [], 1400), ("dark", [dark], 1400), ("middle", [], 800), ("narrow", [], 500), ("phone", [], 400)):
        picture = f"{beside}/study-{name}.png"
        if os.path.exists(picture):
            os.remove(picture)
        _, console = browser.run(page, f"--screenshot={picture}", *flags, width=width)
        test.equal(console, [], f"{name}: console")
        test.check(os.path.exists(picture) and os.path.getsize(picture) > 50_000, f"{name}: screenshot {picture}")
        check_page(test, browser.probe(page, *flags, width=width), name, dark=name == "dark")
    printed(test, browser, page)
    for name in sorted(os.listdir(output)):
        if name in ("strong-speedup.svg", "strong-phases.svg", "weak-timeline.svg", "burn-sweep-chunk-size.svg"):
            _, console = browser.run(f"{output}/{name}", f"--screenshot={test.path('plot.png')}")
            test.equal(console, [], f"console of {name}")
            test.check(os.path.getsize(test.path("plot.png")) > 5_000, f"{name} is drawn as a file of its own")
    test.finish()


main()
