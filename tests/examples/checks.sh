# What the tests of whole programs share; `.` it. Makes an empty folder the current one, which is
# removed at the end.
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1

failures=0
fail() { echo "FAILED: $*"; failures=$((failures + 1)); }

# says WORDS FILE
says() { grep -q -e "$1" "$2" || fail "'$1' is missing in $2: $(cat "$2")"; }

# refused WORDS COMMAND…: the command fails, says so, and does not crash.
refused() {
  words=$1; shift
  "$@" >refused.log 2>&1
  code=$?
  { [ $code -gt 0 ] && [ $code -lt 126 ]; } || fail "exit code $code of: $*"
  says "$words" refused.log
}

# Of the parameters that a run ended with, from its output.
hash_of() { sed -n 's/^parameters //p' "$1"; }
expect_same() { [ -n "$(hash_of "$2")" ] && [ "$(hash_of "$1")" = "$(hash_of "$2")" ] || fail "$3"; }
