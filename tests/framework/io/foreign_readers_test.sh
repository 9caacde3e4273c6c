#!/bin/sh
# Opens a checkpoint and a recorded step with h5py and h5dump: foreign_readers_test.sh WRITE_SAMPLE
# Exits with 77, "skipped", if neither is installed.
set -eu
here=$(dirname "$0")
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
"$1" "$directory"
status=77

if [ -x /usr/bin/python3 ] && /usr/bin/python3 -c 'import h5py' 2>/dev/null; then
  /usr/bin/python3 "$here/h5py_test.py" "$directory/checkpoint_42" "$directory/not_finite_divide_1"
  echo "h5py: read"
  status=0
else
  echo "h5py: not installed (package python3-h5py), skipped"
fi

if command -v h5dump >/dev/null; then
  h5dump -d /state/optimizer/target/Conv_0/kernel "$directory/checkpoint_42" |
    grep -q '(1,0): 4, 5, 6'
  h5dump -d /state/float16 "$directory/checkpoint_42" | grep -q '(0): 65504, -5.96046e-08'
  h5dump -n "$directory/checkpoint_42" | grep -q '/state/batch_stats/%2FConv_0/mean'
  echo "h5dump: read"
  status=0
else
  echo "h5dump: not installed (package hdf5-tools), skipped"
fi
exit $status
