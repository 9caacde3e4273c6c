#!/bin/sh
# Builds linseed in Release and runs its tests, installing first what is missing.
#   sh tests/run.sh [options of ctest]          for example: sh tests/run.sh -R 'batch norm'
set -eu
cd -- "$(dirname -- "$0")/.."

sh cmake/install_packages.sh
cmake --preset release
cmake --build --preset release

log=build/release/tests.log
status=0
ctest --preset release --output-on-failure --parallel "$(nproc)" --output-log "$log" "$@" ||
  status=$?
grep 'tests passed' "$log" | tail -n 1 # the closing line, last
exit "$status"
