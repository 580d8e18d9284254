"""What is printed: one row per measurement, with its budget where the design sets one."""

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Row:
    """One measurement: several values in `unit`, of which the median counts; `budget` is the most it may be.

    `n` says what was measured how often; `beside` is what helps to read it.
    """

    what: str
    values: Sequence[float]
    unit: str
    n: str
    budget: float | None = None
    beside: str = ""

    @property
    def met(self) -> str:
        """Whether the median keeps within the budget; empty without one."""
        if self.budget is None:
            return ""
        return "met" if median(self.values) <= self.budget else "missed"

    def cells(self) -> tuple[str, ...]:
        """The row as texts."""
        low, middle, high = (_number(each) for each in (min(self.values), median(self.values), max(self.values)))
        budget = "" if self.budget is None else f"{_number(self.budget)} {self.unit}"
        spread = f"{low} to {high}" if len(self.values) > 1 else ""
        return (self.what, f"{middle} {self.unit}", spread, self.beside, self.n, budget, self.met)


def show(rows: Sequence[Row]) -> None:
    """Print the table and how to read it."""
    table = Table(title="fellowship: what it costs", title_justify="left")
    for name in ("what", "median", "from, to", "beside", "n", "budget", ""):
        table.add_column(name, justify="right" if name in ("median", "budget") else "left", overflow="fold")
    for row in rows:
        table.add_row(*row.cells())
    console = Console(width=150, highlight=False, markup=False)
    console.print(table)
    console.print(
        f"{os.cpu_count()} cores, Python {platform.python_version()}. Absolute times are this machine's, on this day, "
        "and mean little elsewhere: compare ratios. A missed budget is information, not an error. What is measured, "
        "and how: docs/performance.md",
        soft_wrap=False,
    )


def _number(value: float) -> str:
    return f"{value:.2f}" if value < 10 else f"{value:,.0f}"
