"""How events look on standard error.

Tracebacks are plain: structlog's rich ones show the local variables of every frame, and with them texts and keys.
"""

import logging
import sys

import structlog


def configure_log(level: int = logging.WARNING) -> None:
    """Events of this level and above to standard error, one line each."""
    *before, _ = structlog.get_config()["processors"]
    plain = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(
        processors=[*before, plain],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),  # as it is then: a dashboard lets lines through
        cache_logger_on_first_use=False,
    )
