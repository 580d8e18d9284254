"""`fellowship.toml`: what it says, where it is found, and every way in which it is refused."""

import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from fellowship.protocols.completions import Usage
from fellowship.protocols.errors import InputError
from fellowship.protocols.quota import Limits
from fellowship.settings.limits import ConfiguredLimits
from fellowship.settings.settings import ProviderSettings, Settings, load_settings
from tests.cli.kit import ROOT

EXAMPLE = (ROOT / "docs/reference.md").read_text().partition("```toml\n")[2].partition("```")[0]


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder, and a home, without settings."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)


def settings(text: str) -> Settings:
    """What a file of that text sets."""
    Path("fellowship.toml").write_text(text)
    return load_settings()


def refusal(text: str | bytes) -> str:
    """What is said of a file of that text."""
    Path("fellowship.toml").write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(InputError) as caught:
        load_settings()
    return str(caught.value)


URL = "base_url = 'http://gpu7:8000/v1'"
VARIABLE = "the name of an environment variable, such as 'MYLAB_KEY'"
LIMITS = "rpm, rpd, tpm, itpm, otpm, max_concurrency, window, bursts"
REFUSED: dict[str, tuple[str | bytes, str]] = {
    "unknown table": ("limit = 3", ":1: unknown key 'limit'; did you mean 'limits'?"),
    "unknown key": ("[limits.openai]\nrmp = 3", ":2: limits.openai: unknown key 'rmp'; did you mean 'rpm'?"),
    "unknown key like none": (
        "[limits.openai]\nx = 3",
        f":2: limits.openai: unknown key 'x'; the keys here are {LIMITS}",
    ),
    "bool for a number": (
        "[limits.openai]\nrpm = true",
        ":2: limits.openai.rpm is true; expected a whole number of at least 1",
    ),
    "text for a number": (
        "[limits.openai]\n\nrpm = '500'",
        ":3: limits.openai.rpm is '500'; expected a whole number of at least 1",
    ),
    "fraction": (
        "[limits.'openai/gpt-4o']\nrpm = 2.5",
        ':2: limits."openai/gpt-4o".rpm is 2.5; expected a whole number of at least 1',
    ),
    "zero": ("concurrency = 0", ":1: concurrency is 0; expected a whole number of at least 1"),
    "negative": ("concurrency = -4", ":1: concurrency is -4; expected a whole number of at least 1"),
    "bool for concurrency": ("concurrency = true", ":1: concurrency is true; expected a whole number of at least 1"),
    "window of no time": (
        "[limits.openai]\nwindow = 0",
        ":2: limits.openai.window is 0; expected a number above 0 and at most 3600",
    ),
    "number for a bool": ("[limits.openai]\nbursts = 1", ":2: limits.openai.bursts is 1; expected true or false"),
    "value for a table": ("limits = 3", ":1: limits is 3; expected a table"),
    "value for an entry": ("[limits]\nopenai = 3", ":2: limits.openai is 3; expected a table"),
    "limits of a slip": (
        "[limits.opnai]\nrpm = 3",
        ":1: limits.opnai names the provider 'opnai'; did you mean 'openai'?",
    ),
    "limits twice": (
        "[aliases]\nfast = 'openai/x'\n[limits.fast]\nrpm = 1\n[limits.'openai/x']\nrpm = 2",
        ":3: limits.fast is there twice: 'fast' is an alias of 'openai/x'",
    ),
    "model without provider": (
        "model = 'gpt-4o'",
        ":1: model is 'gpt-4o'; expected a text of the form 'provider/model', or an alias",
    ),
    "model nearly an alias": (
        "model = 'fst'\n[aliases]\nfast = 'openai/x'",
        ":1: model is 'fst'; did you mean the alias 'fast'?",
    ),
    "key for a model": (
        "model = 'sk-canary-123456'",
        ":1: model is what looks like a key (not shown); expected a text of the form 'provider/model', or an alias",
    ),
    "price without date": (
        "[prices.'openai/x']\ninput = 1\noutput = 2",
        ':1: prices."openai/x".as_of is missing; expected the date it was looked up, such as 2026-11-01',
    ),
    "text for a date": (
        "[prices.'openai/x']\ninput = 1\noutput = 2\nas_of = '2026-11-01'",
        ":4: prices.\"openai/x\".as_of is '2026-11-01'; expected the date it was looked up, such as 2026-11-01",
    ),
    "price below nothing": (
        "[prices.'openai/x']\ninput = -1.5\noutput = 2\nas_of = 2026-11-01",
        ':2: prices."openai/x".input is -1.5; expected a number of at least 0',
    ),
    "price without end": (
        "[prices.'openai/x']\ninput = inf\noutput = 2\nas_of = 2026-11-01",
        ':2: prices."openai/x".input is Infinity; expected a number of at least 0',
    ),
    "price of true": (
        "[prices.'openai/x']\ninput = true\noutput = 2\nas_of = 2026-11-01",
        ':2: prices."openai/x".input is true; expected a number of at least 0',
    ),
    "price of a provider": (
        "[prices.openai]\ninput = 1\noutput = 2\nas_of = 2026-11-01",
        ":1: prices.openai is no model; expected a text of the form 'provider/model', or an alias",
    ),
    "form": (
        f"[providers.lab]\n{URL}\nform = 'grpc'",
        ":3: providers.lab.form is 'grpc'; expected one of anthropic, azure, gemini, openai, or module:name",
    ),
    "form without address": (
        "[providers.openai]\nform = 'azure'",
        ":2: providers.openai.form is for a server with a base_url of its own",
    ),
    "no address": (
        "[providers.lab]\ntimeout = 3",
        ":1: providers.lab has no base_url; expected an address such as 'http://localhost:8000/v1'",
    ),
    "address": (
        "[providers.lab]\nbase_url = 'gpu7:8000'",
        ":2: providers.lab.base_url is 'gpu7:8000'; expected an address such as 'http://localhost:8000/v1'",
    ),
    "address with a key": (
        "[providers.lab]\nbase_url = 'http://me:canary@gpu7/v1'",
        ":2: providers.lab.base_url has a key in it (not shown); "
        "set an environment variable to it, and name that in key_variable",
    ),
    "address with a key behind it": (
        "[providers.lab]\nbase_url = 'http://gpu7/v1?api-key=canary'",
        ":2: providers.lab.base_url has a key in it (not shown); "
        "set an environment variable to it, and name that in key_variable",
    ),
    "key for its variable": (
        f"[providers.lab]\n{URL}\nkey_variable = 'sk-canary'",
        f":3: providers.lab.key_variable is not a name in capitals (not shown, it may be a key); expected {VARIABLE}",
    ),
    "key in capitals for its variable": (
        f"[providers.lab]\n{URL}\nkey_variable = 'AKIACANARY7EXAMPLE99'",
        f":3: providers.lab.key_variable is not a name in capitals (not shown, it may be a key); expected {VARIABLE}",
    ),
    "key": (
        f"[providers.lab]\n{URL}\napi_key = 'canary'",
        ":3: providers.lab: a key does not belong in a file ('api_key'); set an environment variable to it, "
        "and name that: key_variable = 'MY_KEY'",
    ),
    "limit of tokens": (
        f"[providers.lab]\n{URL}\nmax_tokens = 500",
        ":3: providers.lab: unknown key 'max_tokens'; the keys here are form, base_url, key_variable, timeout, "
        "first_byte_timeout, connect_timeout",
    ),
    "time": (
        f"[providers.lab]\n{URL}\ntimeout = 0",
        ":3: providers.lab.timeout is 0; expected a number above 0",
    ),
    "provider of ours": (
        f"[providers.sim]\n{URL}",
        ":1: providers.sim cannot be a provider's name; choose another, of letters, digits, '-', '_' and '.'",
    ),
    "alias of an alias": (
        "[aliases]\na = 'b'\nb = 'openai/x'",
        ":2: aliases.a is 'b', an alias too; expected a model, as 'provider/model'",
    ),
    "alias of itself": (
        "[aliases]\na = 'a'",
        ":2: aliases.a is 'a', an alias too; expected a model, as 'provider/model'",
    ),
    "alias with a slash": (
        "[aliases]\n'a/b' = 'openai/x'",
        ":2: aliases.\"a/b\" is no name for an alias; expected one without space, '/', '=', '+', ',' and ':'",
    ),
    "alias like a provider": (
        "[aliases]\nopenai = 'openai/x'",
        ":2: aliases.openai has the name of a provider; give it another",
    ),
    "alias of a slip": (
        "[aliases]\na = 'opnai/x'",
        ":2: aliases.a names the provider 'opnai'; did you mean 'openai'?",
    ),
    "evaluator": (
        "[evaluators]\nhouse = 'referee:openai/x'",
        ":2: evaluators.house is 'referee:openai/x'; "
        "expected KIND:MODEL with debate, judge, jury or module:name as KIND",
    ),
    "name of an evaluator": (
        "[evaluators]\n'judge:x' = 'judge:openai/x'",
        ":2: evaluators.\"judge:x\" is no name for an evaluator; expected one without ':'",
    ),
    "several": (
        "[limits.openai]\nrpm = 0\ntpm = 0",
        ":2: limits.openai.rpm is 0; expected a whole number of at least 1 (and 1 more)",
    ),
    "long text": (
        f"concurrency = '{'x' * 100}'",
        f":1: concurrency is '{'x' * 56}...; expected a whole number of at least 1",
    ),
    "no TOML": ("model = 'a'\nrpm 5", ":2: not TOML at column 5: expected '=' after a key in a key/value pair"),
    "no end": ("model = ", ":1: not TOML at its end: invalid value"),
    "twice": ("[limits.a]\n[limits.a]", ":2: not TOML at column 10: cannot declare ('limits', 'a') twice"),
    "too long a number": (
        f"concurrency = {'9' * 5000}",
        ": not TOML that can be read: a number is too long, or lists are nested too deeply",
    ),
    "too deep": (
        f"model = {'[' * 5000}",
        ": not TOML that can be read: a number is too long, or lists are nested too deeply",
    ),
    "limits of another case": (
        f"[providers.Lab]\n{URL}\n[limits.lab]\nrpm = 3",
        ":3: limits.lab names the provider 'lab'; did you mean 'Lab'?",
    ),
    "line break in a name": (
        "[evaluators]\n\"a:\\nb\" = 'judge:openai/x'",
        ":2: evaluators.\"a:\\nb\" is no name for an evaluator; expected one without ':'",
    ),
    "date and time": (
        "[prices.'openai/x']\ninput = 1\noutput = 2\nas_of = 2026-11-01T00:00:00",
        ':4: prices."openai/x".as_of is 2026-11-01T00:00:00; expected the date it was looked up, such as 2026-11-01',
    ),
    "not UTF-8": (b"model = '\xff'", ": is not UTF-8: byte 9 cannot be read; save it as UTF-8"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_mistake_is_told_with_its_place(name: str) -> None:
    """File, line, key, what was given, what was expected; a key that is in the wrong place is not shown."""
    text, told = REFUSED[name]

    said = refusal(text)

    assert said == f"fellowship.toml{told}"
    assert "canary" not in said.lower()


def test_without_a_file_nothing_is_set() -> None:
    """All of it is optional."""
    assert load_settings() == Settings()


def test_the_example_of_the_reference_is_valid() -> None:
    """All tables of it, as they are meant."""
    found = settings(EXAMPLE)

    assert (found.model, found.concurrency) == ("openai/gpt-4o-mini", 512)
    assert found.providers.get("mylab") == ProviderSettings(
        base_url="http://gpu7:8000/v1",
        key_variable="MYLAB_KEY",
        form="openai",
        timeout=600,
        first_byte_timeout=120,
        connect_timeout=10,
    )
    assert ConfiguredLimits(found).of("openai/gpt-4o-mini") == ("", Limits(rpm=500, tpm=200_000))
    assert found.evaluators == {"house": "jury:fast+openai/gpt-4o,rule=majority"}
    assert set(Settings.model_fields) == {*found.model_fields_set}


def test_aliases_stand_for_models() -> None:
    """Other names stay as they are."""
    found = settings("[aliases]\nfast = 'together/meta-llama/Llama-3.1-8B'")

    assert found.resolved("fast") == "together/meta-llama/Llama-3.1-8B"
    assert found.resolved("openai/fast") == "openai/fast"


PRICES = "[prices.'openai/x']\ninput = 0.1\noutput = 0.7\n{}as_of = 2026-11-01\n"


@pytest.mark.parametrize(
    ("cached", "usage", "cost"),
    [
        ("", Usage(3, 1), "0.0000010"),
        ("", Usage(10, 0, cached_tokens=10), "0.0000010"),
        ("cached = 0.025\n", Usage(10, 0, cached_tokens=4), "7.00E-7"),
        ("cached = 0\n", Usage(10, 0, cached_tokens=99), "0"),
        ("", Usage(1_000_000_007, 3), "100.0000028"),
    ],
    ids=["exact", "cached as others", "cached", "more cached than there are", "many"],
)
def test_costs_are_exact(cached: str, usage: Usage, cost: str) -> None:
    """In decimal numbers, where 0.1 + 0.2 is 0.3."""
    price = settings(PRICES.format(cached)).price("openai/x")

    assert price is not None
    assert (price.cost(usage), price.as_of) == (Decimal(cost), date(2026, 11, 1))


def test_an_unknown_price_is_not_nothing() -> None:
    """It is None, also for other models of the same provider."""
    found = settings(PRICES.format("") + "[aliases]\ncheap = 'openai/x'")

    assert found.price("openai/y") is None
    assert found.price("cheap") is found.price("openai/x") is not None


def test_the_nearest_file_counts(tmp_path: Path) -> None:
    """From the working directory upwards; the home directory is the last."""
    (tmp_path / "above/here").mkdir(parents=True)
    (tmp_path / "fellowship.toml").write_text("concurrency = 1")

    at_home = load_settings(start=tmp_path / "above/here")
    (tmp_path / "above/fellowship.toml").write_text("concurrency = 2")
    above = load_settings(start=tmp_path / "above/here")
    (tmp_path / "above/here/fellowship.toml").write_text("concurrency = 3")
    here = load_settings(start=tmp_path / "above/here")

    assert [each.concurrency for each in (at_home, above, here)] == [1, 2, 3]


def test_nothing_above_the_home_directory_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is somebody else's."""
    (tmp_path / "me/work").mkdir(parents=True)
    (tmp_path / "fellowship.toml").write_text("concurrency = 1")
    monkeypatch.setenv("HOME", str(tmp_path / "me"))

    assert load_settings(start=tmp_path / "me/work") == load_settings(start=tmp_path / "me") == Settings()


def test_a_file_that_is_named_goes_before_those_that_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The one given, then FELLOWSHIP_CONFIG, then the nearest."""
    for number, name in enumerate(("given", "variable", "fellowship"), 1):
        (tmp_path / f"{name}.toml").write_text(f"\ufeffconcurrency = {number}\r\n", encoding="utf-8")

    found = load_settings()
    monkeypatch.setenv("FELLOWSHIP_CONFIG", "~/variable.toml")
    variable, given = load_settings(), load_settings(Path("given.toml"))

    assert [each.concurrency for each in (given, variable, found)] == [1, 2, 3]


def test_a_named_file_has_to_be_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """And to be a file."""
    monkeypatch.setenv("FELLOWSHIP_CONFIG", "none.toml")

    with pytest.raises(InputError, match=r"^none\.toml: no such file; expected settings in TOML$"):
        load_settings()
    with pytest.raises(InputError, match=r"^\.: cannot be read: Is a directory$"):
        load_settings(Path())


def test_settings_do_not_load_autogen() -> None:
    """They are read by commands that answer at once."""
    code = "import sys, fellowship.settings.settings; print([m for m in sys.modules if m.startswith('autogen')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)

    assert done.stdout == "[]\n"
