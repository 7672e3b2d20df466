"""Pages that are watched while they are used, and what a reader does with them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, ConsoleMessage, Dialog, Locator, Page, Request

INSIDE = ("data:", "blob:", "about:")
MOST_TABS = 150


@dataclass
class Watch:
    """Everything that a page of a results folder must not do: fetch, complain, fail, ask."""

    folder: Path
    wrong: list[str] = field(default_factory=list)

    def follow(self, context: BrowserContext) -> None:
        """Watch all pages of a context."""
        context.on("console", self._said)
        context.on("weberror", lambda error: self.wrong.append(f"error: {error.error}"))
        context.on("request", self._asked)
        context.on("dialog", self._opened)

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.wrong.append(f"console: {message.text}")

    def _asked(self, request: Request) -> None:
        """A reader may follow a link to another page of the folder; a page asks for nothing."""
        home = f"{self.folder.resolve().as_uri()}/"
        followed = request.is_navigation_request() and request.url.startswith(home)
        if not followed and not request.url.startswith(INSIDE):
            self.wrong.append(f"request: {request.url}")

    def _opened(self, dialog: Dialog) -> None:
        self.wrong.append(f"dialog: {dialog.message}")
        dialog.dismiss()


def tab_to(page: Page, target: Locator) -> None:
    """Press Tab until the element has the focus, which the reader must be able to see."""
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if target.evaluate("element => element === document.activeElement"):
            break
    else:
        raise AssertionError(f"Tab does not reach {target}")
    outline = target.evaluate("element => getComputedStyle(element).outlineStyle")
    assert outline != "none", f"the focus on {target} cannot be seen"


def cells(table: Locator, column: int) -> list[str | float]:
    """A column of a table as it stands: the exact number of a cell that has one, else its text."""
    found: list[str | float] = table.evaluate(
        """(table, column) => Array.from(table.tBodies[0].rows, row => {
            const cell = row.cells[column], data = cell.querySelector("data");
            return data ? Number(data.value) : cell.textContent.trim();
        })""",
        column,
    )
    return found


def heading(table: Locator, text: str) -> tuple[Locator, int]:
    """The heading cell of a table that begins with a text, and the number of its column."""
    texts = [one.strip() for one in table.locator("thead th").all_inner_texts()]
    column = next(i for i, one in enumerate(texts) if one.lower().startswith(text.lower()))
    return table.locator("thead th").nth(column), column


def numbers(values: list[str | float]) -> list[float]:
    """The numbers among the cells of a column, in their order."""
    return [value for value in values if not isinstance(value, str)]
