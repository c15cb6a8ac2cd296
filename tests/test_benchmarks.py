"""The benchmarks' own arithmetic; no time is asserted here."""

import json
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).resolve().parents[1] / "benchmarks"
sys.path.insert(0, str(BENCHMARKS))

import bench
import loadgen
import processes
import state
import upstream

WRK_OUTPUT = """Running 3s test @ http://127.0.0.1:4010/sessions
  1 threads and 16 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     4.02ms    1.10ms  22.71ms   91.08%
Requests/sec:   3961.03
{"requests": 11900, "seconds": 3.004000, "refused": 3, "broken": 1, "p50_ms": 3.900, "p99_ms": 9.100}
"""


def make_sample(server: str, number: int, requests: int, cpu_s: float) -> bench.Sample:
    load = loadgen.Load(requests, 2.0, refused=0, broken=0, p50_ms=1.5, p99_ms=4.25)
    return bench.Sample(server, "get", number, load, cpu_s, rss_mb=100.0 + number)


SAMPLES = [
    make_sample("mockserver", 1, 12_000, 2.0),
    make_sample("prism", 1, 4_000, 2.0),
    make_sample("prism", 2, 4_000, 1.0),
    make_sample("mockserver", 2, 8_000, 1.0),
]


def test_load_is_read_from_the_line_of_json_that_wrk_prints() -> None:
    assert loadgen.parse_load(WRK_OUTPUT) == loadgen.Load(11_900, 3.004, 3, 1, 3.9, 9.1)


def test_load_generator_without_result_is_an_error_with_its_words() -> None:
    with pytest.raises(ValueError, match="Connection refused"):
        loadgen.parse_load("unable to connect to 127.0.0.1:1 Connection refused\n")


@pytest.mark.parametrize(
    ("values", "percent", "expected"),
    [([], 99, 0.0), ([7.0], 50, 7.0), ([1.0, 2.0], 50, 1.0), ([float(n) for n in range(1, 101)], 99, 99.0)],
)
def test_percentile_is_the_nearest_rank(values: list[float], percent: int, expected: float) -> None:
    assert loadgen.percentile(values, percent) == expected


def test_response_length_of_a_chunked_answer_is_known_when_its_last_chunk_is_there() -> None:
    answer = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n"

    assert loadgen.response_length(answer[:-1]) is None
    assert loadgen.response_length(answer + b"HTTP") == len(answer)


def test_upstream_tells_where_a_request_ends() -> None:
    post = b"POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\nhi"
    chunked = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n"

    assert [upstream.request_length(data) for data in (post[:20], post, post[:-1])] == [
        None,
        len(post),
        len(post),
    ]
    assert upstream.request_length(chunked[:-1]) is None
    assert upstream.request_length(chunked) == len(chunked)


def test_response_length_counts_head_and_body_and_waits_for_the_head() -> None:
    head = b"HTTP/1.1 200 OK\r\ncontent-Length: 5\r\n\r\n"

    assert loadgen.response_length(head[:-1]) is None
    assert loadgen.response_length(head + b"he") == len(head) + 5


def test_stat_of_a_process_with_a_strange_name_is_read() -> None:
    before_times = "S 12 40 40 0 -1 4194304 900 0 0 0"
    text = f"40 (node) a (b) {before_times} 100 20 3 4 20 0 11 0 123456 1000000 2500 18446744073709551615"

    assert processes.parse_stat(text) == processes.Process(pid=40, parent=12, cpu_ticks=127, rss_pages=2500)


def test_tree_usage_counts_all_below_the_root_and_nothing_beside_it() -> None:
    rows = [(1, 0, 999, 999), (40, 1, 100, 10), (41, 40, 50, 20), (42, 41, 25, 30), (43, 1, 999, 999)]
    found = {row[0]: processes.Process(*row) for row in rows}

    assert processes.tree_usage(40, found, ticks_per_s=100, page_bytes=4096) == (1.75, 0.24576)
    assert processes.tree_usage(77, found, ticks_per_s=100, page_bytes=4096) == (0, 0)


def test_spread_shows_median_smallest_and_largest() -> None:
    assert bench.spread([8244, 8001, 8123]) == "8,123 (8,001..8,244)"
    assert bench.spread([3.04, 2.0], 1, "x") == "x2.5 (2.0..3.0)"


def test_ratios_pair_samples_of_the_same_round_whatever_their_order() -> None:
    assert bench.ratios(SAMPLES, "get", "per_s") == [3.0, 2.0]
    assert bench.ratios(SAMPLES, "get", "per_cpu_s") == [3.0, 2.0]


def test_speed_table_has_a_row_for_each_server_and_their_ratio() -> None:
    header, ours, prism, ratio = bench.speed_table(SAMPLES).splitlines()

    assert header.split() == [
        "scenario",
        "server",
        "requests/s",
        "requests/CPU",
        "s",
        "p50",
        "ms",
        "p99",
        "ms",
    ]
    assert ours.split()[:6] == ["get", "mockserver", "5,000", "(4,000..6,000)", "7,000", "(6,000..8,000)"]
    assert prism.split()[-4:] == ["1.5", "(1.5..1.5)", "4.2", "(4.2..4.2)"]
    assert ratio.split() == ["get", "ratio", "x2.5", "(2.0..3.0)", "x2.5", "(2.0..3.0)"]


def test_speed_table_of_one_server_has_no_ratio() -> None:
    assert len(bench.speed_table([SAMPLES[0], SAMPLES[3]]).splitlines()) == 2


def test_memory_table_shows_growth_from_round_to_round() -> None:
    table = bench.memory_table(
        {"mockserver": [0.5], "prism": [1.25]}, {"mockserver": 60.0, "prism": 150.0}, SAMPLES,
        {"mockserver": 20_000, "prism": 0},
    )  # fmt: skip

    assert table.splitlines()[1].split() == [
        "mockserver",
        "0.50",
        "(0.50..0.50)",
        "60",
        "102",
        "101",
        "102",
        "20,000",
    ]


def test_body_has_about_a_kilobyte_and_the_refused_one_differs_in_one_value() -> None:
    _, create, refuse = bench.scenarios()
    valid, invalid = json.loads(create.body), json.loads(refuse.body)
    assert 950 <= len(create.body) <= 1050

    assert valid != invalid
    invalid["messages"][-1]["role"] = valid["messages"][-1]["role"]
    assert valid == invalid


@pytest.mark.parametrize("arguments", [["--rounds", "0"], ["--only", "nothing"], ["--seconds", "x"]])
def test_wrong_flags_end_with_code_2(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        bench.main(arguments)

    assert caught.value.code == 2


def test_benchmark_of_the_state_measures_each_store(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["state.py", "--sizes", "100", "200"])
    state.main()

    tables = capsys.readouterr().out.strip().split("\n\n")
    assert [table.partition(",")[0] for table in tables] == ["memory", "SQLite", "Redis"]
    for table in tables:
        assert "filtered list" in table
        assert "page 900 sorted" in table
