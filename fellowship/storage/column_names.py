"""The words of column names, and what each means: the one table from which `column_meanings.py` decides."""

import re
from enum import Flag, auto
from functools import lru_cache, reduce
from operator import or_


class Means(Flag):
    """What a word says of the column that has it in its name."""

    WHOLE = auto()  # a text under exactly this name belongs to the prompt
    REQUEST = auto()  # a value under exactly this name, a number as well, says what the answer is to be like
    ASKS = auto()  # the same, with REQUESTED as the last word: what the answer is to be like
    REQUESTED = auto()
    ASKS_LANGUAGE = auto()  # the same, with MANNER as the last word
    MANNER = auto()
    LIMIT = auto()  # the same, with a UNIT: how long the answer is to be
    COUNTS = auto()  # the same, with COUNTED as the last word: how many of them the answer is to have
    UNIT = auto()
    COUNTED = auto()
    CONTEXT = auto()  # a text belongs to the prompt, unless another word is ABOUT
    SYSTEM = auto()  # a system text, where all further words are OF_SYSTEM
    OF_SYSTEM = auto()
    PROMPT = auto()  # with an ADDITION as the last word, a part of the prompt
    ADDITION = auto()
    HEAD = auto()  # as the last word, a prompt whatever stands before it, unless that is an EVALUATOR
    EVALUATOR = auto()
    MEDIUM = auto()  # an image, a recording or a document, where all further words are OF_MEDIUM
    OF_MEDIUM = auto()
    NO_MEDIUM = auto()  # a path or a link to a file that no model is to see
    APART = auto()  # answers, remarks, origins, tests: texts that no model is to see with the prompt
    REPEAT = auto()  # counts the repetitions of a prompt
    KEYS = auto()  # the keys of an object say what it holds
    TESTS = auto()  # of a program that is asked for
    VERSIONS = auto()  # an object holds versions of one text, the original among them
    SIDE = auto()  # an object holds several things beside the prompt, and hardly a part of it
    SAMPLED = auto()  # as REPEAT, differs where one prompt is answered several times
    ABOUT = auto()  # about a prompt or a decision, which the column does not hold
    ABOUT_LAST = auto()  # the same, as the last word
    MEASURE = auto()  # measures a preference, or people's opinion of an answer
    SCORE = auto()  # the number that someone gave to an answer
    MACHINE = auto()  # a measure that no person gives: computed, or of a model
    POINTER = auto()  # points to an answer, behind a CHOICE (`better_response_id`)
    TAG = auto()  # classifies the row; statements such as `A>B` are decisions under it
    CHOICE = auto()  # the answer that a decision names
    VERDICT = auto()  # any short value is a decision
    DECISION = auto()  # the decision itself
    PREFERENCE = auto()
    LABEL = auto()  # a decision, where all further words are OF_LABEL, or of people or decisions
    OF_LABEL = auto()
    FLAG = auto()  # a flag that says nothing of which answer it is about
    PEOPLE = auto()  # those who decide, and others whose columns hold decisions in words only
    HUMAN = auto()  # people whose scores of both answers are a decision
    OF_CHOICE = auto()  # leaves a CHOICE or VERDICT one of answers; unlike `bid` in `winning_bid`
    GROUP = auto()  # `A` is the name of a group or a person
    WEAK_GROUP = auto()  # the same, where no other word is of a decision
    ORDER = auto()  # a GROUP: the order in which the answers were read


NAME_TABLE = """
whole: a abstract abstracts answer_format attachments b body c candidates chat_history choices claim code constraints
whole: content conversation_history d demos developer dialog_history e example examples few_shot few_shot_examples
whole: files follow_up format_instructions functions guidelines hint hints hypothesis input_text inputs instructions
whole: json_schema message next_question next_turn opa opb opc opd ope options output_format output_schema parent
whole: post_text pre_text prefix previous_messages previous_turns problem query response_format schema search_results
whole: second_turn sentence sentences shots source_text sql_context statement story suffix table text tools transcript
whole: user_input user_message user_prompt
request: tone_of_voice writing_style writing_tone
asks: desired requested required target tgt
requested: audience format keyword keywords lang language length style tone
asks_language: into output to
manner: lang language style tone
limit: limit max maximum min minimum
counts: n num number of
unit: bullet bullets char character characters chars length paragraph paragraphs sentence sentences word words
counted: bullets paragraphs sentences
context: article articles background chunk chunks context contexts ctx ctxs demonstration demonstrations doc docs
context: document documents evidence excerpt excerpts fact facts fewshot followup history knowledge paragraph
context: paragraphs parent passage passages persona personality personas preamble premise premises retrieved snippet
context: snippets starter
system: sys sysprompt system
of_system: content custom default instruction instructions message msg prompt role text user
prompt: instruction problem prompt question user
addition: intro prefix statement suffix
head: instruction instructions prompt prompts question questions
evaluator: critique eval evaluation evaluator grader grading judge reward
medium: attachment attachments audio audios figure figures frames image images img imgs pdf pdfs photo photos picture
medium: pictures screenshot screenshots speech video videos wav
of_medium: a b base bytes context data encoded file filename filenames files input inputs jpg link links list main
of_medium: name names path paths png problem prompt query question raw src str string the uri url urls user
no_medium: avatar homepage icon license log logo origin page source thumbnail
apart: address affiliation agent aliases alpaca analysis area areas args assertion assertions asserts assessment
apart: assistant attribution baseline because bibliography bibtex book bot browser canonical capability caption
apart: checker checklist citation citations city collected collection columns company concept concepts config
apart: configuration cons copyright corpus correct cot country course critiques degree device discipline distractor
apart: distractors embeddings entities error errors eval evaluation exam expected features flags gemini genre genres
apart: golden grade grader grading group header headers headline highlights ideal improvement improvements incorrect
apart: industry info information institution intent issue issues job journal keyword keywords kwargs lecture licence
apart: license licenses llama location log logs metric metrics mistral moderation modified observation observations
apart: occupation opinions organization parameters params position pred principle principles profession proof pros
apart: provenance published publisher quality ref references refs region remark remarks rubrics sector settings skill
apart: skills solution solutions statistics stats steps strengths subfield subset subtask subtopic subtopics
apart: suggestion suggestions summaries summary targets test tests thinking thought thoughts traceback translation
apart: translations truncated university venue verifier warning warnings weaknesses website why wrong
keys: data extra extras
keys versions: translation translations
tests: assertion assertions asserts test tests
side: args config configuration features info information kwargs meta metadata parameters params settings source sources
apart choice flag: best
apart choice verdict: better
apart decision: annotation annotations decision opinion result results vote votes
apart label: truth
apart people: author authors claude evaluator gpt judge reviewer
apart people human: annotators expert human labeler
apart repeat people human: worker
apart sampled: answers completion completions created draft drafts engine generated generation generations generator
apart sampled: model models output outputs prediction predictions provider reference replies reply response responses
apart sampled: updated usage
apart sampled choice flag: chosen rejected
apart sampled choice verdict: winner
apart sampled label: gold label labels
apart sampled people: answer target
apart sampled people human: annotator rater
apart sampled verdict decision preference: preference
apart verdict decision: judgement judgment verdict
repeat: arm attempt batch condition draw fold idx index iteration order repeat repetition replicate row run sample
repeat: session trial turn variant
repeat human: participant
repeat people human: user
sampled: finish key
sampled about: date hash id ids seed time timestamp uid url uuid
sampled about measure: rating score scores
sampled about_last: status
about: agreement categories certainty chars comment comments cost criteria critique description difficulty domains
about: duration embedding entropy explanation explanations field flag guidelines justification justifications kind
about: lang latency len length link locale logit logprob logprobs names note notes of origin path probs rationale
about: rationales reason reasoning reasons rubric seconds size split subject tags temperature times title titles
about: tokens topics types urls used version words
about measure: confidence count counts margin n num number prob probability rate ratings total
about_last: category criterion data dataset domain feedback file format language meta metadata name source sources tag
about_last: task topic type
pointer: id ids name num number
tag: flag status tag type
choice: choice choose chooses chose favored favoring favors favoured favouring favours loser loses lost more pick
choice: picks safer stronger superior win winning wins won worse worst
choice flag: favorite favourite picked selected
choice preference: prefer preferring prefers
choice verdict: winners
choice verdict preference: preferred
verdict decision: judgements judgments verdicts
verdict decision preference: preferences
decision: comparison comparisons consensus decisions majority outcome outcomes pairwise ranking rankings ranks
decision: selection urteil voted voting
decision preference: pref prefs
flag: is was
people: judges labeller labellers llm overall which y
people human: crowd experts humans labelers people person raters users workers
human: mturk participants turker
score: accuracy assessment bewertung coherence correctness eval evaluation evaluations fluency grade grades harmless
score: harmlessness helpful helpfulness honest honesty karma likert likes mark marks mos nota note overall points punkte
score: quality rated rating ratings relevance satisfaction score scores stars truthfulness upvotes
machine: auto automated automatic bartscore bertscore bleu bleurt bm chatgpt chrf classifier claude comet cosine
machine: deberta detector elo gemini gpt llama llm logits loss meteor mistral perplexity ppl pred predicted qwen reward
machine: rewards rm rouge similarity toxicity
of_choice: ab accuracy accurate all and answers assistant average avg binary by candidate code completion correct
of_choice: degree direction do does flag fraction harmless helpful helpfulness honest id idx index individual is less
of_choice: level likert mean median model models most num number of one option or output p pct percent q quality
of_choice: question rating ratings reply responses safe safety scale score scores seat share side status str strength
of_choice: system tag task text than to type value was who
of_label: 0 1 2 3 4 5 a agg aggregated b final ground int my our pair raw response the true
group: arm batch block blood bucket case cefr class code cohort condition correct fold form grade group initial
group: initials letter level list part phase plan player position role round section series set size speaker stage
group: subset swap swapped team tier variant zone
weak_group: key
order: displayed order presented shown
"""
"""Meanings, and the words that have them. A word in several lines has the meanings of all of them."""
NO_MEANING = Means(0)


def _names() -> dict[str, Means]:
    names: dict[str, Means] = {}
    for meanings, words in (line.split(":") for line in NAME_TABLE.strip().splitlines()):
        means = reduce(or_, (Means[meaning.upper()] for meaning in meanings.split()))
        names |= {word: names.get(word, NO_MEANING) | means for word in words.split()}
    return names


WORD_MEANINGS = _names()


@lru_cache(maxsize=1024)
def name_words(name: str) -> tuple[str, ...]:
    """The words of a name in small letters, and its numbers."""
    return tuple(re.findall("[a-z]+|[0-9]+", snake(name)))


def letters(name: str) -> str:
    """The letters and digits of a name alone, which differ in no two spellings of it."""
    return re.sub(r"[^a-z0-9]", "", name.casefold())


def snake(name: str) -> str:
    """systemPrompt, "System Prompt" and system-prompt as system_prompt."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return re.sub(r"[^a-z0-9]+", "_", words.casefold()).strip("_")
