"""The exit codes, which `--help` prints, and the translation of an error into one line and an exit code."""

import sys
import traceback

OK, INTERNAL, USAGE, FAILURES, GATE, RESUMABLE, INTERRUPTED = 0, 1, 2, 3, 4, 5, 130
TABLE = """\
exit codes:
  0    ok
  1    internal error
  2    usage or configuration: arguments, files, keys
  3    finished with more failed conversations than --max-failures allows
  4    a quality gate failed, or figures differ
  5    stopped; the same command continues the run
  130  interrupted; the same command continues the run"""


def report_error(error: Exception, *, verbose: bool) -> int:
    """Print the error on standard error, in one line, with a traceback if verbose; returns its exit code."""
    if verbose:
        traceback.print_exception(error)
    print(f"fellowship: {error}" if is_known_error(error) else internal_error_text(error), file=sys.stderr)
    return code_of(error)


def code_of(error: BaseException) -> int:
    """The exit code of an error."""
    from fellowship.protocols import errors

    if isinstance(error, errors.Interrupted):
        return INTERRUPTED
    if isinstance(error, errors.RunStopped):
        return RESUMABLE
    if isinstance(error, errors.FellowshipError):
        return USAGE
    return INTERNAL


def is_known_error(error: BaseException) -> bool:
    """Whether the text of the error is written for the user."""
    from fellowship.protocols.errors import FellowshipError

    return isinstance(error, FellowshipError)


def internal_error_text(error: Exception) -> str:
    """The line for an error that is a bug of fellowship."""
    return f"fellowship: internal error: {type(error).__name__}: {error}; -v shows the traceback"


def configure_command_log(*, verbose: bool) -> None:
    """Structured events to standard error: warnings, or everything with -v."""
    import logging

    from fellowship.telemetry import console_log

    console_log.configure_log(logging.INFO if verbose else logging.WARNING)
