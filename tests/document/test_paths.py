"""Paths lead to their templates."""

from __future__ import annotations

import re
import sys

import pytest

from mockserver.document.paths import PathTrie, as_literal, split_template, targets


def trie_of(*templates: str) -> PathTrie[str]:
    """Return a trie in which each template stands for itself."""
    trie: PathTrie[str] = PathTrie()
    for template in templates:
        node, names = trie.place(template)
        node.methods.setdefault("GET", (template, names))
    return trie


def find(trie: PathTrie[str], path: str) -> tuple[str, dict[str, str]] | None:
    """Return the template that a path leads to, with the raw values of its variables."""
    match = trie.find(path)
    if match is None:
        return None
    template, names = match.node.methods["GET"]
    return template, dict(zip(names, match.values, strict=True))


@pytest.mark.parametrize(
    ("path", "template", "values"),
    [
        ("/pets", "/pets", {}),
        ("/pets/mine", "/pets/mine", {}),
        ("/pets/7", "/pets/{id}", {"id": "7"}),
        ("/pets/7/toys", "/pets/{id}/toys", {"id": "7"}),
        ("/pets/mine/toys", "/pets/{id}/toys", {"id": "mine"}),
        ("/", "/", {}),
        ("/slash/", "/slash/", {}),
        ("/files/a.json", "/files/{name}.json", {"name": "a"}),
        ("/files/a.b.json", "/files/{name}.json", {"name": "a.b"}),
        ("/files/a.xml", "/files/{name}.{type}", {"name": "a", "type": "xml"}),
        ("/files/a", "/files/{any}", {"any": "a"}),
        ("/jobs/7:cancel", "/jobs/{id}:cancel", {"id": "7"}),
        ("/jobs/7", "/jobs/{id}", {"id": "7"}),
    ],
)
def test_path_leads_to_the_most_specific_template(path: str, template: str, values: dict[str, str]) -> None:
    trie = trie_of(
        "/pets/{id}", "/pets", "/pets/mine", "/pets/{id}/toys", "/", "/slash/", "/files/{any}",
        "/files/{name}.{type}", "/files/{name}.json", "/jobs/{id}", "/jobs/{id}:cancel",
    )  # fmt: skip

    assert find(trie, path) == (template, values)


@pytest.mark.parametrize(
    "path", ["/pets/", "/pets//toys", "/slash", "/pet", "/pets/7/toys/1", "", "//", "/PETS"]
)
def test_path_of_no_template_leads_nowhere(path: str) -> None:
    assert trie_of("/pets", "/pets/{id}", "/pets/{id}/toys", "/slash/").find(path) is None


def test_wrong_turn_at_a_literal_is_taken_back() -> None:
    trie = trie_of("/a/b/c", "/a/{x}/d", "/{y}/b/e")

    assert find(trie, "/a/b/d") == ("/a/{x}/d", {"x": "b"})
    assert find(trie, "/a/b/e") == ("/{y}/b/e", {"y": "a"})


def test_templates_that_differ_in_names_share_a_place_and_keep_their_names() -> None:
    trie: PathTrie[str] = PathTrie()
    for method, template in (("GET", "/pets/{id}"), ("DELETE", "/pets/{petId}")):
        node, names = trie.place(template)
        node.methods[method] = (template, names)

    match = trie.find("/pets/7")

    assert match is not None
    assert match.node.methods == {"GET": ("/pets/{id}", ("id",)), "DELETE": ("/pets/{petId}", ("petId",))}


def test_value_stays_encoded_and_an_encoded_slash_parts_nothing() -> None:
    assert find(trie_of("/pets/{id}"), "/pets/a%2Fb%20c") == ("/pets/{id}", {"id": "a%2Fb%20c"})


@pytest.mark.parametrize("path", ["/caf%C3%A9", "/café"])
def test_literal_is_found_however_it_is_encoded(path: str) -> None:
    assert find(trie_of("/café", "/{other}"), path) == ("/café", {})


def test_literal_may_be_written_encoded_in_the_template() -> None:
    assert find(trie_of("/a%20b"), "/a%20b") == ("/a%20b", {})


def test_pattern_takes_characters_that_mean_something_in_regular_expressions() -> None:
    trie = trie_of("/x/{a}.*{b}", "/x/({c})")

    assert find(trie, "/x/1.*2") == ("/x/{a}.*{b}", {"a": "1", "b": "2"})
    assert find(trie, "/x/(1)") == ("/x/({c})", {"c": "1"})
    assert find(trie, "/x/1.2") is None


def test_allow_has_head_for_get_and_always_options() -> None:
    trie: PathTrie[str] = PathTrie()
    node, names = trie.place("/pets")
    node.methods.update({"POST": ("a", names), "GET": ("b", names)})
    match = trie.find("/pets")

    assert match is not None
    assert match.allow == "POST, GET, HEAD, OPTIONS"


def test_cost_of_a_path_does_not_grow_with_the_templates() -> None:
    """Counted in lines that run: a clock would say something else each day."""

    def cost(count: int) -> int:
        trie = trie_of(*(f"/r{n}/{{id}}/sub{m}" for n in range(count) for m in range(3)), "/{x}/{y}/{z}/end")
        lines = 0

        def count_line(frame: object, event: str, arg: object) -> object:
            nonlocal lines
            lines += 1
            return count_line

        sys.settrace(count_line)
        try:
            trie.find(f"/r{count - 1}/7/sub2")
        finally:
            sys.settrace(None)
        return lines

    before = sys.gettrace()
    try:
        assert cost(2000) == cost(2)
    finally:
        sys.settrace(before)


def test_depth_is_the_part_of_a_path_that_is_known() -> None:
    trie = trie_of("/pets/{id}/toys")

    assert [trie.depth(path)[0] for path in ("/pets/7/nobody", "/pets", "/nobody")] == [2, 1, 0]


def test_targets_are_all_that_stands_below() -> None:
    trie = trie_of("/pets", "/pets/{id}", "/pets/{id}.json", "/owners")

    match = trie.find("/pets")
    assert match is not None
    assert sorted(targets(match.node)) == ["/pets", "/pets/{id}", "/pets/{id}.json"]


# Templates with a query.


@pytest.mark.parametrize(
    ("template", "path", "conditions"),
    [
        ("/pets", "/pets", ()),
        ("/pets?kind=dog", "/pets", (("kind", "dog"),)),
        ("/pets?kind={kind}&all", "/pets", (("kind", None), ("all", None))),
        ("/#Action=Run&Version=1", "/", (("Action", "Run"), ("Version", "1"))),
        ("?a=1", "/", (("a", "1"),)),
        ("/pets#create", "/pets", (("create", None),)),
    ],
)
def test_template_with_a_query_is_split(template: str, path: str, conditions: object) -> None:
    assert split_template(template) == (path, conditions)


def test_template_with_a_query_can_be_meant_literally() -> None:
    trie = trie_of(as_literal("/pets?kind=dog"), "/a+b", "/v1.0/{a}.{b}", "/m;x=1")

    assert find(trie, "/pets%3Fkind=dog") == ("/pets%3Fkind=dog", {})
    assert find(trie, "/a+b") == ("/a+b", {})
    assert find(trie, "/v1.0/x.y") == ("/v1.0/{a}.{b}", {"a": "x", "b": "y"})
    assert find(trie, "/m;x=1") == ("/m;x=1", {})


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (b"", None),
        (b"kind=cat", "any kind"),
        (b"kind=dog", "dog"),
        (b"x=1&kind=dog", "dog"),
        (b"kind=dog&all=1", "all dogs"),
    ],
)
def test_choosiest_variant_that_fits_the_query_wins(query: bytes, found: str | None) -> None:
    node, _ = PathTrie[str]().place("/pets")
    for name, conditions in (
        ("any kind", (("kind", None),)),
        ("dog", (("kind", "dog"),)),
        ("all dogs", (("kind", "dog"), ("all", None))),
    ):
        node.add_variant("GET", conditions, (name, ()))
    variant = node.variant("GET", query)

    assert (variant and variant[0]) == found
    assert node.variant("POST", query) is None


@pytest.mark.parametrize(
    ("template", "segment"),
    [
        ("{a}-{b}", "1-2"), ("{a}-{b}", "--"), ("{a}-{b}", "---"), ("{a}-{b}", "1-"), ("{a}-{b}", "-1"),
        ("x{a}", "x"), ("x{a}", "xx"), ("{a}x", "xx"), ("{a}{b}", "12"), ("{a}{b}", "1"), ("{a}{b}c", "12cc"),
        ("{a}.{b}.json", "a.b.json"), ("{a}.{b}.json", "a.json"), ("{a}.{b}.json", "..b.json.json"),
        ("a{x}a", "aa"), ("a{x}a", "aba"), ("{a}aa{b}", "aaaaa"), ("{a}:{b}:{c}", "1:2:3:4"), ("{a}\n{b}", "1\n2"),
    ],
)  # fmt: skip
def test_segment_with_several_variables_matches_as_a_lazy_regex_would(template: str, segment: str) -> None:
    trie: PathTrie[str] = PathTrie()
    node, _ = trie.place(f"/{template}")
    node.methods["GET"] = ("it", ())
    pattern = "".join(
        "(.+?)" if piece.startswith("{") else re.escape(piece) for piece in re.split(r"(\{\w+\})", template)
    )
    expected = re.fullmatch(pattern, segment, re.DOTALL)
    match = trie.find(f"/{segment}")
    assert (match.values if match else None) == (expected.groups() if expected else None)
