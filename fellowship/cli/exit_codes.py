"""Exit codes, and how an error becomes one line and a code. They are public: `--help` prints them, tests hold them."""

import sys
import traceback

OK, INTERNAL, USAGE, FAILURES, GATE, RESUMABLE, INTERRUPTED = 0, 1, 2, 3, 4, 5, 130
TABLE = """\
exit codes:
  0    ok
  1    internal error
  2    usage or configuration: arguments, files, keys
  3    finished, with more failures than --max-failures allows
  4    a quality gate was missed, or figures differ
  5    stopped, and can be continued by the same command
  130  interrupted and drained; can be continued by the same command"""


def exit_code_table(error: Exception, *, verbose: bool) -> int:
    """Tell the error on standard error, in one line unless verbose; the exit code it stands for."""
    if verbose:
        traceback.print_exception(error)
    print(f"fellowship: {error}" if is_known_error(error) else internal_error_text(error), file=sys.stderr)
    return code_of(error)


def code_of(error: BaseException) -> int:
    """The exit code an error stands for."""
    from fellowship.protocols import errors

    if isinstance(error, errors.Interrupted):
        return INTERRUPTED
    if isinstance(error, errors.RunStopped):
        return RESUMABLE
    if isinstance(error, errors.FellowshipError):
        return USAGE
    return INTERNAL


def is_known_error(error: BaseException) -> bool:
    """Whether the error's own text is meant for people."""
    from fellowship.protocols.errors import FellowshipError

    return isinstance(error, FellowshipError)


def internal_error_text(error: Exception) -> str:
    """What to say of an error that should not have happened."""
    return f"fellowship: internal error: {type(error).__name__}: {error}; -v shows where it comes from"


def configure_command_log(*, verbose: bool) -> None:
    """Structured events to standard error: warnings, or everything with -v."""
    import logging

    from fellowship.telemetry import console_log

    console_log.configure_log(logging.INFO if verbose else logging.WARNING)
