"""What is measured of relays; `python -m tests.bench.bench_relay` measures it all."""
