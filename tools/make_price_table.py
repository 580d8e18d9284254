"""Makes fellowship/settings/genai_prices.json from the package genai-prices (MIT). For developers; needs that package:

    uv run --no-project --with genai-prices python tools/make_price_table.py

Kept are the providers that fellowship knows by name and that sell tokens at a price per model, the standard prices of
text in force on the day, and only names that are sure: names that the package spells out, with the endings in ENDINGS
where its own rules give the same model. A rule such as "starts with gpt-5-nano-" is not kept, because the next name
that begins so may be another model. Prices of 0, fees per request, and prices that depend on the hour are left out.
"""

import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from importlib.metadata import version
from pathlib import Path
from typing import Any

from genai_prices.data import providers

TABLE = Path(__file__).parent.parent / "fellowship" / "settings" / "genai_prices.json"
OURS = {  # by the name of the package; deployments of Azure have names of their own
    "openai": "openai",
    "anthropic": "anthropic",
    "google": "gemini",
    "together": "together",
    "groq": "groq",
    "mistral": "mistral",
    "openrouter": "openrouter",
    "fireworks": "fireworks",
    "cerebras": "cerebras",
}
ENDINGS = {"gemini": ("", "-latest", "-001", "-002"), "anthropic": ("", "-latest")}
NOT_TEXT = re.compile("audio|banana|embed|image|live|realtime|robotics|transcribe|tts|whisper")
FRAGMENT = re.compile(r".*([-@.:/]|-20\d\d|flash-0|gpt-4-0)")  # the beginning of names, such as claude-sonnet-4-2025
DATED = ("-2025-01-01", "-20250101")
PARTS = ("input_mtok", "output_mtok", "cache_read_mtok")
LITERALS = ("equals", "starts_with", "contains", "ends_with")


def main() -> None:
    """Write the table."""
    found = {OURS[each.id]: _provider(each) for each in providers if each.id in OURS}
    today = datetime.now(UTC).date().isoformat()
    head = {"source": f"genai-prices {version('genai-prices')}", "as_of": today}
    lines = [f"{_compact(name)}: {_compact(value)}" for name, value in head.items()]
    for name, table in sorted(found.items()):
        lines.append(f"{_compact(name)}: {_compact(table)}")
    TABLE.write_text("{\n" + ",\n".join(lines) + "\n}\n")
    print(f"{TABLE}: {sum(len(table['models']) for table in found.values())} names, {TABLE.stat().st_size:,} bytes")


def _provider(provider: Any) -> dict[str, Any]:
    models: dict[str, Any] = {}
    dated: list[str] = []
    for model in provider.models:
        row = _row(model)
        for name in sorted({name.lower() for name in _names(model)}) if row is not None else ():
            if NOT_TEXT.search(name) or (OURS[provider.id] == "gemini" and not name.startswith("gem")):
                continue
            for ending in ENDINGS.get(OURS[provider.id], ("",)):
                if not (ending and name.endswith("-latest")) and _is_model(provider, name + ending, model):
                    models.setdefault(name + ending, row)
            if not name.endswith("-latest") and all(_is_model(provider, name + ending, model) for ending in DATED):
                dated.append(name)
    return {"models": models, "dated": sorted(set(dated))}


def _is_model(provider: Any, name: str, model: Any) -> bool:
    """Whether this model and no other is meant: the first that matches, and one that spells the name out."""
    spelt = [each for each in provider.models if name in {found.lower() for found in _names(each, ("equals",))}]
    return (spelt[0] if spelt else provider.find_model(name)) is model


def _names(model: Any, kinds: tuple[str, ...] = LITERALS) -> Iterator[str]:
    """The texts in the rules of a model that are whole names, not beginnings of names."""
    rules = [model.match]
    if kinds == LITERALS and not FRAGMENT.fullmatch(model.id):
        yield model.id
    while rules:
        rule = rules.pop()
        rules += [*getattr(rule, "or_", ()), *getattr(rule, "and_", ())]
        for kind in kinds:
            text = getattr(rule, kind, None)
            if text and (kind == "equals" or not FRAGMENT.fullmatch(text)):
                yield text


def _row(model: Any) -> list[Any] | None:
    """Prices of a million input, output and cached tokens, and the same above each number of input tokens."""
    prices = _standard(model)
    if prices is None or prices.input_mtok is None or prices.output_mtok is None or prices.requests_kcount is not None:
        return None
    values = [getattr(prices, part) for part in PARTS]
    starts = sorted({tier.start for value in values for tier in getattr(value, "tiers", ())})
    row: list[Any] = [_at(value, 0) for value in values]
    if not row[0] and not row[1]:
        return None
    return [*row, [[start, *(_at(value, start + 1) for value in values)] for start in starts]] if starts else row


def _standard(model: Any) -> Any:
    if not isinstance(model.prices, list):
        return model.prices
    if any(hasattr(each.constraint, "start_time") for each in model.prices):
        return None
    return model.get_prices(datetime.combine(date.today(), datetime.min.time(), UTC))


def _at(price: Any, n_input: int) -> Decimal | None:
    if price is None or isinstance(price, Decimal):
        return price
    found: Decimal = next((tier.price for tier in reversed(price.tiers) if n_input > tier.start), price.base)
    return found


def _compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, default=_number)


def _number(value: Decimal) -> float:
    number = float(value)
    assert Decimal(repr(number)) == value, value
    return number


if __name__ == "__main__":
    main()
