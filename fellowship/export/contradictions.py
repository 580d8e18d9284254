"""Pairs that contradict one another: X over Y and Y over X, or X over Y, Y over Z and Z over X.

The answers to a prompt are the nodes of a graph, and every pair is an edge from its better to its worse answer. Pairs
on a cycle are left out, all of them and whoever decided: none of them is more certain than the others, and a trainer
would learn both directions. Pairs of other answers to the prompt are kept, and no cycle remains.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

from fellowship.export.records import PairRecord
from fellowship.export.split import prompt_digest
from fellowship.formatting.normal_text import normal_answer
from fellowship.protocols.digests import text_digest

Graph: TypeAlias = Mapping[bytes, Iterable[bytes]]


class Contradictions:
    """Learns all pairs first (`learn`), then says which of them contradict others. Holds two hashes per pair.

    Prompts and answers that differ only in typing are the same: see `formatting/normal_text.py`.
    """

    def __init__(self) -> None:
        self._pairs: defaultdict[bytes, set[tuple[bytes, bytes]]] = defaultdict(set)
        self._components: dict[bytes, dict[bytes, bytes]] = {}

    def learn(self, pair: PairRecord) -> None:
        """Note a pair."""
        prompt, chosen, rejected = pair_identity(pair)
        self._pairs[prompt].add((chosen, rejected))

    def __contains__(self, pair: PairRecord) -> bool:
        """Whether the pair, learnt before, is on a cycle of preferences."""
        prompt, chosen, rejected = pair_identity(pair)
        if len(self._pairs[prompt]) < 2:
            return False
        if prompt not in self._components:
            self._components[prompt] = strong_components(self._pairs[prompt])
        return self._components[prompt][chosen] == self._components[prompt][rejected]


def pair_identity(pair: PairRecord) -> tuple[bytes, bytes, bytes]:
    """The digests of the prompt, the better and the worse answer: the same for two pairs that differ only in typing."""
    answers = text_digest(normal_answer(pair.chosen)), text_digest(normal_answer(pair.rejected))
    return prompt_digest(pair.prompt.chat), *answers


def strong_components(edges: Iterable[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """Each node with one that stands for its strongly connected component (Kosaraju; Sharir 1981).

    An edge is on a cycle exactly if both its nodes are in one component.
    """
    forward: dict[bytes, list[bytes]] = {}
    backward: dict[bytes, list[bytes]] = {}
    for start, end in edges:
        for graph, node, other in ((forward, start, end), (backward, end, start)):
            graph.setdefault(node, []).append(other)
            graph.setdefault(other, [])
    seen: set[bytes] = set()
    finished = [node for root in forward for node in _post_order(forward, root, seen)]
    seen = set()
    return {node: root for root in reversed(finished) for node in _post_order(backward, root, seen)}


def _post_order(graph: Graph, root: bytes, seen: set[bytes]) -> Iterator[bytes]:
    """The nodes below the root that are not in `seen`, which they join, each after those below it."""
    if root in seen:
        return
    seen.add(root)
    path = [(root, iter(graph[root]))]
    while path:
        node, following = path[-1]
        found = next((each for each in following if each not in seen), None)
        if found is None:
            path.pop()
            yield node
        else:
            seen.add(found)
            path.append((found, iter(graph[found])))
