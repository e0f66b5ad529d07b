"""One line of what the doctor finds."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from rich.console import Console

Level = Literal["ok", "note", "fault"]
SIGNS = {"ok": "[green]✔[/]", "note": "[yellow]•[/]", "fault": "[bold red]✘[/]"}


@dataclass(frozen=True)
class Finding:
    """One line of the examination."""

    part: str
    level: Level
    detail: str
    remedy: str = ""

    @property
    def is_fault(self) -> bool:
        """Whether the factory cannot work like this."""
        return self.level == "fault"

    def as_row(self) -> dict[str, Any]:
        """Return it for JSON."""
        return asdict(self)

    def print_to(self, console: Console) -> None:
        """Print one line, and the remedy below it when there is one."""
        console.print(f"{SIGNS[self.level]} {self.part:<12} ", end="")
        console.print(self.detail, markup=False)
        if self.remedy:
            console.print(f"  {'':<13}→ {self.remedy}", markup=False)
