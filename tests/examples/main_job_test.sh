#!/bin/sh
# Runs the main job on a small data set as a user would: to the end, interrupted, killed, resumed,
# with any number of threads, and with bad input.
#   main_job_test.sh EXAMPLE WRITE_SMALL_DATA
set -u
example=$1
. "$(dirname -- "$0")/checks.sh"
"$2" data || exit 1

# Eight steps an epoch, three epochs.
run() { "$example" --data-dir data --batch-size 50 --epochs 3 "$@" 2>&1; }

run --run-dir whole >whole.log || fail "a whole run: $(cat whole.log)"
tail -n 1 whole.log | grep -Eq '^test accuracy [01]\.[0-9]{4}, [0-9]+ images/s, checkpoint whole/checkpoint_24$' ||
  fail "last line: $(tail -n 1 whole.log)"
for threads in 1 2 4; do
  run --run-dir "threads$threads" --threads $threads >threads.log
  expect_same whole.log threads.log "$threads threads give other bits"
done

run --run-dir stopped --max-steps 11 >stopped.log
run --run-dir stopped --resume >stopped.log
expect_same whole.log stopped.log "stopped in mid-epoch and resumed: other bits"

# wait_for FILE: until a checkpoint appears.
wait_for() { i=0; while [ ! -e "$1" ] && [ $i -lt 600 ]; do sleep 0.05; i=$((i + 1)); done; }
"$example" --data-dir data --batch-size 50 --epochs 3 --run-dir interrupted >interrupted.log 2>&1 &
job=$!
wait_for interrupted/checkpoint_8
kill -INT $job
wait $job
code=$?
[ $code -eq 130 ] || fail "SIGINT: exit code $code, not 130: $(cat interrupted.log)"
run --run-dir interrupted --resume >interrupted.log
expect_same whole.log interrupted.log "interrupted and resumed: other bits"

"$example" --data-dir data --batch-size 50 --epochs 3 --run-dir killed >killed.log 2>&1 &
job=$!
wait_for killed/checkpoint_8
kill -KILL $job
wait $job
run --run-dir killed --resume >killed.log
expect_same whole.log killed.log "killed and resumed: other bits"

run --run-dir adam --optimizer adam >adam.log || fail "adam: $(cat adam.log)"
run --run-dir plain --no-batch-norm >plain.log || fail "without BatchNorm: $(cat plain.log)"
run --evaluate whole >evaluated.log || fail "evaluate: $(cat evaluated.log)"
[ "$(tail -n 1 evaluated.log)" = "$(tail -n 1 whole.log | cut -d, -f1)" ] ||
  fail "evaluating gives another accuracy: $(tail -n 1 evaluated.log)"

refused 'dataset-fashion-mnist' run --run-dir new --data-dir nowhere
refused 'data-dir' run --run-dir new --data-dir nowhere
refused 'whole already holds a run' run --run-dir whole
refused 'give the same options' run --run-dir whole --resume --seed 7 --batch-size 40
refused 'nothing' run --run-dir nothing --resume
refused '401' run --run-dir new --batch-size 401
refused 'batch' run --run-dir new --batch-size 0
refused 'learning_rate' run --run-dir new --learning-rate nan
refused 'the loss is' run --run-dir diverged --learning-rate 1e30
refused 'checkpoint_' run --run-dir diverged --resume --learning-rate 1e30
refused 'whole.log' run --run-dir whole.log/run
refused 'BatchNorm' run --evaluate plain
refused 'adam' run --optimizer adam --run-dir whole --resume
refused 'sgd' run --optimizer sgd --run-dir new

cp -r whole damaged && rm damaged/checkpoint_0 2>/dev/null
truncate -s 100000 damaged/checkpoint_24
refused 'checkpoint_24' run --run-dir damaged --resume
cp whole/checkpoint_24 damaged/checkpoint_24
printf '\377' | dd of=damaged/checkpoint_24 bs=1 seek=200000 conv=notrunc 2>dd.log
refused 'checkpoint_24' run --run-dir damaged --resume

mkdir cut && gzip -c data/train-images-idx3-ubyte | head -c 20000 >cut/train-images-idx3-ubyte.gz
cp data/t10k* data/train-labels* cut/
refused 'cut/train-images-idx3-ubyte.gz' run --run-dir new --data-dir cut
mkdir wrong && cp data/* wrong/ && printf '\0\0\10\3\377\377' >wrong/train-images-idx3-ubyte
refused 'wrong/train-images-idx3-ubyte' run --run-dir new --data-dir wrong
mkdir label && cp data/* label/ && printf '\17' | dd of=label/train-labels-idx1-ubyte bs=1 seek=20 conv=notrunc 2>dd.log
refused 'label/train-labels-idx1-ubyte' run --run-dir new --data-dir label

( ulimit -f 1000; trap '' XFSZ; refused 'full/' run --run-dir full; exit $failures )
failures=$?

[ -e new ] && ls new/checkpoint_* 2>/dev/null && fail "a refused run left checkpoints"
[ $failures -eq 0 ] && echo "the main job does what it should"
exit $failures
