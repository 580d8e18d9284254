"""All SQL that reads and writes journals; schema.py makes their tables and views.

`asks` and `messages` are the documented views, with whole texts; `ask_rows` and `message_rows` are the tables below
them, for what needs no text.
"""

from fellowship.storage.bulk_insert import BulkInsert

# --- writing, in this order within a transaction
SET = BulkInsert("INSERT OR REPLACE INTO run (key, value)", 2)
ADD_EVENT = BulkInsert("INSERT INTO events (at, event, facts)", 3)
START = BulkInsert(
    "INSERT INTO conversations (id, position, item, digest, tries, begun_at)",
    6,
    "ON CONFLICT (id) DO UPDATE SET status = 'started', tries = excluded.tries, item = excluded.item, "
    "digest = excluded.digest, outcome = NULL, fault = NULL, error = NULL, ended_at = NULL",
)
FORGET_MESSAGES = BulkInsert("DELETE FROM message_rows WHERE conversation IN (", 1, ")")
ADD_TEXT = BulkInsert("INSERT OR IGNORE INTO texts (hash, text)", 2)
ADD_ASK = BulkInsert(
    "INSERT INTO ask_rows (conversation, lane, agent, occurrence, attempt, fingerprint, model, request, completion, "
    "pooled, finish, prompt_tokens, completion_tokens, cached_tokens, reasoning_tokens, served_model, request_id, "
    "latency_s, simulated, error, answered_at, cost, wait_s, failed_s, failures, reused, reasoning, split)",
    28,
)
ADD_MESSAGE = BulkInsert(
    "INSERT OR IGNORE INTO message_rows (conversation, lane, source, occurrence, depth, id, type, content, text, "
    "inputs, created_at)",
    11,
)
FINISH = BulkInsert(
    "UPDATE conversations SET status = column1, outcome = column2, fault = column3, error = column4, "
    "ended_at = column5 FROM (",
    6,
    ") WHERE id = column6",
)
START_ALL_AGAIN = "UPDATE conversations SET status = 'started'"
EMPTY = ("DELETE FROM message_rows", "DELETE FROM conversations", "DELETE FROM run")

# --- a run as a whole
SETTINGS = "SELECT key, value FROM run"
QUICK_CHECK = "SELECT CAST(quick_check AS BLOB) FROM pragma_quick_check(1)"
PROBE = "SELECT 1 FROM conversations LIMIT 1"
UNREACHED = "SELECT count(*) FROM conversations WHERE position < ? AND (status = 'started' OR fault <> 'content')"
FAILED_VERDICTS = (
    "SELECT error FROM conversations WHERE position < ? AND status = 'failed' AND outcome IS NOT NULL "
    "AND error LIKE '%votes failed: %'"
)
STATUSES = "SELECT status, count(*) FROM conversations WHERE position < ? GROUP BY status"
TOTALS = "SELECT count(*), sum(prompt_tokens), sum(completion_tokens) FROM ask_rows"
ASK_COUNT = "SELECT count(*) FROM ask_rows"
SPENT = (
    "SELECT model, cost, count(*), sum(prompt_tokens), sum(completion_tokens), sum(cached_tokens), "
    "sum(reasoning_tokens) FROM ask_rows WHERE NOT reused GROUP BY model, cost"
)
SPENDING_EVENTS = "SELECT event, facts FROM events WHERE event IN ('begun', ?, ?, ?) ORDER BY rowid"
FIRST_BEGUN = "SELECT min(at) FROM events WHERE event = 'begun'"
LAST_BEGUN = "SELECT facts FROM events WHERE event = 'begun' ORDER BY rowid DESC LIMIT 1"
FACTS_OF_EVENT = "SELECT facts FROM events WHERE event = ? ORDER BY rowid"
REQUESTS_OF_UNKNOWN_USAGE = "SELECT model, request FROM asks WHERE prompt_tokens = 0 AND NOT reused"
N_UNKNOWN_USAGE = "SELECT count(*) FROM ask_rows WHERE prompt_tokens = 0 AND NOT reused AND NOT simulated"
N_REUSED = "SELECT count(*) FROM ask_rows WHERE reused"
COSTS = "SELECT cost, count(*) FROM ask_rows WHERE NOT reused GROUP BY cost"
TIMES = (
    "SELECT coalesce((SELECT min(answered_at - latency_s) FROM ask_rows WHERE NOT reused), "
    "(SELECT min(at) FROM events WHERE event = 'begun'), (SELECT min(created_at) FROM message_rows)), "
    "(SELECT max(at) FROM (SELECT max(answered_at) AS at FROM ask_rows UNION ALL SELECT max(ended_at) "
    "FROM conversations UNION ALL SELECT max(created_at) FROM message_rows))"
)
_MESSAGE_AT = (
    "EXISTS (SELECT 1 FROM message_rows AS m WHERE m.conversation = ask_rows.conversation AND m.lane = ask_rows.lane "
    "AND m.source = ask_rows.agent AND m.occurrence = ask_rows.occurrence AND {})"
)
"""Whether there is a message of the ask. It has the moment of the answer that it was read from."""
_IN_USE = _MESSAGE_AT.format("abs(m.created_at - answered_at) < 2e-6")
_NOT_LATER = _MESSAGE_AT.format("m.created_at < answered_at + 2e-6")  # this attempt or an earlier one is in use
USES = (
    "SELECT agent, model, count(*), sum(prompt_tokens), sum(completion_tokens), "
    f"sum(error IS NOT NULL AND NOT {_NOT_LATER}), sum(reused) "
    "FROM ask_rows GROUP BY agent, model ORDER BY agent, model"
)
FAILURES = (
    "SELECT coalesce(fault, ''), coalesce(error, ''), id FROM conversations WHERE position < ? AND status = 'failed' "
    "ORDER BY position"
)
_PRICED = "priced(model, prompt_tokens, completion_tokens, cached_tokens)"
_REPEATED = "FILTER (WHERE attempt > 1)"
_OF_ALL = "FROM ask_rows GROUP BY"
USAGE = (
    "SELECT conversation, agent, model, count(DISTINCT lane || '/' || occurrence), count(*), "
    f"total(latency_s), total(prompt_tokens), total(completion_tokens), total({_PRICED}), "
    f"total(prompt_tokens) {_REPEATED}, total(completion_tokens) {_REPEATED}, total({_PRICED}) {_REPEATED}, "
    f"total(coalesce(CAST(cost AS REAL), {_PRICED})) FILTER (WHERE NOT reused), "
    "sum(prompt_tokens = 0 AND NOT reused), count(DISTINCT lane || '/' || occurrence) FILTER (WHERE NOT reused) "
    f"{_OF_ALL} conversation, agent, model ORDER BY conversation, min(rowid)"
)
USAGE_IN_USE = USAGE.replace(_REPEATED, "FILTER (WHERE used_as(rowid) > 1)").replace(
    _OF_ALL, "FROM ask_rows WHERE used_as(rowid) > 0 GROUP BY"
)
CHANGES_ACCEPTED = "SELECT at FROM events WHERE event = 'changes_accepted'"
ATTEMPTS_AND_MESSAGES = (
    "SELECT a.conversation, a.lane, a.agent, a.occurrence, a.rowid, a.error IS NOT NULL, a.answered_at, m.created_at "
    "FROM ask_rows AS a LEFT JOIN message_rows AS m ON m.conversation = a.conversation AND m.lane = a.lane "
    "AND m.source = a.agent AND m.occurrence = a.occurrence "
    "ORDER BY a.conversation, a.lane, a.agent, a.occurrence, a.attempt"
)
REQUESTS = (
    "SELECT rowid, conversation, agent, model, prompt_tokens, completion_tokens, cached_tokens FROM ask_rows "
    "WHERE prompt_tokens > 0"
)
OPEN_TIMES = "SELECT answered_at - latency_s, answered_at FROM ask_rows ORDER BY 1"

# --- conversations
STATES = "SELECT id, status, fault, tries, digest FROM conversations"
N_BEHIND = "SELECT count(*) FROM conversations WHERE position >= ?"
IDS = "SELECT id FROM conversations WHERE position < ? ORDER BY position LIMIT ?"
DIGESTS = "SELECT digest, id FROM conversations ORDER BY position"
CONVERSATION = "SELECT id, position, item, status, outcome, fault, error, tries FROM conversations"
CONVERSATIONS = f"{CONVERSATION} WHERE position < ? ORDER BY position"
CONVERSATION_BY_ID = f"{CONVERSATION} WHERE id = ?"
_WITH_OUTCOME = "FROM conversations AS c LEFT JOIN messages AS m ON m.conversation = c.id AND m.id = c.outcome"
DECISIONS = (
    "SELECT json_extract(m.content, '$.decision'), json_extract(c.item, '$.label') FROM conversations AS c "
    "LEFT JOIN message_rows AS m ON m.conversation = c.id AND m.id = c.outcome WHERE c.position < ? ORDER BY c.position"
)
MATCHING_IDS = (
    f"SELECT c.id {_WITH_OUTCOME} WHERE c.position < ? "
    "AND found(c.id, c.status, c.fault, c.error, c.item, m.content) ORDER BY c.position LIMIT ?"
)
INDEX_ROWS = (
    "SELECT c.id, c.status, c.error, c.item, m.type, m.content, "
    f"(SELECT count(*) FROM message_rows WHERE conversation = c.id) {_WITH_OUTCOME} "
    "WHERE c.id IN (SELECT value FROM json_each(?)) ORDER BY c.position"
)
ENDED_CONVERSATIONS = (
    f"SELECT c.id, c.position, c.digest, c.item, c.status, m.content {_WITH_OUTCOME} WHERE c.position < ? "
    "ORDER BY c.position"
)

# --- messages and asks of a conversation
MESSAGES = (
    "SELECT lane, source, occurrence, id, type, content, inputs, created_at FROM messages WHERE conversation = ? "
    "ORDER BY depth, lane, source, occurrence"
)
_ATTEMPT = (
    "conversation, lane, agent, occurrence, attempt, fingerprint, completion, finish, prompt_tokens, "
    "completion_tokens, cached_tokens, reasoning_tokens, served_model, request_id, latency_s, simulated, answered_at, "
    "cost, wait_s, failed_s, failures, reused, reasoning, split"
)
UNKNOWN_ENDS = (
    "SELECT conversation, lane, agent, occurrence FROM ask_rows "
    f"WHERE finish = 'unknown' AND (error IS NULL OR {_IN_USE})"
)
_IN_ORDER = "ORDER BY conversation, lane, agent, occurrence, attempt"
ATTEMPTS = f"SELECT {_ATTEMPT} FROM asks WHERE conversation = ? {_IN_ORDER}"
ALL_ATTEMPTS = f"SELECT {_ATTEMPT} FROM asks {_IN_ORDER}"
ASKS = f"SELECT {_ATTEMPT}, model, request, error FROM asks WHERE conversation = ? {_IN_ORDER}"
SENT = (
    "SELECT model, request FROM asks "
    "WHERE conversation = ? AND lane = ? AND agent = ? AND occurrence = ? AND attempt = ?"
)

# --- copying a conversation to another journal
ENDING = "SELECT status, outcome, fault, error, ended_at FROM conversations WHERE id = ?"
COPY_CONVERSATION = (
    "INSERT INTO conversations (status, outcome, fault, error, ended_at, id, position, item, digest) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_MESSAGE = "lane, source, occurrence, depth, id, type, content, inputs, created_at"
MESSAGES_TO_COPY = f"SELECT {_MESSAGE}, ? FROM messages WHERE conversation = ?"
MESSAGE_TO_COPY = f"{MESSAGES_TO_COPY} AND id = ?"
COPY_MESSAGE = f"INSERT INTO message_rows ({_MESSAGE}, conversation) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
