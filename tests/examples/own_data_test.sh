#!/bin/sh
# Goes the way of 13_own_data: a folder of pictures, some of them broken, becomes a trained network,
# its page and its predictions; stopped and resumed to the same bits.
#   own_data_test.sh EXAMPLE LINSEED
set -u
example=$1 linseed=$2
. "$(dirname -- "$0")/checks.sh"

run() { "$example" --side 16 --epochs 2 --batch-size 16 "$@" 2>&1; }

# Pictures that the example makes serve as one's own.
run --short --epochs 1 --run-dir runs/made >made.log || fail "--short: $(cat made.log)"
says '^no --data-dir: making 128 pictures in runs/made/pictures$' made.log
mv runs/made/pictures flowers
says '^report runs/made/report.html$' made.log
for class in flowers/*; do set -- "$class"/*; done
picture=$1 class=$(basename "$(dirname "$1")")
for name in 000 zzz; do echo 'no picture' >"$(dirname "$1")/$name.png"; done

run --data-dir flowers --run-dir runs/whole --threads 1 >whole.log || fail "a whole run: $(cat whole.log)"
says "^104 pictures to learn from, 26 to be judged by, of .*$class" whole.log
[ "$(grep -c '^epoch [0-9]*: ' whole.log)" -eq 2 ] || fail "not two epochs: $(cat whole.log)"
[ "$(tail -n 1 whole.log)" = "report runs/whole/report.html" ] || fail "last line: $(tail -n 1 whole.log)"
says '^skipped: .*000.png' whole.log  # of those to learn from
says '1 image could not be read: .*zzz.png' runs/whole/report.html
says 'Confusion matrix' runs/whole/report.html

run --data-dir flowers --run-dir runs/stopped --max-steps 5 >stopped.log || fail "stopped: $(cat stopped.log)"
run --data-dir flowers --run-dir runs/stopped --resume >stopped.log || fail "resumed: $(cat stopped.log)"
"$linseed" diff runs/whole runs/stopped >diff.log || fail "stopped and resumed: other bits: $(cat diff.log)"

"$linseed" predict runs/whole "$picture" >predict.log || fail "predict: $(cat predict.log)"
says "$picture" predict.log
"$linseed" inspect runs/whole >inspect.log
[ $? -le 1 ] || fail "inspect: $(cat inspect.log)"  # 1: few updates
says 'BatchNorm: 3 layers, 112 channels, 12 updates' inspect.log

rm "$picture"  # another set of pictures is another run
refused 'give the same options' run --data-dir flowers --run-dir runs/whole --resume
refused 'already holds a run' run --data-dir flowers --run-dir runs/whole
mkdir -p runs/mine/pictures/rose && cp flowers/*/0001.png runs/mine/pictures/rose
refused 'learn from those by --data-dir' run --short --run-dir runs/mine
[ -f runs/mine/pictures/rose/0001.png ] || fail "pictures that were there are gone"
refused 'cannot find nowhere' run --data-dir nowhere --run-dir runs/nothing
[ $failures -eq 0 ] && echo "one's own pictures are learnt and predicted"
exit $failures
