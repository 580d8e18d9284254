"""The state of a run in its folder: finished conversations, and the usage of these and of those in progress."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from fellowship.runners import run_config as configuration
from fellowship.runners.resume import conversation_id, ended_positions
from fellowship.runners.run_spec import RunSpec
from fellowship.storage import queries
from fellowship.storage.recorded_run import JOURNAL, RecordedRun
from fellowship.storage.records import ConversationState
from fellowship.storage.run_stats import AgentUsage, agent_usage, mean_open


@dataclass(frozen=True, slots=True)
class RunState:
    """`done` are finished conversations, ids by position; `mean_open` is the mean number of asks open at once."""

    done: Mapping[int, str] = field(default_factory=dict)
    usage_done: tuple[AgentUsage, ...] = ()
    usage_open: tuple[AgentUsage, ...] = ()
    mean_open: float = 0.0


def read_run_state(spec: RunSpec) -> RunState:
    """The state of the run; ConfigurationError where it cannot be continued."""
    if spec.folder is None or not (spec.folder / JOURNAL).is_file():
        return RunState()
    with RecordedRun.open(spec.folder) as run:
        if not run.totals()[0]:
            return RunState()
        configuration.refuse_changes(run.settings().get("config", "{}"), spec.config, spec.folder)
        states = {id: ConversationState(*row) for id, *row in run.rows(queries.STATES)}
        retry_failed, accept_changes = spec.options.retry_failed, spec.options.accept_changes
        ended = ended_positions(
            states, spec.items, spec.folder, retry_failed=retry_failed, accept_changes=accept_changes
        )
        done = {position: conversation_id(position) for position in ended}
        names, usages = set(done.values()), list(agent_usage(run))
        return RunState(
            done=done,
            usage_done=tuple(each for each in usages if each.conversation in names),
            usage_open=tuple(each for each in usages if each.conversation not in names),
            mean_open=mean_open(run),
        )
