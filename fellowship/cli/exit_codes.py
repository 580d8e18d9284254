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
  130  interrupted; the same command continues the run
  143  ended by SIGTERM (129: by SIGHUP); the same command continues the run"""


def report_error(error: Exception, *, verbose: bool) -> int:
    """Print the error on standard error, in one line, with a traceback if verbose; returns its exit code."""
    from fellowship.protocols.errors import BudgetSpent, FellowshipError, Interrupted, RunStopped

    if verbose:
        traceback.print_exception(error)
    if not isinstance(error, FellowshipError):
        print(f"fellowship: internal error: {type(error).__name__}: {error}; -v shows the traceback", file=sys.stderr)
        return INTERNAL
    print(f"fellowship: {error}", file=sys.stderr)
    if isinstance(error, Interrupted):
        return 128 + error.signal if error.signal else INTERRUPTED
    return RESUMABLE if isinstance(error, RunStopped | BudgetSpent) else USAGE
