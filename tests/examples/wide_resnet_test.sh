#!/bin/sh
# Runs 10_wide_resnet on a small data set: to the end, stopped and resumed, on CIFAR's files, and
# with what it is to refuse.
#   wide_resnet_test.sh EXAMPLE WRITE_SMALL_DATA SOURCE
set -u
example=$1 source=$3
. "$(dirname -- "$0")/checks.sh"
"$2" fashion-mnist || exit 1

# Four steps an epoch, two epochs.
run() { "$example" --data-dir fashion-mnist --batch-size 100 --epochs 2 -k 1 "$@" 2>&1; }
# The last line as the source promises it, with other numbers.
pattern=$(sed -n 's|^// Last line to expect: ||p' "$source" | sed 's|[0-9][0-9]*|[0-9]+|g; s|…|[^ ]*|g; s|\.|\\.|g')
expect_last_line() { tail -n 1 "$1" | grep -Eq "^$pattern\$" || fail "last line: $(tail -n 1 "$1")"; }

run --run-dir runs/whole --threads 1 >whole.log || fail "a whole run: $(cat whole.log)"
expect_last_line whole.log
grep -q '^Ankle boot  *10 ' whole.log || fail "no report by classes: $(cat whole.log)"
run --run-dir runs/stopped --max-steps 6 >stopped.log || fail "a stopped run: $(cat stopped.log)"
run --run-dir runs/stopped --resume >stopped.log || fail "a resumed run: $(cat stopped.log)"
expect_same whole.log stopped.log "stopped in mid-epoch and resumed: other bits"
[ "$(grep -c '"test accuracy"' runs/whole/metrics.jsonl)" -eq 2 ] ||
  fail "not one accuracy for each epoch: $(cat runs/whole/metrics.jsonl)"

"$example" --data-dir fashion-mnist --evaluate runs/whole >evaluated.log || fail "evaluate: $(cat evaluated.log)"
[ "$(tail -n 1 evaluated.log)" = "$(tail -n 1 whole.log | cut -d, -f1)" ] ||
  fail "evaluating gives another accuracy: $(tail -n 1 evaluated.log)"
run --run-dir runs/plain --no-augment >plain.log || fail "--no-augment: $(cat plain.log)"
[ "$(hash_of plain.log)" != "$(hash_of whole.log)" ] || fail "--no-augment changes nothing"
"$example" --data-dir fashion-mnist --run-dir runs/short --short --epochs 1 --batch-size 100 >short.log ||
  fail "--short: $(cat short.log)"
expect_last_line short.log

# CIFAR-10: ten grey levels, ten records to a file.
mkdir cifar
for file in data_batch_1 data_batch_2 data_batch_3 data_batch_4 data_batch_5 test_batch; do
  for class in 0 1 2 3 4 5 6 7 10 11; do
    printf "\\$class" && head -c 3072 /dev/zero | tr '\0' "\\${class}7"
  done >cifar/$file.bin
done
"$example" --data-dir cifar --batch-size 10 --epochs 1 -k 1 --run-dir runs/cifar >cifar.log 2>&1 ||
  fail "CIFAR-10: $(cat cifar.log)"
expect_last_line cifar.log

refused 'already holds a run' run --run-dir runs/whole
refused 'give the same options' run --run-dir runs/whole --resume --no-augment
refused 'nothing to restore' "$example" --data-dir fashion-mnist --evaluate data
refused 'width' run -k 0
[ $failures -eq 0 ] && echo "the wide residual network does what it should"
exit $failures
