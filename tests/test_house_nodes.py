"""House rules about nodes: no catch-all hides a node type, nobody keeps a list of node types."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from spiketrack.graph.float_nodes import FloatNode
from spiketrack.graph.spike_nodes import SpikeNode
from tests.test_house import ROOT, SOURCES, relative, tree

NODE_TYPES = {kind.__name__ for kind in (*get_args(FloatNode), *get_args(SpikeNode))}
# A pair such as a float node and its integer twin is no list.
FEWEST_IN_A_LIST = 3
LISTS = (ast.BinOp, ast.Tuple, ast.List, ast.Set, ast.Dict)
# Where the node types are defined and sorted into kinds.
HOMES = ("float_nodes.py", "spike_nodes.py", "structural_nodes.py", "kinds.py")
# What the netx format has a place for is the format's own list: all others are refused by name.
FORMATS = ("conversion/netx/chain.py",)


def name_of(expression: ast.expr) -> str:
    """The last part of a dotted name, or nothing."""
    if isinstance(expression, ast.Attribute):
        return expression.attr
    return expression.id if isinstance(expression, ast.Name) else ""


def node_names(root: ast.AST) -> set[str]:
    """The node types that an expression or a pattern names."""
    names = {name_of(part) for part in ast.walk(root) if isinstance(part, ast.expr)}
    return names & NODE_TYPES


def is_catch_all(case: ast.match_case) -> bool:
    """Whether a case takes whatever comes, under a guard or not."""
    return isinstance(case.pattern, ast.MatchAs) and case.pattern.pattern is None


def only_asserts_never(case: ast.match_case) -> bool:
    """Whether a case does nothing but tell the type checker that it cannot be reached."""
    statement = case.body[0]
    call = statement.value if isinstance(statement, ast.Expr) else None
    is_call = isinstance(call, ast.Call) and name_of(call.func) == "assert_never"
    return is_call and len(case.body) == 1 and case.guard is None


def hidden_nodes(source: ast.Module) -> Iterator[int]:
    """Lines of catch-alls in which a match over node types ends, or that it hides under a guard."""
    for match in (part for part in ast.walk(source) if isinstance(part, ast.Match)):
        if any(node_names(case.pattern) for case in match.cases):
            for case in filter(is_catch_all, match.cases):
                if not only_asserts_never(case):
                    yield case.pattern.lineno


def lists_of_nodes(source: ast.Module) -> Iterator[int]:
    """Lines of values and of `isinstance` that name several node types at once."""
    for part in ast.walk(source):
        listed: ast.expr | None = None
        if isinstance(part, ast.Assign | ast.AnnAssign):
            listed = part.value if isinstance(part.value, LISTS) else None
        elif isinstance(part, ast.Call) and name_of(part.func) == "isinstance":
            listed = part.args[1]
        if listed is not None and len(node_names(listed)) >= FEWEST_IN_A_LIST:
            yield listed.lineno


def places(path: Path, lines: Iterator[int]) -> list[str]:
    return [f"{relative(path)}:{line}" for line in lines]


def test_no_catch_all_hides_a_node_type() -> None:
    found = [
        place
        for path in SOURCES
        for place in places(path, hidden_nodes(tree(path)))
    ]
    assert found == []


def test_nobody_keeps_a_list_of_node_types_but_the_files_that_define_them() -> None:
    found = [
        place
        for path in SOURCES
        if relative(path) not in FORMATS
        if path.parent != ROOT / "spiketrack" / "graph" or path.name not in HOMES
        for place in places(path, lists_of_nodes(tree(path)))
    ]
    assert found == []


MATCH = "match node:\n    case s.SpikeConv() | s.SpikeAdd():\n        pass\n    case {end}\n"


@pytest.mark.parametrize(
    ("end", "hides"),
    [
        ("_:\n        assert_never(node)", False),
        ("_:\n        pass", True),
        ("other:\n        use(other)", True),
        ("_ if ready:\n        assert_never(node)", True),
        ("_:\n        use(node)\n        assert_never(node)", True),
        ("s.SpikeInput():\n        pass", False),
    ],
)
def test_the_rule_knows_a_hidden_node(end: str, hides: bool) -> None:
    assert bool(list(hidden_nodes(ast.parse(MATCH.format(end=end))))) == hides


def test_a_catch_all_over_words_is_no_matter_of_nodes() -> None:
    source = ast.parse(
        "match name:\n    case 'SpikeConv':\n        pass\n    case _:\n        pass\n"
    )
    assert list(hidden_nodes(source)) == []


@pytest.mark.parametrize(
    ("text", "is_list"),
    [
        ("KINDS = s.SpikeAdd | s.SpikeBias | s.SpikeRescale", True),
        ("KINDS: Any = {s.SpikeAdd: 1, s.SpikeBias: 2, s.SpikeRescale: 3}", True),
        ("isinstance(node, (SpikeAdd, SpikeBias, SpikeRescale))", True),
        ("isinstance(node, f.FloatAdd | s.SpikeAdd)", False),
        ("isinstance(node, SpikeNeuron)", False),
        ("graph = Graph('g', (s.SpikeInput(), s.SpikeConv(), s.SpikeOutput()))", False),
    ],
)
def test_the_rule_knows_a_list_of_nodes(text: str, is_list: bool) -> None:
    assert bool(list(lists_of_nodes(ast.parse(text)))) == is_list
