"""`python -m provisioner.simulator`: serve, and print the base URL as the first line. For tests and a quick look."""

import argparse
import os
import sys
import threading
from datetime import datetime
from pathlib import Path

from provisioner.simulator import describe, parse_variants
from provisioner.simulator.clock import clock_at
from provisioner.simulator.runtime import Mode
from provisioner.simulator.serving import run
from provisioner.simulator.variants import Variants


def main(arguments: list[str] | None = None) -> None:
    options = _parser().parse_args(arguments)
    stopped = threading.Event()
    if options.until_stdin_closes:
        threading.Thread(target=_stop_with_stdin, args=(stopped,), daemon=True).start()
    try:
        run(_mode(options), (options.host, options.port), options.db, _announce, stopped)
    except (OSError, ValueError) as error:
        sys.exit(f"simulator: {error}")


def _mode(options: argparse.Namespace) -> Mode:
    variants = Variants(parse_variants(options.variant))
    return Mode(variants, options.page_size, options.speed, clock_at(options.now), not options.no_dialler)


def _announce(url: str) -> None:
    print(url, flush=True)


def _stop_with_stdin(stopped: threading.Event) -> None:
    """A parent that dies takes its end of the pipe with it. Past Python's buffer, whose lock a thread may not keep."""
    while os.read(0, 1024):
        pass
    stopped.set()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m provisioner.simulator",
        description="A local Alice for demo/demo.",
        epilog="variants:\n" + describe().replace("%", "%%"),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--port", type=int, default=8765, help="0 takes a free one")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--db", type=Path, help="keep the data in this file")
    parser.add_argument("--page-size", type=int, default=10)
    parser.add_argument("--variant", action="append", default=[], metavar="NAME=VALUE", help="may be repeated")
    parser.add_argument("--speed", type=float, default=1.0, help="multiplies the calls per minute")
    parser.add_argument("--now", type=datetime.fromisoformat, help="what the simulated clock shows at the start")
    parser.add_argument("--no-dialler", action="store_true", help="tick only through the control endpoint")
    parser.add_argument("--until-stdin-closes", action="store_true", help="stop when the parent process is gone")
    return parser


if __name__ == "__main__":
    main()
