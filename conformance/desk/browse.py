"""One person's browser: pages are looked at, measured and photographed."""

import re

# Everything that a look at the page can find wrong, measured where the person sees it.
FAULTS = """() => {
  const faults = [];
  const say = (words) => faults.push(words);
  const root = document.documentElement;
  if (!root.lang) say("no lang");
  if (root.scrollWidth > innerWidth + 1) say(`scrolls sideways: ${root.scrollWidth} in ${innerWidth}`);
  if (document.querySelectorAll("h1").length !== 1) say("not one h1");
  for (const element of document.querySelectorAll("[style]:not([style='']), style, script:not([src])")) say(`inline: ${element.outerHTML.slice(0, 80)}`);
  const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
  if (new Set(ids).size !== ids.length) say("an id twice");
  for (const element of document.querySelectorAll("input:not([type=hidden])"))
    if (!element.labels.length) say(`no label: ${element.name}`);
  for (const element of document.querySelectorAll("[aria-describedby]"))
    for (const id of element.getAttribute("aria-describedby").split(" "))
      if (!document.getElementById(id)) say(`described by nothing: ${id}`);
  const colour = (text) => {
    const numbers = text.match(/[\\d.]+/g).map(Number);
    return { rgb: numbers.slice(0, 3), alpha: numbers.length > 3 ? numbers[3] : 1 };
  };
  const light = ({ rgb }) => {
    const [r, g, b] = rgb.map((part) => { const c = part / 255; return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const found = colour(getComputedStyle(at).backgroundColor);
      if (found.alpha === 1) return found;
    }
    return { rgb: [255, 255, 255] };
  };
  for (const element of document.querySelectorAll("body *")) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    const box = element.getBoundingClientRect();
    const style = getComputedStyle(element);
    if (!own || !box.width || element.closest("svg") || style.visibility === "hidden") continue;
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && parseInt(style.fontWeight, 10) >= 700);
    const [a, b] = [light(colour(style.color)), light(ground(element))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < (large ? 3 : 4.5)) say(`contrast ${ratio.toFixed(2)}: ${element.textContent.trim().slice(0, 30)}`);
    if (size < 12) say(`small text: ${element.textContent.trim().slice(0, 30)}`);
  }
  for (const element of document.querySelectorAll("button, a.button, .check label")) {
    const box = element.getBoundingClientRect();
    if (box.width && box.height < 44) say(`too small for a finger: ${element.textContent.trim().slice(0, 30)}`);
  }
  return faults;
}"""


class Person:
    """A browser of one person, on a phone unless told otherwise."""

    def __init__(self, browser, door, shots, name, *, scripts=True, lang="zh-CN", dark=False, wide=False):
        self.door, self.shots, self.name, self.scripts, self.count = door, shots, name, scripts, 0
        phone = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "is_mobile": True, "has_touch": True}
        size = {"viewport": {"width": 1280, "height": 860}} if wide else phone
        self.context = browser.new_context(
            java_script_enabled=scripts,
            locale=lang,
            color_scheme="dark" if dark else "light",
            permissions=["camera"],
            **size,
        )
        self.context.set_default_timeout(15_000)
        self.page = self.context.new_page()
        self.complaints, self.strangers = [], []
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.context.on("request", self._request)

    def _console(self, message):
        if message.type in ("error", "warning") and "favicon" not in message.location.get("url", ""):
            self.complaints.append(message.text)

    def _request(self, request):
        if not request.url.startswith((self.door, "http://127.0.0.1:", "blob:", "data:")):
            self.strangers.append(request.url)

    def open(self, address):
        return self.page.goto(address)

    def look(self, words):
        """The page has these words in its heading; it is measured and photographed."""
        heading = self.heading()
        assert re.search(words, heading), f"{self.name}: expected {words!r}, saw {heading!r}"
        faults = self.page.evaluate(FAULTS)
        usual = self.page.viewport_size
        self.page.set_viewport_size({"width": 320, "height": 640})
        faults += [fault for fault in self.page.evaluate(FAULTS) if fault not in faults]
        self.page.set_viewport_size(usual)
        self.count += 1
        self.page.screenshot(path=self.shots / f"{self.name}-{self.count}.png", full_page=True)
        assert not faults, f"{self.name}, {heading!r}: {faults}"
        url = self.page.url
        assert not re.search(r"\d{17}[\dX]|%E6%A0%B7", url), f"a person in an address: {url}"

    def heading(self):
        return self.page.locator("h1").inner_text()

    def press(self, words):
        """Presses a button or follows a link."""
        self.page.locator("button:visible, a.button:visible").filter(has_text=re.compile(words)).first.click()

    def tick(self, words):
        self.page.get_by_label(re.compile(words)).check()

    def wait_for_camera(self):
        """The page's policy forbids what the client waits with by itself: it would evaluate a string."""
        for _ in range(150):
            if self.page.locator("video").evaluate("video => video.videoWidth > 0"):
                return
            self.page.wait_for_timeout(100)
        raise AssertionError("the camera shows nothing")

    def close(self):
        self.context.close()
        # The answers that are refusals on purpose are told in the console too.
        complaints = [text for text in self.complaints if not re.search(r"status of 4\d\d", text)]
        assert not complaints, f"{self.name}: the browser complains: {complaints}"
        assert not self.strangers, f"{self.name}: something is loaded from elsewhere: {self.strangers}"
