#!/bin/sh
# Builds the benchmarks and measures linseed and its peers in one run, installing first what is
# missing. bench/README.md says what is measured.
#   sh bench/run.sh                                     all cases: an hour and a half
#   sh bench/run.sh --only '^(K5|K8)/' --repeats 3      a quick look
#   sh bench/run.sh --name 2026-12-first-kernels        writes bench/results/NAME.{json,md,svg}
#   sh bench/run.sh --help                              all options
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)

sh "$root/cmake/install_packages.sh" "$root/cmake/packages_bench.txt" >&2
cmake -S "$root" --preset release -D LINSEED_BENCH=ON >&2
cmake --build "$root/build/release" --target linseed_bench >&2
exec /usr/bin/python3 "$root/bench/runner/run.py" \
  --binary "$root/build/release/bench/linseed_bench" "$@"
