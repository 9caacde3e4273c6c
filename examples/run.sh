#!/bin/sh
# Builds and runs an example, installing first what is missing.
#   sh examples/run.sh [EXAMPLE] [its options]
#   sh examples/run.sh --list                              says which there are
#   sh examples/run.sh                                     trains the CNN of 08_fashion_mnist
#   sh examples/run.sh 04_batch_norm --short               less of it, quickly
#   sh examples/run.sh 08_fashion_mnist --epochs 1
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)

# Each with the first line of its source.
list() {
  for source in "$root"/examples/[0-9][0-9]_*.cpp; do
    printf '  %-18s%s\n' "$(basename -- "$source" .cpp)" "$(sed -n '1s|^// ||p' "$source")"
  done
}

example=08_fashion_mnist
case ${1-} in
  --list)
    list
    exit 0
    ;;
  '' | -*) ;;
  *)
    example=$(basename -- "$1" .cpp)
    shift
    ;;
esac
if [ ! -f "$root/examples/$example.cpp" ]; then
  printf 'There is no example %s. There are:\n' "$example" >&2
  list >&2
  exit 2
fi

sh "$root/cmake/install_packages.sh"
cmake -S "$root" --preset release
cmake --build "$root/build/release" --target "example_$example"
exec "$root/build/release/examples/$example" "$@" # in the caller's folder: paths mean what they say
