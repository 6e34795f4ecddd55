"""`make bench`: every benchmark, one after the other. Each is also run alone: `python -m benchmarks.webhook`."""

from benchmarks import big_inbox, flood, router_speed, webhook

BENCHMARKS = (router_speed, webhook, flood, big_inbox)


def main() -> None:
    """Run them all."""
    for benchmark in BENCHMARKS:
        print(f"== {benchmark.__name__.removeprefix('benchmarks.').replace('_', ' ')}")
        benchmark.main()
        print()


if __name__ == "__main__":
    main()
