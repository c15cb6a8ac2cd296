"""The plugin as its users see it: runs of pytest, and what they say."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import httpx
import pytest

from mockserver import pytest_plugin
from mockserver.contract import journals

from .conftest import EXAMPLE, ROOT, Run

pytest_plugins = "pytester"

AUTH_OFF = "import pytest\npytestmark = pytest.mark.mockserver(auth=False)\n"


def test_server_remembers_and_its_calls_are_asserted_on(run: Run) -> None:
    run(
        """
def test_it(mock_server):
    pet = mock_server.client.post("/pets", json={"name": "Rex", "kind": "dog"}, headers=KEY).json()
    assert mock_server.client.get(f"/pets/{pet['id']}", headers=KEY).json() == pet
    created = mock_server.calls("createPet")
    created.assert_called_once_with(body={"name": "Rex"})
    created.assert_called_with(body={"name": "Rex", "kind": "dog"}, exact=True)
    created.assert_any_call(times=1, headers={"x-api-key": "secret"})
    created.assert_called_once()
    assert created.last is created[0]
    assert created[0].request.body == {"name": "Rex", "kind": "dog"}
    assert created[0].answer.body == pet
    mock_server.calls("GET /pets/{petId}").assert_called_once_with(path={"petId": pet["id"]})
    mock_server.calls("deletePet").assert_not_called()
    mock_server.calls().assert_call_count(2)
    mock_server.assert_order("createPet", "getPet", exact=True)
    mock_server.assert_no_unexpected_calls()
"""
    ).assert_outcomes(passed=1)


def test_each_test_has_a_world_of_its_own_and_all_share_one_server(run: Run) -> None:
    run(
        AUTH_OFF
        + """
import httpx
seen = []
@pytest.mark.parametrize("n", range(3))
def test_it(mock_server, n):
    assert len(httpx.get(mock_server.url + "/pets").json()) == 3
    httpx.delete(mock_server.url + "/pets/1")
    mock_server.calls("deletePet").assert_called_once()
    seen.append(mock_server.url.split("/@"))
def test_all():
    assert len({origin for origin, _ in seen}) == 1
    assert len({world for _, world in seen}) == 3
"""
    ).assert_outcomes(passed=4)


def test_test_that_asks_nothing_starts_nothing(run: Run) -> None:
    result = run(
        """
import threading
def test_it(mock_server):
    assert not mock_server.is_started
    assert not [thread for thread in threading.enumerate() if thread.name == "mockserver"]
    mock_server.allow_unmatched()
def test_none():
    pass
"""
    )

    result.assert_outcomes(passed=2)
    result.stdout.no_fnmatch_line("*mockserver*")


def test_all_ways_lead_into_the_world_of_the_test(run: Run) -> None:
    run(
        """
import httpx, pytest
pytestmark = pytest.mark.mockserver(port=False)
def test_ways(mock_server):
    with httpx.Client(transport=mock_server.transport, base_url="https://api.example.com") as client:
        client.delete("/pets/1", headers=KEY)
    with httpx.Client(transport=httpx.WSGITransport(mock_server.wsgi), base_url="http://any") as client:
        assert client.get("/pets/1", headers=KEY).status_code == 404
        made = client.post("/pets?a=%C3%A9", json={"name": "\u00e9", "kind": "cat"}, headers=KEY)
        assert made.json()["name"] == "\u00e9"
    assert len(mock_server.calls()) == 3
    with pytest.raises(Exception, match="no port"):
        mock_server.url
@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_async(mock_server, anyio_backend):
    assert (await mock_server.async_client.get("/pets", headers=KEY)).status_code == 200
    transport = httpx.ASGITransport(mock_server.asgi)
    async with httpx.AsyncClient(transport=transport, base_url="http://any") as client:
        assert (await client.post("/pets", json={"name": "Rex", "kind": "cat"}, headers=KEY)).status_code == 201
    mock_server.calls("createPet").assert_called_once_with(body={"name": "Rex"})
"""
    ).assert_outcomes(passed=2)


def test_fault_is_what_httpx_would_say_of_it(run: Run) -> None:
    run(
        """
import httpx, pytest
@pytest.mark.parametrize(
    ("fault", "error"),
    [("reset", httpx.ReadError), ("timeout", httpx.ReadTimeout), ("garbage", httpx.RemoteProtocolError)],
)
def test_it(mock_server, fault, error):
    mock_server.stub("listPets", fault=fault, times=1)
    with pytest.raises(error):
        mock_server.client.get("/pets", headers=KEY)
    assert mock_server.client.get("/pets", headers=KEY).status_code == 200
"""
    ).assert_outcomes(passed=3)


# What nobody expects.


def test_unmatched_and_invalid_calls_fail_the_test_and_are_explained(run: Run) -> None:
    result = run(
        """
def test_it(mock_server):
    mock_server.client.get("/pet/7", headers=KEY)
    mock_server.client.put("/pets", headers=KEY)
    mock_server.client.post("/pets", json={"nam": "Rex", "kind": "dog"}, headers=KEY)
    mock_server.client.get("/pets?limit=many&knd=dog")
"""
    )

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "mock_server: 2 calls for no operation of the document:",
            "  #1 GET /pet/7 -> 404",
            "    nearest: GET /pets/{petId} (getPet): 'pet' should be 'pets'",
            "  #2 PUT /pets -> 405",
            "    *the method should be GET",
            "2 calls that the document does not allow:",
            "  #3 POST /pets -> 422 (createPet)",
            "    body.name: 'name' is required *",
            "    body has 'nam', and 'name' is missing*",
            "  #4 GET /pets?limit=many&knd=dog -> 401 (listPets)",
            "    security: *",
            "    query.limit: *",
            "    query 'knd' is not declared; did you mean 'kind'?",
            "If that is what the test is about: mock_server.allow_unmatched()*",
        ],
        consecutive=False,
    )


def test_unmatched_and_invalid_calls_are_allowed_where_the_test_says_so(run: Run) -> None:
    run(
        """
import pytest
LOST = lambda mock_server: mock_server.client.get("/nothing", headers=KEY)
BROKEN = lambda mock_server: mock_server.client.get("/pets")
def test_calls(mock_server):
    mock_server.allow_unmatched()
    mock_server.allow_invalid()
    LOST(mock_server), BROKEN(mock_server)
def test_block(mock_server):
    with mock_server.allow_unmatched(), mock_server.allow_invalid():
        LOST(mock_server), BROKEN(mock_server)
@pytest.mark.mockserver(allow_unmatched=True, allow_invalid=True)
def test_marker(mock_server):
    LOST(mock_server), BROKEN(mock_server)
@pytest.mark.mockserver(auth=False, validate=False)
def test_settings(mock_server):
    mock_server.client.get("/pets?limit=many")
"""
    ).assert_outcomes(passed=4)


def test_block_allows_only_what_is_called_in_it(run: Run) -> None:
    result = run(
        """
def test_it(mock_server):
    with mock_server.allow_unmatched():
        mock_server.client.get("/inside", headers=KEY)
    mock_server.client.get("/outside", headers=KEY)
"""
    )

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["mock_server: 1 call for no operation*", "  #2 GET /outside -> 404"])


def test_ini_file_allows_for_all(run: Run) -> None:
    ini = "mockserver_doc = petshop.yaml\nmockserver_allow_unmatched = true\nmockserver_allow_unused_stubs = true"
    run(
        """
def test_it(mock_server):
    mock_server.stub("listPets", status=503)
    mock_server.client.get("/nothing", headers=KEY)
""",
        ini=ini,
    ).assert_outcomes(passed=1)


def test_call_after_the_test_is_an_error_of_its_teardown(run: Run) -> None:
    result = run(
        """
import pytest
@pytest.fixture
def leaving(mock_server):
    yield
    mock_server.client.get("/nothing", headers=KEY)
def test_it(leaving): pass
"""
    )

    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["mock_server, after the test: 1 call for no operation*"])


def test_test_that_fails_shows_its_calls_and_fails_once(run: Run) -> None:
    result = run(
        """
def test_it(mock_server):
    mock_server.client.get("/pets", headers=KEY)
    mock_server.client.get("/pet", headers=KEY)
    assert 1 == 2
"""
    )

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "E * assert 1 == 2",
            "*mock_server test_it-*",
            "#1 GET /pets -> 200 (listPets)",
            "#2 GET /pet -> 404",
        ]
    )


def test_stub_that_answered_nothing_fails_the_test(run: Run) -> None:
    result = run(
        AUTH_OFF
        + """
def test_it(mock_server):
    mock_server.stub("listPets", status=503, when={"query": {"kind": "dog"}})
    mock_server.stub("getPet", status=404, optional=True)
    mock_server.stub("deletePet", status=404).remove()
    mock_server.client.get("/pets?kind=cat")
"""
    )

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "mock_server: 1 stub answered nothing:",
            "  listPets when {'query': {'kind': 'dog'}}: status 503",
            '    #1 GET /pets?kind=cat -> 200: stub 1 does not match: query kind is "cat", not "dog"',
            "A stub that may stay unused is ordered with optional=True.",
        ]
    )


def test_failed_assertion_shows_the_line_of_the_test_and_nothing_of_ours(run: Run) -> None:
    result = run(
        AUTH_OFF
        + """
def test_it(mock_server):
    mock_server.client.post("/pets", json={"name": "Max", "kind": "dog"})
    mock_server.calls("createPet").assert_called_once_with(body={"name": "Rex"})
"""
    )

    result.assert_outcomes(failed=1)
    text = result.stdout.str()
    assert '>       mock_server.calls("createPet").assert_called_once_with(body={"name": "Rex"})' in text
    assert 'body /name is "Max", not "Rex"' in text
    assert "called.py" not in text


WRONG = [
    ("mock_server.calls('creatPet')", "no operation 'creatPet' (did you mean 'createPet'?)"),
    ("mock_server.calls('GET /pet')", "did you mean 'GET /pets'?"),
    ("mock_server.state('cats')", "there is no resource 'cats'; there are pets"),
    ("mock_server.stub('getPet', status=418)", "declares no response 418"),
    ("mock_server.state('pets').create(name=7)", "body.name: 7 is not of type"),
    ("mock_server.state('pets').delete(99)", "there is no pet 99"),
    ("mock_server.clock.advance('soon')", "'soon' is no length of time"),
    ("mock_server.restore({})", "this is no snapshot"),
    ("mock_server.calls('createPet').assert_called_with()", "say what the call should have been like"),
    ("mock_server.calls('createPet')[0]", "createPet was called 0 times, so there is no call"),
    ("mock_server.calls('createPet').assert_called()", "No call was made at all."),
    ("mock_server.wait_for_calls(timeout_s=0)", "after 0 seconds: any operation should have been called"),
]


def test_wrong_use_is_one_sentence_at_the_line_of_the_test(run: Run) -> None:
    result = run("\n".join(f"def test_{n}(mock_server):\n    {line}" for n, (line, _) in enumerate(WRONG)))

    result.assert_outcomes(failed=len(WRONG))
    text = result.stdout.str()
    assert [said for line, said in WRONG if f">       {line}" not in text or said not in text] == []
    assert "view.py" not in text


# Options.


WRONG_MARKERS = [
    ("'petz.yaml'", "there is no petz.yaml; looked for"),
    ("sed=7", "unknown option 'sed'"),
    ("seed='x'", "seed: 'x' is not of type int"),
    ("world='a b'", "'a b' can be no name of a world"),
    ("allow_invalid=1", "allow_invalid: 1 is not of type bool"),
    ("clock='now'", "'now' is no instant"),
    ("7", "a file, a folder or a URL is expected, not 7"),
]


def test_wrong_marker_is_an_error_without_a_traceback(run: Run) -> None:
    tests = (
        f"@pytest.mark.mockserver({marker})\ndef test_{n}(mock_server): pass"
        for n, (marker, _) in enumerate(WRONG_MARKERS)
    )
    result = run("import pytest\n" + "\n".join(tests))

    result.assert_outcomes(errors=len(WRONG_MARKERS))
    text = result.stdout.str()
    assert [said for _, said in WRONG_MARKERS if said not in text] == []
    assert "Traceback" not in text
    assert "options.py" not in text
    assert "During handling" not in text


def test_test_without_a_document_says_how_to_name_one(run: Run) -> None:
    result = run("def test_it(mock_server): pass", ini="")

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*which document? Name it by @pytest.mark.mockserver('api.yaml')*"])


def test_document_that_cannot_be_served_is_told_at_the_test(run: Run) -> None:
    result = run(
        """
import pytest
@pytest.mark.mockserver("test_it.py")
def test_it(mock_server):
    mock_server.client
"""
    )

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([">       mock_server.client", "E  *UsageError: *test_it.py*"])
    assert "/mockserver/" not in result.stdout.str()


def test_marker_wins_over_ini_file_and_the_nearest_marker_over_others(run: Run) -> None:
    ini = "mockserver_doc = petshop.yaml\nmockserver_seed = 3"
    run(
        """
import pytest
pytestmark = pytest.mark.mockserver(auth=False, clock="2026-01-02T03:04:05Z")
def names(mock_server): return [pet["name"] for pet in mock_server.client.get("/pets").json()]
seen = {}
def test_ini(mock_server):
    seen[3] = names(mock_server)
    assert mock_server.clock.now.year == 2026
@pytest.mark.mockserver(seed=4)
def test_marker(mock_server):
    seen[4] = names(mock_server)
    assert mock_server.clock.now.year == 2026
@pytest.mark.mockserver("zoo=petshop.yaml", seed=3)
def test_name(mock_server):
    assert mock_server.client.get("/zoo/pets").status_code == 200
    assert mock_server.calls("listPets")[0].document == "zoo"
def test_all():
    assert seen[3] != seen[4]
""",
        ini=ini,
    ).assert_outcomes(passed=4)


def test_command_line_names_document_and_seed(run: Run) -> None:
    source = """
def test_it(mock_server):
    assert mock_server.options.settings.seed == 9
    assert mock_server.client.get("/pets", headers=KEY).status_code == 200
"""
    run(source, "--mockserver-doc=petshop.yaml", "--mockserver-seed=9", ini="").assert_outcomes(passed=1)
    result = run(source, "--mockserver-doc=petshop.yaml", "--mockserver-seed=x", ini="")
    result.stdout.fnmatch_lines(["*--mockserver-seed: 'x' is no number*"])


def test_config_file_has_settings_for_all(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makefile(".yaml", mockserver="documents: [petshop.yaml]\nauth: false\nseed: 5")
    run(
        """
def test_it(mock_server):
    assert mock_server.client.get("/pets").status_code == 200
    assert mock_server.options.settings.seed == 5
""",
        ini="mockserver_config = mockserver.yaml",
    ).assert_outcomes(passed=1)


def test_shared_world_stays_and_only_own_calls_count(run: Run) -> None:
    run(
        """
import pytest
pytestmark = pytest.mark.mockserver(world="shared", auth=False, allow_unmatched=False)
def test_one(mock_server):
    mock_server.client.delete("/pets/1")
    with mock_server.allow_unmatched():
        mock_server.client.get("/nothing")
def test_two(mock_server):
    assert mock_server.client.get("/pets/1").status_code == 404
    mock_server.calls("deletePet").assert_not_called()
    mock_server.calls("getPet").assert_called_once()
@pytest.mark.mockserver(world="default")
def test_default(mock_server):
    import httpx
    assert "@" not in mock_server.url
    assert httpx.get(f"{mock_server.url}/pets/1").status_code == 200
"""
    ).assert_outcomes(passed=3)


def test_several_servers_in_one_test(run: Run) -> None:
    result = run(
        """
def test_it(make_mock_server, mock_server):
    other = make_mock_server("petshop.yaml", seed=7, auth=False)
    same = make_mock_server()
    mock_server.client.delete("/pets/1", headers=KEY)
    assert other.client.get("/pets/1").status_code == 200
    assert same.client.get("/pets/1", headers=KEY).status_code == 200
    assert same.url.split("/@")[0] == mock_server.url.split("/@")[0] != other.url.split("/@")[0]
    mock_server.calls("deletePet").assert_called_once()
    other.calls("deletePet").assert_not_called()
    other.client.get("/nothing")
"""
    )

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["  #2 GET /nothing -> 404"])


def test_session_has_a_server_and_tests_may_look_into_its_world(run: Run) -> None:
    run(
        """
import httpx, pytest
@pytest.fixture(scope="session")
def program(session_mock_server):
    return session_mock_server.url
@pytest.mark.parametrize("n", range(2))
@pytest.mark.mockserver(world="session")
def test_look(program, mock_server, n):
    assert program == mock_server.url
    mock_server.reset()
    assert httpx.delete(f"{program}/pets/1", headers=KEY).status_code == 204
    mock_server.calls("deletePet").assert_called_once()
def test_apart(program, mock_server):
    httpx.get(f"{program}/nothing", headers=KEY)
    assert not mock_server.calls()
"""
    ).assert_outcomes(passed=3)


def test_document_that_is_written_anew_is_served_anew_and_few_servers_are_kept(run: Run) -> None:
    run(
        """
import json, pytest, threading
@pytest.mark.parametrize("n", range(12))
def test_it(make_mock_server, n, tmp_path_factory):
    path = tmp_path_factory.getbasetemp() / "api.json"
    operation = {"operationId": f"get{n}", "responses": {"200": {"description": "ok"}}}
    paths = {f"/{n}": {"get": operation}}
    path.write_text(json.dumps({"openapi": "3.1.0", "info": {"title": "A", "version": "1"}, "paths": paths}))
    mock_server = make_mock_server(path)
    assert mock_server.client.get(f"/{n}").status_code == 200
    mock_server.calls(f"get{n}").assert_called_once()
    assert len([thread for thread in threading.enumerate() if thread.name == "mockserver"]) <= 8
""",
        ini="",
    ).assert_outcomes(passed=12)


# State and time.


def test_state_clock_snapshots_and_reset(run: Run) -> None:
    run(
        AUTH_OFF
        + """
from datetime import UTC, datetime, timedelta
import json
def test_it(mock_server, tmp_path):
    pets = mock_server.state("pets")
    assert len(pets) == 3
    rex, tom = pets.seed([{"id": 7, "name": "Rex", "kind": "dog"}, {"name": "Tom", "kind": "cat"}])
    assert [pet["name"] for pet in mock_server.client.get("/pets").json()] == ["Rex", "Tom"]
    assert pets.list(kind="dog") == [rex] == [pets.get(7)]
    assert 7 in pets and 99 not in pets and pets.get(99) is None
    assert pets.update(7, name="Max")["name"] == "Max"
    assert pets.create({"name": 7}, force=True)["name"] == 7
    saved = mock_server.snapshot()
    (tmp_path / "saved.json").write_text(json.dumps(saved))
    pets.delete(7)
    assert [pet["name"] for pet in pets] == ["Tom", 7]
    mock_server.restore(tmp_path / "saved.json", force=True)
    assert 7 in pets
    mock_server.clock.freeze(datetime(2026, 1, 2, tzinfo=UTC))
    mock_server.clock.advance(timedelta(hours=1))
    mock_server.clock.advance(60)
    assert mock_server.clock.now == datetime(2026, 1, 2, 1, 1, tzinfo=UTC)
    mock_server.clock.run("2030-01-01T00:00:00Z")
    assert mock_server.clock.now.year == 2030
    mock_server.stub("listPets", status=503)
    mock_server.reset()
    assert len(mock_server.client.get("/pets").json()) == 3
"""
    ).assert_outcomes(passed=1)


def test_stub_is_counted_matched_and_removed(run: Run) -> None:
    run(
        AUTH_OFF
        + """
def test_it(mock_server):
    twice = mock_server.stub("GET /pets", status=503, body={"message": "closed"}, headers={"X-A": "b"}, times=2)
    answers = [mock_server.client.get("/pets") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [503, 503, 200]
    assert (answers[0].json(), answers[0].headers["x-a"], twice.hits) == ({"message": "closed"}, "b", 2)
    always = mock_server.stub(status=503)
    assert mock_server.client.get("/pets").status_code == 503
    always.remove()
    assert mock_server.client.get("/pets").status_code == 200
    mock_server.calls("listPets", status=503).assert_call_count(3)
"""
    ).assert_outcomes(passed=1)


def test_calls_of_a_thread_are_waited_for(run: Run) -> None:
    run(
        AUTH_OFF
        + """
import threading, time
def test_it(mock_server):
    client = mock_server.client
    thread = threading.Thread(target=lambda: (time.sleep(0.05), client.get("/pets")))
    thread.start()
    mock_server.wait_for_calls("listPets").assert_called_once()
    thread.join()
"""
    ).assert_outcomes(passed=1)


def test_unittest_may_use_it_too(run: Run) -> None:
    result = run(
        AUTH_OFF
        + """
import unittest
class TestIt(unittest.TestCase):
    @pytest.fixture(autouse=True)
    def given(self, mock_server):
        self.mock_server = mock_server
    def test_good(self):
        assert self.mock_server.client.get("/pets").status_code == 200
    def test_bad(self):
        self.mock_server.client.get("/nothing")
"""
    )

    result.assert_outcomes(passed=1, failed=1)


def test_more_calls_than_the_journal_holds_are_told(run: Run) -> None:
    result = run(
        """
import pytest
@pytest.mark.mockserver(journal_size=3)
def test_it(mock_server):
    for _ in range(4):
        mock_server.client.get("/pets", headers=KEY)
    mock_server.calls("listPets").assert_call_count(4)
"""
    )

    result.assert_outcomes(failed=1)
    assert (
        "4 calls are more than the journal holds; journal_size=30 in the marker keeps more"
        in result.stdout.str()
    )


def test_expected_failure_stays_one(run: Run) -> None:
    result = run(
        AUTH_OFF
        + """
@pytest.mark.xfail(strict=True)
def test_lost(mock_server):
    mock_server.client.get("/nothing")
def test_skipped(mock_server):
    mock_server.client.get("/nothing")
    pytest.skip("why not")
"""
    )

    result.assert_outcomes(xfailed=1, skipped=1)


# The end of the run.

EXERCISE = """
def test_it(mock_server):
    mock_server.client.get("/pets", headers=KEY)
"""


def test_coverage_is_told_at_the_end(run: Run) -> None:
    result = run(EXERCISE)

    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(
        [
            "*coverage of mock servers*",
            "petshop: * % (operations 1 of 4, *",
            "  never called: createPet, getPet, deletePet",
        ]
    )


def test_coverage_of_a_verbose_run_says_what_was_never_touched(run: Run) -> None:
    result = run(EXERCISE, "-v")

    result.stdout.fnmatch_lines(["Never called (3 of 4):", "Called, but never like this:"])


def test_run_that_exercises_too_little_fails(run: Run) -> None:
    result = run(EXERCISE, "--mockserver-coverage-min=80")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["FAILED petshop: * % was exercised, and 80 % is asked for*"])
    assert run(EXERCISE, "--mockserver-coverage-min=5").ret == pytest.ExitCode.OK
    result = run("def test_it(): pass", "--mockserver-coverage-min=5")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["FAILED no mock server was used*"])
    assert run(EXERCISE, "--mockserver-coverage-min=80", "--collect-only").ret == pytest.ExitCode.OK
    result = run(EXERCISE, "--mockserver-coverage-min=much")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*--mockserver-coverage-min: 'much' is no number"])


def test_coverage_can_be_left_out(run: Run) -> None:
    result = run(EXERCISE, ini="mockserver_doc = petshop.yaml\nmockserver_coverage = false")

    result.assert_outcomes(passed=1)
    result.stdout.no_fnmatch_line("*coverage of mock servers*")


def test_journal_of_the_run_is_written_anew_each_time(run: Run, pytester: pytest.Pytester) -> None:
    for _ in range(2):
        run(EXERCISE, "--mockserver-journal=calls.ndjson").assert_outcomes(passed=1)

    (recorded,) = journals.read([str(pytester.path / "calls.ndjson")], print)
    assert (recorded.operation, recorded.message.method) == ("listPets", "GET")


def test_pytest_finds_the_plugin_by_its_entry_point() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    assert project["entry-points"]["pytest11"] == {"mockserver": pytest_plugin.__name__}


@pytest.mark.slow
def test_workers_have_servers_of_their_own_and_the_controller_puts_all_together(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(EXAMPLE, pytester.path, dirs_exist_ok=True)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    command = ["-p", "no:mockserver", "-p", "mockserver.pytest_plugin", "-n", "2"]
    result = pytester.runpytest_subprocess(
        *command, "--mockserver-journal=calls.ndjson", "--junit-xml=junit.xml"
    )

    result.assert_outcomes(passed=8)
    assert result.ret == 0
    result.stdout.fnmatch_lines(["*coverage of mock servers*", "petshop: * % (operations 4 of 4, *"])
    called = list(journals.read([str(pytester.path / "calls.ndjson")], print))
    assert {recorded.operation for recorded in called} == {"listPets", "createPet", "getPet", "deletePet"}
    assert len(called) == 16
    assert not list(pytester.path.glob("calls.ndjson.*"))
    (suite,) = ElementTree.parse(pytester.path / "junit.xml").getroot()
    assert (suite.get("tests"), suite.get("failures")) == ("8", "0")


def test_example_project_passes_with_types(pytester: pytest.Pytester) -> None:
    """What stands in examples/pytest runs, and mypy takes it."""
    shutil.copytree(EXAMPLE, pytester.path, dirs_exist_ok=True)
    result = pytester.runpytest_inprocess("-p", "no:mockserver", plugins=[pytest_plugin])

    result.assert_outcomes(passed=8)


@pytest.mark.slow
def test_example_project_is_typed(pytester: pytest.Pytester) -> None:
    shutil.copytree(EXAMPLE, pytester.path, dirs_exist_ok=True)
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--cache-dir", "cache", "."],
        capture_output=True, text=True, check=False, cwd=pytester.path, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip

    assert done.stdout.startswith("Success"), done.stdout


def test_server_that_runs_elsewhere_is_asked_in_its_place(
    run: Run, make_live_server: Callable[..., Any], pytester: pytest.Pytester
) -> None:
    source = """
import pytest
def test_calls_and_stubs(mock_server):
    stub = mock_server.stub("createPet", status=503, times=1)
    for _ in range(2):
        mock_server.client.post("/pets", json={"name": "Rex", "kind": "dog"}, headers=KEY)
    assert stub.hits == 1
    mock_server.calls("createPet").assert_call_count(2)
    mock_server.calls("createPet").assert_called_with(body={"name": "Rex"})
def test_state(mock_server):
    pets = mock_server.state("pets")
    pets.seed([{"id": 7, "name": "Rex", "kind": "dog"}])
    assert mock_server.client.get("/pets/7", headers=KEY).json() == pets.get(7)
    saved = mock_server.snapshot()
    pets.update(7, name="Max")
    pets.delete(7)
    mock_server.restore(saved)
    assert [pet["name"] for pet in pets] == ["Rex"]
    mock_server.clock.freeze("2026-01-02T03:04:05Z")
    mock_server.clock.advance("1h")
    assert mock_server.clock.now.hour == 4
    mock_server.reset()
    assert len(pets) == 3
    with pytest.raises(Exception, match="in this process"):
        mock_server.transport
def test_lost(mock_server):
    mock_server.client.get("/pet", headers=KEY)
"""
    with make_live_server("petshop.yaml", cwd=str(pytester.path)) as origin:
        result = run(source, f"--mockserver-url={origin}", "--mockserver-journal=calls.ndjson")
        worlds = httpx.get(f"{origin}/__mock__/worlds").json()["worlds"]

    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(
        ["    nearest: GET /pets (listPets): 'pet' should be 'pets'", "petshop: * %*"]
    )
    assert [world["name"] for world in worlds] == ["default"]
    called = journals.read([str(pytester.path / "calls.ndjson")], print)
    assert [recorded.operation for recorded in called] == ["createPet", "createPet", "getPet", ""]


def test_server_that_does_not_run_elsewhere_is_told(run: Run) -> None:
    result = run(EXERCISE, "--mockserver-url=http://127.0.0.1:9")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*no mock server answers at http://127.0.0.1:9*"])
