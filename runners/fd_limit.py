"""The limit on open files: every connection needs one, and many systems allow a process 1,024 by default."""

import resource

from fellowship.protocols.events import get_logger

RESERVED_FILES = 128

log = get_logger()


def connections_allowed(wanted: int) -> int:
    """The number of wanted connections that the limit allows, after raising the limit of this process if necessary.

    If it is lower than wanted, the warning `file_descriptors_short` is logged.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed, unlimited = wanted + RESERVED_FILES, resource.RLIM_INFINITY
    if soft == unlimited or soft >= needed:
        return wanted
    raised = needed if hard == unlimited or hard >= needed else hard
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (raised, hard))
    except (ValueError, OSError):  # the actual limit is lower than the reported one
        raised = soft
    if raised >= needed:
        return wanted
    log.warning("file_descriptors_short", allowed=raised, wanted=needed, raise_with="ulimit -n")
    return max(1, raised - RESERVED_FILES)
