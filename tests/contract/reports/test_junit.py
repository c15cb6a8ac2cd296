"""JUnit XML that Jenkins and GitLab read: cases, failures, errors and what was skipped."""

from __future__ import annotations

import re
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest
from hypothesis import given, settings

from mockserver.contract.events import Ended, Said, Verdict
from mockserver.contract.findings import Level
from mockserver.contract.reports import junit
from mockserver.contract.results import Results
from mockserver.contract.running import Run
from mockserver.errors import UsageError

from .samples import AT, BODY, EVENTS, LINES, NASTY, STARTED, drenched, hostile, results

SHAPE: dict[str, tuple[set[str], set[str], set[str]]] = {
    "testsuites": (set(), {"name", "tests", "failures", "errors", "skipped", "time"}, {"testsuite"}),
    "testsuite": (
        {"name", "tests", "failures", "errors", "skipped", "time"},
        {"timestamp"},
        {"properties", "testcase", "system-out", "system-err"},
    ),
    "properties": (set(), set(), {"property"}),
    "property": ({"name", "value"}, set(), set()),
    "testcase": (
        {"name", "classname", "time"},
        set(),
        {"failure", "error", "skipped", "system-out", "system-err"},
    ),
    "failure": ({"message", "type"}, set(), set()),
    "error": ({"message", "type"}, set(), set()),
    "skipped": ({"message"}, set(), set()),
    "system-out": (set(), set(), set()),
}
"""Element -> attributes that it must have and may have, and its children, of jenkins-junit.xsd and Surefire's."""

TEXT = {"failure", "error", "skipped", "system-out"}


def checked(text: str) -> Element:
    """Return the report; it has the shape, and its counts are true."""
    root = ElementTree.fromstring(text.encode())
    assert root.tag == "testsuites"
    for element in root.iter():
        must, may, children = SHAPE[element.tag]
        assert must <= set(element.attrib) <= must | may, element.tag
        assert {child.tag for child in element} <= children, element.tag
        assert element.tag in TEXT or not (element.text or "").strip()
        if "time" in element.attrib:
            assert re.fullmatch(r"\d+\.\d{3}", element.attrib["time"])
        for name, tag in {
            "tests": "testcase",
            "failures": "failure",
            "errors": "error",
            "skipped": "skipped",
        }.items():
            if name in element.attrib:
                assert int(element.attrib[name]) == len(list(element.iter(tag))), name
    for suite in root:
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", suite.attrib["timestamp"])
        order = [("properties", "testcase", "system-out").index(child.tag) for child in suite]
        assert order == sorted(order)
    return root


def cases(found: Results) -> dict[str, list[str]]:
    """Return the names of the test cases with what is in them."""
    return {
        case.attrib["name"]: [part.tag for part in case]
        for case in checked(junit.write(found)).iter("testcase")
    }


def test_each_operation_is_a_case_with_its_ending() -> None:
    assert cases(results()) == {
        "GET /pets/{petId}": ["failure"],
        "POST /pets": ["system-out"],
        "PUT /pets/{petId}": ["skipped", "system-out"],
        "DELETE /pets/{petId}": [],
        "PATCH /pets/{petId}": ["skipped"],
        "hint": ["system-out"],
    }


def test_warning_is_a_failure_where_warnings_count() -> None:
    assert cases(results(fail_on=Level.WARNING))["POST /pets"] == ["failure"]


def test_failure_tells_all_about_its_finding() -> None:
    failure = next(checked(junit.write(results())).iter("failure"))
    for part in (
        BODY.message,
        "curl -sS -i",
        "api.yaml:34:11",
        '{"id": 1, "items": [{"name": 7}]}',
        BODY.advice,
    ):
        assert part in (failure.text or "")
    assert failure.attrib["message"] == f"{BODY.title}: {BODY.message}"


def test_run_that_broke_off_is_an_error_with_its_reason() -> None:
    found = results((STARTED, Said("the server is gone", Level.ERROR), Ended(Verdict.FAILED)))
    (error,) = checked(junit.write(found)).iter("error")
    assert error.attrib["message"] == "the run did not finish: the server is gone"


def test_run_that_did_not_even_begin_is_an_error() -> None:
    written: list[str] = []

    def fail() -> None:
        with Run(now=lambda: AT, writers=[lambda found: written.append(junit.write(found))]):
            raise UsageError("there is no such document")

    with pytest.raises(UsageError):
        fail()
    (error,) = checked(written[0]).iter("error")
    assert error.attrib["message"].endswith("there is no such document")


def test_two_servers_are_two_suites() -> None:
    assert len(checked(junit.write(results((*EVENTS, *EVENTS))))) == 2


@given(hostile())
@settings(max_examples=40, deadline=None)
def test_text_of_strangers_leaves_the_report_well_formed(found: Results) -> None:
    checked(junit.write(found))


@pytest.mark.parametrize("text", [*NASTY, *LINES])
def test_every_nasty_text_leaves_the_report_well_formed(text: str) -> None:
    test_text_of_strangers_leaves_the_report_well_formed.hypothesis.inner_test(drenched(text))
