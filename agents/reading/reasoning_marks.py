"""The marks that models and servers leave in a text, as tables; `completion_parts` splits a text by them.

Sources: chat templates of the models, and the reasoning parsers of vLLM, SGLang, TGI and llama.cpp.
"""

import re

TOKEN_PAIRS = (
    ("[THINK]", "[/THINK]"),  # Magistral
    ("◁think▷", "◁/think▷"),  # Kimi
    ("<|begin_of_thought|>", "<|end_of_thought|>"),  # OpenThinker, Sky-T1
    ("<|START_THINKING|>", "<|END_THINKING|>"),  # Command A
    ("<|inner_prefix|>", "<|inner_suffix|>"),  # Apertus
    ("<|think:start|>", "<|think:end|>"),  # Solar Open 2
    ("<|think|>", "<|end|>"),  # Solar Open
    ("<|thinking|>", "<|/thinking|>"),
    ("<|begin_of_thinking|>", "<|end_of_thinking|>"),
    ("<|plamo:begin_think:plamo|>", "<|plamo:end_think:plamo|>"),
    ("<|channel>thought", "<channel|>"),  # Gemma 4
    ("<unused94>thought", "<unused95>"),  # MedGemma
    ("[unused16]", "[unused17]"),  # Pangu
    ("<|im_start|>think", "<|im_start|>answer"),  # s1
)
"""Opening and closing marks that are always written in the same way."""

CLOSING_TOKENS = {closing: opening for opening, closing in TOKEN_PAIRS}
PREFILLED_TOKENS = frozenset(CLOSING_TOKENS) - {"<|end|>"}
"""Closing marks that count without an opening one, which the chat template has written into the prompt."""

PREFILLED_TAGS = re.compile(r"(?:[a-z0-9]{1,20}+[:_])?+think(?:ing)?+|thought|reasoning", re.IGNORECASE)
"""The tags of which the same is true: <think>, <seed:think>, <longcat_think>, EXAONE's <thought>."""

BLOCK_TAGS = rf"{PREFILLED_TAGS.pattern}|antthinking|thoughts|reflection|scratchpad|inner_monologue"
WRAPPERS = ("response", "output")
"""Tags around the whole answer behind a block of reasoning (Granite 3.3, ERNIE, Marco-o1, Reflection)."""

BOX = ("<|begin_of_box|>", "<|end_of_box|>")
"""Around the short answer inside of the answer (GLM-4.5V)."""

DRAFT_WRAPPERS = ("answer", "final_answer", "solution")
"""The same around a draft (R1-Zero, Hunyuan); a role with a form of its own may have asked for them."""

END_OF_TURN = (
    *("<|eot_id|>", "<|eom_id|>", "<|eot|>", "<|eom|>", "<|end_of_text|>"),  # Llama
    *("<|im_end|>", "<|endoftext|>", "<|end|>", "<|return|>"),  # Qwen, Phi, gpt-oss
    *("<｜end▁of▁sentence｜>", "<|end▁of▁sentence|>", "<|end_of_sentence|>"),  # DeepSeek, ERNIE
    *("<end_of_turn>", "<turn|>", "<eos>", "</s>"),  # Gemma, Mistral
    *("<|END_OF_TURN_TOKEN|>", "<|END_RESPONSE|>", "<|end_of_solution|>"),  # Command, OpenThinker
    *("<|end_of_turn|>", "<|endofturn|>", "[|endofturn|]"),  # OpenChat, EXAONE
    *("<|user|>", "<|observation|>"),  # GLM, which ends its turn by the name of the next speaker
    *("<|assistant_end|>", "<|role_end|>", "<|hy_eos|>", "<|eos|>", "<seed:eos>", "<|plamo:tag|>", "[e~["),
    "[END FINAL RESPONSE]",  # Apriel
)
"""Tokens that end an answer; at the end of a text they belong to no part of it."""

ANSWER_HEADERS = (
    r"<\|im_start\|>\s?assistant\s",
    r"<\|start_header_id\|>\s?assistant\s?<\|end_header_id\|>",
    r"<\|start_of_role\|>\s?assistant\s?<\|end_of_role\|>",
    r"<start_of_turn>\s?model\s",
    r"<\|turn>\s?model\s",
    r"<\|START_OF_TURN_TOKEN\|>\s?<\|CHATBOT_TOKEN\|>",
    r"<\|begin\|>\s?assistant\s?(?:<\|content\|>)?+",
    r"<[|｜](?:assistant|Assistant|assistant_start)[|｜]>",
    r"\[\|assistant\|\]",
    r"<\|(?:begin_of_solution|START_RESPONSE|CHATBOT_TOKEN|content|begin_of_text)\|>",
    r"<｜begin▁of▁sentence｜>",
    r"<bos>",
    r"<think\s?/>",
)
"""Patterns of what stands before an answer and is no part of it: the header of the model's own turn."""

LEADING_TOKENS = (
    r"<s>",
    r"</s>",
    r"<pad>",
    r"<unk>",
    r"<BOS_TOKEN>",
    r"\[/INST\]",
    r"<\|(?:startoftext|endoftext|im_end|eot_id|end_of_text)\|>",
)
"""Patterns of tokens that a text may begin with, before the header of the model's own turn."""

TURN_HEADER = (
    r"<\|(?:im_start|start_header_id|start_of_role|START_OF_TURN_TOKEN|turn|user|system|assistant|start)(?:\|>|>)|"
    r"<start_of_turn>|<｜(?:User|Assistant)｜>|\[\|(?:user|system)\|\]|\[INST\]"
)
"""A pattern of what begins a turn. Behind the end of a turn, the model has gone on to write the other side's."""

WORDED = (
    (r"Here(?: is|['’]s) my thought process:?+", r"Here(?: is|['’]s) my response:?+"),  # Granite 3.2
    (r"#{1,4} Thinking[ \t]*+(?=\n)", r"(?m:^[ \t]*+)#{1,4} Final Response(?=\s)"),  # HuatuoGPT-o1
    (r"Thinking\.\.\.(?=\n)", r"(?m:^)\.\.\.done thinking\.(?=\s)"),  # Ollama's command line
    (r"Here are my reasoning steps:?+", r"\[BEGIN FINAL RESPONSE\]"),  # Apriel
    (r"analysis(?=\S)", r"assistant(?:commentary[^\n]{0,40}?assistant)?+final"),  # gpt-oss without its tokens
)
"""Patterns of opening and closing words; they count where both are there, the first at the beginning of the text."""
