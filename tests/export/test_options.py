"""Options of a data set that are refused."""

from pathlib import Path
from typing import Any

import pytest

from fellowship.export.dataset_folder import write_dataset
from fellowship.protocols.errors import ConfigurationError
from tests.export.builders import a_record


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"configs": ["dpo", "orpo"]},
            "unknown format 'orpo'; expected one of 'dpo', 'kto', or one of your own as module:name",
        ),
        (
            {"configs": []},
            "a data set has at least one format; expected one of 'dpo', 'kto', or one of your own as module:name",
        ),
        ({"test_share": 1.0}, "test_share is 1.0; expected a number from 0 up to, but not including, 1"),
        ({"test_share": float("nan")}, "test_share is nan; expected a number from 0 up to, but not including, 1"),
        (
            {"license": "unknown"},
            "license is 'unknown'; expected an identifier such as 'cc-by-4.0' or 'apache-2.0', or no license at all",
        ),
        (
            {"license": "mit\nconfigs: []"},
            "license is 'mit\\nconfigs: []'; expected an identifier such as 'cc-by-4.0' or 'apache-2.0', "
            "or no license at all",
        ),
    ],
)
def test_option_that_cannot_be_meant_is_refused(tmp_path: Path, options: dict[str, Any], message: str) -> None:
    """Before anything is written."""
    with pytest.raises(ConfigurationError) as error:
        write_dataset([a_record()], tmp_path / "set", **options)

    assert str(error.value) == message
    assert list(tmp_path.iterdir()) == []
