"""Open connections are open files, and most systems allow a process 1,024 of them unless it asks for more."""

import resource

from fellowship.protocols.events import get_logger

KEPT_FOR_OTHERS = 128

log = get_logger()


def connections_allowed(wanted: int) -> int:
    """How many of the wanted connections may be open at once, after raising this process's limit as far as it goes.

    Fewer than wanted are told once, as `file_descriptors_short`.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = wanted + KEPT_FOR_OTHERS
    if _allows(soft, needed):
        return wanted
    raised = needed if _allows(hard, needed) else hard
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (raised, hard))
    except (ValueError, OSError):  # the system allows less than it says
        raised = soft
    if raised >= needed:
        return wanted
    log.warning("file_descriptors_short", allowed=raised, wanted=needed, raise_with="ulimit -n")
    return max(1, raised - KEPT_FOR_OTHERS)


def _allows(limit: int, needed: int) -> bool:
    return limit == resource.RLIM_INFINITY or limit >= needed
