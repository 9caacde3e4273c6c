#!/bin/sh
# Builds consumer.cpp against an installed linseed and runs it.
#   consumer_test.sh PREFIX SCRATCH cmake|pkg-config shared|static COMPILER
set -eu
prefix=$1 scratch=$2 finder=$3 linkage=$4 compiler=$5
here=$(cd "$(dirname "$0")" && pwd)
command -v "$compiler" >/dev/null || exit 77
rm -rf "$scratch"
mkdir -p "$scratch"
cp "$here/consumer.cpp" "$scratch"
libdir=$(dirname "$(find "$prefix" -name liblinseed.a)")

if [ "$finder" = cmake ]; then
  cp "$here/project.cmake.txt" "$scratch/CMakeLists.txt"
  if [ "$linkage" = shared ]; then # needs nothing of what the library links
    set -- -D LINSEED_TARGET=linseed::linseed
    for package in TBB ZLIB OpenSSL; do set -- "$@" -D CMAKE_DISABLE_FIND_PACKAGE_$package=ON; done
  else
    set -- -D LINSEED_TARGET=linseed::linseed_static -D LINSEED_COMPONENTS=static
  fi
  set -- -S "$scratch" -G Ninja -D CMAKE_CXX_COMPILER="$compiler" \
    -D CMAKE_PREFIX_PATH="$prefix" "$@"
  cmake -B "$scratch/build" "$@"
  if [ "$linkage" = static ]; then
    cmake -B "$scratch/refused" -D CMAKE_DISABLE_FIND_PACKAGE_TBB=ON "$@" \
      2>"$scratch/reason" && exit 1
    grep 'linseed_static needs TBB' "$scratch/reason"
  fi
  cmake --build "$scratch/build"
  program=$scratch/build/consumer
else
  command -v pkg-config >/dev/null || exit 77
  export PKG_CONFIG_PATH="$libdir/pkgconfig"
  program=$scratch/consumer
  if [ "$linkage" = shared ]; then
    flags=$(pkg-config --cflags --libs linseed)
  else # liblinseed.a by its name: the linker would take the shared one
    flags=$(pkg-config --cflags --libs --static linseed | sed 's/-llinseed/-l:liblinseed.a/')
  fi
  # shellcheck disable=SC2086 # flags are words
  "$compiler" -std=c++20 "$scratch/consumer.cpp" -o "$program" $flags
  export LD_LIBRARY_PATH="$libdir"
fi
if [ "$linkage" = shared ]; then needed=1; else needed=0; fi
found=$(readelf -d "$program" | grep -c 'NEEDED.*liblinseed' || true)
[ "$found" = $needed ] || { echo "$program: $found liblinseed.so needed, not $needed" >&2; exit 1; }
"$program" "$scratch/run"
