"""A page in a real browser: Debian's Chromium without a head, driven over its own pipe. It reaches no network."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

MISSING = "needs Debian's chromium (apt-get install chromium); ALICE_TEST_REQUIRE_CHROMIUM=1 makes this a failure"
FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"),
)
DESK, PHONE = (1280, 900), (390, 844)


def program() -> str | None:
    """Where Chromium is, or None."""
    return shutil.which("chromium")


def required() -> bool:
    """Whether its absence is a failure rather than a reason to skip."""
    return os.environ.get("ALICE_TEST_REQUIRE_CHROMIUM") == "1"


@dataclass
class Browser:
    """One tab. `complaints` are console messages and errors of pages, `fetched` the addresses they asked for."""

    tab: Any
    complaints: list[str] = field(default_factory=list)
    fetched: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.tab.set_default_timeout(60_000)
        self.tab.on("console", lambda message: self.complaints.append(f"{message.type}: {message.text}"))
        self.tab.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.tab.on("request", lambda request: self.fetched.append(request.url))

    def open(self, path: Path, size: tuple[int, int] = DESK, scheme: str = "light", media: str = "screen") -> None:
        """Load a file; what was complained of and fetched before is forgotten."""
        self.complaints.clear()
        self.fetched.clear()
        self.tab.emulate_media(color_scheme=scheme, media=media)
        self.tab.set_viewport_size({"width": size[0], "height": size[1]})
        self.tab.goto(path.as_uri())

    def ask(self, script: str) -> Any:
        """The value of a JavaScript expression."""
        return self.tab.evaluate(script)

    def unfold(self) -> None:
        """Open everything that can be opened."""
        self.ask("document.querySelectorAll('details').forEach(each => { each.open = true })")

    def violations(self) -> list[str]:
        """What axe finds that is serious or critical: rule, and the first place."""
        import axe_playwright_python

        self.ask((Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8"))
        found = self.ask("axe.run({resultTypes: ['violations']}).then(result => result.violations)")
        grave = [each for each in found if each["impact"] in ("serious", "critical")]
        return [f"{each['id']} ({each['help']}): {each['nodes'][0]['html'][:200]}" for each in grave]


@contextmanager
def started(folder: Path) -> Iterator[Browser]:
    """A browser with a profile of its own in an empty folder; nothing of it is left afterwards."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            folder, executable_path=program(), headless=True, args=[*FLAGS]
        )
        try:
            yield Browser(context.new_page())
        finally:
            context.close()
