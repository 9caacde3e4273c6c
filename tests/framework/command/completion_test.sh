#!/bin/sh
# The completion of bash asks the program, by whatever path it was called.
#   completion_test.sh COMPLETION PROGRAM
set -eu
command -v bash >/dev/null || exit 77
# completed WORD…: what the last word may become, one a line.
completed() {
  bash -c '. "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _linseed
    printf "%s\n" "${COMPREPLY[@]}"' bash "$completion" "$program" "$@"
}
completion=$1 program=$2
expect() { # expect WORDS COMPLETED
  [ "$1" = "$2" ] || { echo "expected '$1', got '$2'" >&2; exit 1; }
}
expect 'inspect' "$(completed ins)"
expect '--json' "$(completed inspect --js)"
expect '--keep' "$(completed verify-resume --steps 3 --k)"
expect '' "$(completed inspect runs/)"
expect '' "$(completed verify-resume -- train --j)"
