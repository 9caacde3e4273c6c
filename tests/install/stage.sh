#!/bin/sh
# Installs a build, then moves the tree: what is found must not hang on where it was put first.
#   stage.sh CMAKE BUILD_DIRECTORY STAGE
set -eu
rm -rf "$3" "$3.first"
"$1" --install "$2" --prefix "$3.first" >"$3.log"
mv "$3.first" "$3"
if find "$3/include" -name '*_internal.h' -o -path '*/kernels/*' | grep .; then
  echo 'these are private' >&2
  exit 1
fi
