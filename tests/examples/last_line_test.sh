#!/bin/sh
# Runs an example in its short mode and compares its last line with the one that its source promises.
#   last_line_test.sh SOURCE EXAMPLE [its arguments]; without arguments: --short
set -u
source=$1 example=$2
shift 2
[ $# -gt 0 ] || set -- --short
promised=$(sed -n 's|^// Last line with --short: ||p' "$source")
[ -n "$promised" ] || promised=$(sed -n 's|^// Last line to expect: ||p' "$source")
[ -n "$promised" ] || { echo "FAILED: $source promises no last line"; exit 1; }

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1
"$example" "$@" >log 2>&1
code=$?
cat log
[ $code -eq 0 ] || { echo "FAILED: exit code $code"; exit 1; }
last=$(tail -n 1 log)
[ "$last" = "$promised" ] || { printf 'FAILED: the last line is not\n%s\n' "$promised"; exit 1; }
