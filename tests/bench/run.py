"""What plans and applies cost beside the requests they need: `make bench`, or `python -m tests.bench.run`.

Each measurement is a whole process, start-up included, against a stand-in for Alice (`standin`). Beside it runs the
floor (`floor`): the same requests, the same number of threads, nothing else. Both run in turns, several times; the
least of each counts, because what is more is the machine's other business. `docs/benchmarks.md` tells what is seen.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.bench import cases
from tests.bench.cases import Bench
from tests.bench.results import Result, table, write

CASES: dict[str, Callable[[Bench, str], Iterator[Result]]] = {
    "a": lambda bench, letter: cases.plan_rows(bench, letter, 1_000_000, 1000),
    "b": lambda bench, letter: cases.plan_rows(bench, letter, 100_000, 100),
    "c": lambda bench, letter: cases.apply_rows(bench, letter, 1_000_000),
    "d": lambda bench, letter: cases.plan_rows(bench, letter, 1_000_000, 1000, differing=100),
    "e": lambda bench, letter: cases.difference(bench, letter, 10_000_000),
    "f": lambda bench, letter: cases.plan_resources(bench, letter, (1_000, 10_000)),
    "i": lambda bench, letter: cases.plan_resources(bench, letter, (100_000,), cases.TENFOLD),
    "g": lambda bench, letter: cases.start(bench, letter),
    "h": lambda bench, letter: cases.plan_checked(bench, letter, 1_000_000),
    "j": lambda bench, letter: cases.create_resources(bench, letter, 1_000, cases.sqlite),
    "k": lambda bench, letter: cases.create_resources(bench, letter, 10_000, cases.sqlite),
    "l": lambda bench, letter: cases.create_resources(bench, letter, 1_000, cases.postgres),
    "m": lambda bench, letter: cases.create_resources(bench, letter, 10_000, cases.postgres),
    "n": lambda bench, letter: cases.plan_appointments(bench, letter, 100_000),
    "o": lambda bench, letter: cases.apply_appointments(bench, letter, 10_000),
    "p": lambda bench, letter: cases.plan_query(bench, letter, 10_000_000),
}


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description="Measure what plans and applies cost.")
    parser.add_argument("--scale", type=float, default=1.0, help="0.01 for a hundredth of the rows")
    parser.add_argument("--only", default="".join(CASES), help="letters, such as a,c")
    parser.add_argument("--repeat", type=int, default=3, help="runs of each, of which the least counts")
    parser.add_argument("--write", type=Path, help="a document to put a complete table into, between its marks")
    options = parser.parse_args()
    bench = Bench(options.scale, options.repeat)
    results = []
    for letter in CASES:
        for result in CASES[letter](bench, letter) if letter in options.only else ():
            print(result.row(), flush=True)
            results.append(result)
    print(f"\n{table(results)}")
    if options.write and options.scale == 1 and set(CASES) <= set(options.only):
        write(options.write, table(results))


if __name__ == "__main__":
    main()
