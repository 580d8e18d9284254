"""The console log on standard error. Its tracebacks are plain: rich ones show local variables, so prompts and keys."""

import logging
import sys

import structlog


def configure_log(*, verbose: bool = False, level: int = logging.WARNING) -> None:
    """Print events of this level and above, or from INFO on if verbose, on standard error, one line each."""
    *before, _ = structlog.get_config()["processors"]
    plain = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(
        processors=[*before, plain],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO if verbose else level),
        # looked up for each logger: a dashboard replaces the stream
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )
