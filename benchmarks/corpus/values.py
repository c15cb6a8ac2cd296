"""Candidates for a value: the document's examples, the small sampler, our generator; the judge has the last word."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from corpus.files import DocumentProblem, Node
from corpus.judge import REQUEST, Judge, Unjudged, time_limit
from corpus.reading import Op, Schema
from corpus.sample import NoSample, Sampler

GENERATOR_LIMIT_S = 3.0


class Supply:
    """Mockserver's generator on its own reading of the document, matched by method, path, place and name."""

    def __init__(self, path: Path, seed: int) -> None:
        self.problem = ""
        self.operations: dict[tuple[str, str], Any] = {}
        try:
            from mockserver.document.builder import load
            from mockserver.mocking.dice import Dice
            from mockserver.mocking.generator import Generator

            document = load(path)
            self.generator = Generator(document.request_schemas, Dice(seed, "corpus"))
            self.operations = {(one.method, one.path): one for one in document.operations.values()}
        except Exception as error:
            # Then the server will not start either, and that is reported; its peer is still asked.
            self.problem = f"{type(error).__name__}: {error}"

    def parameter(self, op: Op, place: str, name: str) -> str | None:
        """Return the pointer of a parameter's schema."""
        ours = self.operations.get((op.method, op.path))
        found = (one for one in (ours.parameters if ours else ()) if (one.place, one.name) == (place, name))
        return next((one.schema for one in found), None)

    def body(self, op: Op, media: str) -> str | None:
        """Return the pointer of a body's schema."""
        ours = self.operations.get((op.method, op.path))
        content = ours.request_body.content if ours and ours.request_body else {}
        found = content.get(media)
        return found.schema if found else None

    def values(self, pointer: str | None, key: str, *, lean: bool) -> Iterator[Any]:
        """Yield generated values, at most three; nothing where it cannot."""
        for turn in range(3 if pointer else 0):
            try:
                with time_limit(GENERATOR_LIMIT_S, "the generator"):
                    value = self.generator.value(pointer, key=("corpus", key, str(turn)), lean=lean)
            except Exception:
                return
            yield value


class Values:
    """Finds valid values."""

    def __init__(self, judge: Judge, supply: Supply) -> None:
        self.judge, self.supply = judge, supply
        self.sampler = Sampler(judge.files)

    def candidates(
        self, schema: Schema | None, examples: tuple[Any, ...], pointer: str | None, key: str, *, lean: bool
    ) -> Iterator[Any]:
        """Yield values that the judge takes, each as soon as it is asked for."""
        if schema is None:
            yield from (*examples, "sample")
            return
        for value in self._raw(schema, examples, pointer, key, lean=lean):
            try:
                if not self.judge.fault(schema, value, REQUEST):
                    yield value
            except Unjudged:
                continue

    def _raw(
        self, schema: Schema, examples: tuple[Any, ...], pointer: str | None, key: str, *, lean: bool
    ) -> Iterator[Any]:
        if not lean:
            yield from self.supply.values(pointer, key, lean=False)
        yield from examples
        try:
            node = self.judge.resolve(schema)
        except DocumentProblem:
            return
        yield from self._own_examples(node)
        # A schema may be beyond the sampler, or broken; others follow.
        with suppress(NoSample, TypeError, AttributeError, KeyError, ValueError):
            yield self.sampler.value(node)
        if isinstance(node.value, dict) and isinstance(node.value.get("enum"), list):
            yield from node.value["enum"][:50]
        yield from self.supply.values(pointer, key, lean=True)
        if lean:
            yield from self.supply.values(pointer, key, lean=False)
        yield from ("a", "1", "abcdefgh", "A1", "a_b", "0000000000")

    def _own_examples(self, node: Node) -> Iterator[Any]:
        if isinstance(node.value, dict):
            if "example" in node.value:
                yield node.value["example"]
            if isinstance(node.value.get("examples"), list):
                yield from node.value["examples"]
            if "default" in node.value:
                yield node.value["default"]
