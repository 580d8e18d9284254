"""The table of prices: exact names, snapshots, tiers, and what stays unknown."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from fellowship.protocols.completions import Usage
from fellowship.settings.price_table import listed_price, price_table
from fellowship.settings.prices import Prices
from fellowship.settings.settings import Price, PriceTier, Settings, load_settings

OPENAI = "https://api.openai.com/v1"
ANTHROPIC = "https://api.anthropic.com/v1"


def listed(model: str, address: str | None = OPENAI) -> tuple[Decimal, Decimal] | None:
    """Input and output of the price."""
    price = listed_price(model, address)
    return None if price is None else (price.input, price.output)


@pytest.mark.parametrize(
    ("model", "address", "expected"),
    [
        ("openai/gpt-4o", OPENAI, ("2.5", "10")),
        ("openai/GPT-4o", f"{OPENAI}/", ("2.5", "10")),
        ("openai/gpt-4o-2024-08-06", OPENAI, ("2.5", "10")),
        ("openai/gpt-4o-2024-11-20", OPENAI, ("2.5", "10")),
        ("openai/gpt-4o-2024-05-13", OPENAI, ("5", "15")),
        ("openai/gpt-4o-mini", OPENAI, ("0.15", "0.6")),
        ("anthropic/claude-3-5-sonnet-20241022", ANTHROPIC, ("3", "15")),
        ("anthropic/claude-3-5-haiku-latest", ANTHROPIC, ("0.8", "4")),
        ("anthropic/claude-sonnet-4-20250514", ANTHROPIC, ("3", "15")),
    ],
)
def test_names_and_their_snapshots_have_a_price(model: str, address: str, expected: tuple[str, str]) -> None:
    """A snapshot with a price of its own has that."""
    assert listed(model, address) == tuple(map(Decimal, expected))


@pytest.mark.parametrize(
    ("model", "address"),
    [
        ("openai/gpt-4o-next", OPENAI),
        ("openai/gpt-4o-2031-01-01", OPENAI),
        ("openai/gpt-4", "https://proxy.example/v1"),
        ("openai/gpt-4o", None),
        ("openai/", OPENAI),
        ("openai/dated", OPENAI),
        ("anthropic/claude-3-5-sonnet-20241399", ANTHROPIC),
        ("anthropic/claude-3-5-sonnet-2024", ANTHROPIC),
        ("anthropic/gpt-4o", ANTHROPIC),
        ("azure/gpt-4o", "https://mine.openai.azure.com"),
        ("azure/gpt-4o", ""),
        ("deepinfra/gpt-4o", "https://api.deepinfra.com/v1/openai"),
        ("source/gpt-4o", OPENAI),
        ("mylab/gpt-4o", OPENAI),
    ],
)
def test_all_else_is_unknown(model: str, address: str | None) -> None:
    """A name that begins like another, another provider, or a server at another address."""
    assert listed(model, address) is None


def test_same_name_has_the_price_of_its_provider() -> None:
    """An open model costs differently at two providers."""
    model = "gpt-oss-120b"
    groq = price_table().price("groq", f"openai/{model}")
    cerebras = price_table().price("cerebras", model)

    assert groq is not None
    assert cerebras is not None
    assert groq != cerebras


def test_long_prompts_have_the_price_of_their_tier() -> None:
    """Gemini 1.5 Pro: above 128,000 prompt tokens all tokens cost twice as much."""
    price = price_table().price("gemini", "gemini-1.5-pro")

    assert price is not None
    assert price.cost(Usage(128_000, 1_000_000)) == Decimal("0.16") + 5
    assert price.cost(Usage(128_001, 1_000_000)) == Decimal("0.3200025") + 10


def test_highest_tier_below_the_prompt_counts_and_cached_tokens_have_their_price() -> None:
    """Whatever the order of the tiers."""
    tiers = [
        PriceTier(above=n, input=Decimal(n), output=Decimal(1), cached=c) for n, c in ((200, Decimal(2)), (100, None))
    ]
    price = Price(input=Decimal(1), output=Decimal(1), cached=Decimal(0), as_of=date(2026, 11, 1), tiers=tuple(tiers))

    costs = [price.cost(Usage(n, 0, 50)) * 10**6 for n in (100, 101, 201)]

    assert costs == [50, 10_100, 151 * 200 + 50 * 2]


def test_the_table_names_its_source_and_every_price_its_date() -> None:
    """All rows can be read, and none costs nothing."""
    table = price_table()

    assert table.source.startswith("genai-prices ")
    for provider, rows in table.providers.items():
        for name in rows["models"]:
            price = table.price(provider, name)
            assert price is not None
            assert price.as_of == table.as_of
            assert price.input + price.output > 0


def test_settings_go_before_the_table(tmp_path: Path) -> None:
    """Also a price of nothing; tiers can be written there, too."""
    path = tmp_path / "fellowship.toml"
    path.write_text(
        '[prices."openai/gpt-4o"]\ninput = 0\noutput = 0\nas_of = 2026-11-01\n'
        '[[prices."openai/gpt-4o".tiers]]\nabove = 1000\ninput = 2\noutput = 3\n'
    )
    own = Prices(load_settings(path), lambda model: OPENAI)
    plain = Prices(Settings(), lambda model: OPENAI)

    assert (own.of("openai/gpt-4o").basis, plain.of("openai/gpt-4o").basis) == ("priced", "listed")
    assert own.of("openai/gpt-4o").cost(Usage(1001, 0)) == Decimal("0.002002")
    assert plain.of("openai/unheard-of").cost(Usage(1, 1)) is None


def test_a_server_here_is_free_whatever_it_serves() -> None:
    """Its address decides, not its name."""
    assert Prices(Settings(), lambda model: "http://127.0.0.1:8000/v1").of("openai/gpt-4o").basis == "local"
