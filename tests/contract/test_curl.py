"""The curl command of a finding sends the same request again."""

from __future__ import annotations

import subprocess

from hypothesis import example, given, settings
from hypothesis import strategies as st

from mockserver.contract import curl
from mockserver.contract.findings import Sent


@given(
    st.binary().filter(lambda text: b"\0" not in text)
    | st.text().map(lambda text: text.replace("\0", "").encode())
)
@example(b"a ##[add-mask]\n'\\n")
@settings(max_examples=25, deadline=None)
def test_quoted_text_is_one_word_of_the_shell(text: bytes) -> None:
    word = curl.quoted(text)
    done = subprocess.run(["bash", "-c", f"printf %s {word}"], capture_output=True, check=True)
    assert done.stdout == text
    assert word.isprintable()
    assert "##[" not in word


def echoed(command: str) -> list[bytes]:
    """Return the arguments that a command hands to curl, and its standard input."""
    script = 'curl() { printf "%s\\n--\\n" "$@"; [ -t 0 ] || cat; }; ' + command
    done = subprocess.run(["bash", "-c", script], capture_output=True, check=True, stdin=subprocess.DEVNULL)
    return done.stdout.split(b"\n--\n")


def test_body_with_a_nul_goes_through_standard_input() -> None:
    body = b"a\0b%\\n\xff'"
    arguments = echoed(Sent("POST", "http://x/", (("Content-Type", "a/b"),), body).curl())
    assert arguments[-1] == body
    assert b"@-" in arguments


def test_body_that_begins_with_an_at_sign_is_no_file() -> None:
    arguments = echoed(Sent("POST", "http://x/", (("Content-Type", "a/b"),), b"@/etc/passwd").curl())
    assert arguments[arguments.index(b"@/etc/passwd") - 1] == b"--data-raw"


def test_body_without_media_type_gets_none() -> None:
    assert "-H 'Content-Type:'" in Sent("POST", "http://x/", (), b"{}").curl()


def test_body_that_is_cut_is_said_to_be() -> None:
    command = Sent("PUT", "http://x/", (), b"a" * 5000).curl()
    assert command.endswith("# only the first 4096 bytes of a body of 5000")
    assert len(command) < 4500


def test_url_is_taken_as_it_is() -> None:
    command = Sent("GET", "http://x/a/../b?c[d]={e}").curl()
    assert "--globoff --path-as-is" in command


def test_headers_that_curl_sets_itself_are_left_out() -> None:
    headers = (
        ("Host", "x"),
        ("Accept", "*/*"),
        ("Content-Length", "2"),
        ("Accept-Encoding", "gzip, br"),
        ("X-A", ""),
        ("X-B", "1"),
    )
    assert Sent("DELETE", "http://x/", headers).curl() == (
        "curl -sS -i -X DELETE --compressed -H 'X-A;' -H 'X-B: 1' http://x/"
    )


def test_head_is_asked_for_as_curl_wants_it() -> None:
    assert Sent("HEAD", "http://x/").curl() == "curl -sS -i --head http://x/"
