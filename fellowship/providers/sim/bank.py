"""The bank of checkable tasks, and the sentences that answers to any prompt share."""

from fellowship.providers.sim.bank_numbers import NUMBER_TASKS
from fellowship.providers.sim.bank_words import WORD_TASKS
from fellowship.providers.sim.task import SimTask

__all__ = ["PADDING", "REFUSALS", "SPECIFIC", "TASKS", "VAGUE", "SimTask", "find_task", "fold"]

TASKS: tuple[SimTask, ...] = NUMBER_TASKS + WORD_TASKS

PADDING: tuple[str, ...] = (
    "It is always good to keep the bigger picture in mind.",
    "This is a great question that many people ask themselves.",
    "There are of course many ways of looking at things.",
    "As we all know, details can make a difference.",
    "Taking a moment to think about this is never a bad idea.",
    "I hope that this gives you a good starting point.",
    "Feel free to ask if anything else comes to mind.",
    "Every situation is different in its own way.",
    "Questions like this one have kept people busy for a long time.",
    "Let us have a closer look at the matter.",
    "In today's world this topic is more relevant than ever.",
    "It is worth noting that context matters.",
    "With that said, let us move on.",
    "At the end of the day, understanding is what counts.",
    "There is certainly a lot that could be said here.",
    "Learning something new is a journey.",
    "Needless to say, this deserves some attention.",
    "I am always happy to help with topics like this.",
    "All things considered, it is an interesting subject.",
    "Some readers will already be familiar with this.",
)

REFUSALS: tuple[str, ...] = (
    "I am sorry, but I cannot help with this request.",
    "I am not able to answer that.",
    "Unfortunately I have to decline to answer this question.",
    "As an assistant I would rather not comment on this.",
)

# Stand-ins for a thorough answer to a prompt outside the bank: {a} and {b} are key words of that prompt.
SPECIFIC: tuple[str, ...] = (
    "With {a}, the first step is to write down what you already know and what is missing.",
    "A worked example makes {a} easier to grasp than a definition alone.",
    "The link between {a} and {b} is the central point, because one limits the other.",
    "Two common mistakes with {a} are starting too late and changing several things at once.",
    "To check {a}, compare the result with a simple case whose outcome you know.",
    "A small trial of {a} for one week shows more than a long discussion.",
    "If {a} matters most to you, settle it first and adapt {b} to it.",
    "The main cost of {a} is time, so set aside about two hours for it.",
    "Keep a short record of {a}, with the date and the result of each attempt.",
    "When {a} and {b} pull in different directions, follow the one that you can measure.",
    "An expert would look at {a} before turning to the details of {b}.",
    "A useful rule for {a} is to change one thing, observe, and only then continue.",
    "The strongest argument against {a} is that it becomes costly as it grows.",
    "You can split {a} into three parts: preparation, execution and review.",
    "Beginners learn {a} best from one solved case before they read any theory.",
    "The quality of {a} depends mostly on the information you start from.",
    "One exception concerns {a}: under time pressure a rough version is better than none.",
    "Ask someone who has dealt with {a} before what they would do differently now.",
    "Do not confuse {a} with {b}, although the two are often mentioned together.",
    "A sensible order is {a} first, then {b}, then a final check.",
    "Progress with {a} shows in numbers, so choose one figure and follow it.",
    "The limits of {a} become visible as soon as {b} changes.",
    "If {a} fails, return to the last state that worked and compare the two.",
    "A checklist of five lines covers most of what {a} requires.",
)

VAGUE: tuple[str, ...] = (
    "It depends on a number of factors.",
    "There are advantages and disadvantages to it.",
    "You should simply do what works best for you.",
    "Usually it is not very difficult.",
    "Some sources say one thing and some say another.",
    "A little research will quickly clear this up.",
    "It helps to do it properly from the beginning.",
    "Many aspects play a role in this.",
    "The best solution is often somewhere in the middle.",
    "In most cases the usual method is fine.",
    "This can be handled in various ways.",
    "Results may be better or worse than expected.",
)


def fold(text: str) -> str:
    """The text with every run of whitespace made one space, trimmed; capitals stay."""
    return " ".join(text.split())


def find_task(text: str) -> SimTask | None:
    """The task whose prompt occurs in the text, whitespace folded: one that fills a line, else the first one."""
    for part in (text, *text.splitlines()):
        if (exact := _BY_PROMPT.get(fold(part))) is not None:
            return exact
    folded = fold(text)
    hits = [(folded.index(prompt), task) for prompt, task in _BY_PROMPT.items() if prompt in folded]
    return min(hits, key=lambda hit: hit[0], default=(0, None))[1]


_BY_PROMPT = {fold(task.prompt): task for task in TASKS}
