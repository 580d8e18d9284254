"""The script that this process executes, by `fellowship run` or by Python."""

import sys
from pathlib import Path

FELLOWSHIP_MAIN = Path(__file__).parents[1] / "__main__.py"


def running_script() -> Path | None:
    """The script's file; None in an interactive session, and in a command that executes none."""
    main = getattr(sys.modules["__main__"], "__file__", None)
    return None if main is None or _is_fellowship(Path(main)) else Path(main).resolve()


def _is_fellowship(script: Path) -> bool:
    """Whether it is the command `fellowship`, or the module that `python -m fellowship` executes."""
    return script.name == "fellowship" or script.resolve() == FELLOWSHIP_MAIN.resolve()
