#!/bin/sh
# Reads an event file with TensorBoard's own reader: tensorboard_test.sh WRITE_EVENTS
# By the Python of LINSEED_TENSORBOARD_PYTHON, or else /usr/bin/python3. Exits with 77, "skipped",
# if that has no tensorboard (pip install tensorboard pillow).
set -eu
here=$(dirname "$0")
python=${LINSEED_TENSORBOARD_PYTHON:-/usr/bin/python3}
if ! "$python" -c 'import tensorboard' 2>/dev/null; then
  echo "tensorboard: not installed for $python, skipped"
  exit 77
fi
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
"$1" "$directory"
"$python" "$here/tensorboard_test.py" "$directory"
echo "tensorboard: read"
