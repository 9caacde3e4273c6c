#!/bin/sh
# Trains the network of the main job on a small data set, where class 3 (Dress) is bright in columns
# 9 to 11, and asks it about pictures of that and about files that are none.
#   predict_test.sh MAIN_JOB PREDICT WRITE_SMALL_DATA WRITE_PICTURES SOURCE_OF_PREDICT
set -u
predict=$2
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
. "$here/checks.sh"
"$3" data && "$4" . || exit 1

refused 'train a network: sh examples/run.sh 08_fashion_mnist' "$predict" grey.png
"$1" --data-dir data --batch-size 50 --epochs 4 --run-dir runs/08_fashion_mnist >train.log 2>&1 ||
  fail "training: $(cat train.log)"

"$predict" grey.png >grey.log || fail "a picture that fits: $(cat grey.log)"
says '^grey.png: Dress [0-9.]* %, [A-Z].* %, [A-Z].* %$' grey.log
says '^         @@@                $' grey.log
[ "$(wc -l <grey.log)" -eq 16 ] || fail "not 14 lines of picture, one of classes, one of numbers"

# What is converted becomes the same picture, to the bit where nothing is lost on the way.
for file in grey colour large; do
  "$predict" --convert $file.png | sed "s/^$file/grey/" >$file.log
  cmp -s grey.log $file.log || fail "$file.png is not converted to grey.png: $(cat $file.log)"
done
"$predict" --invert dark.png | sed 's/^dark/grey/' >dark.log
cmp -s grey.log dark.log || fail "dark.png is not inverted to grey.png: $(cat dark.log)"
"$predict" --convert --short photo.jpg >photo.log
says '^photo.jpg: Dress' photo.log

refused 'colour.png: is 28 x 28 pixels with 3 channels.*--convert' "$predict" colour.png
refused 'large.png: is 112 x 112' "$predict" large.png
refused 'text.png: neither a PNG nor a JPEG' "$predict" text.png
refused 'missing.png: cannot be opened' "$predict" missing.png
refused 'pictures are bytes' "$predict" data/t10k-labels-idx1-ubyte
refused 'files' "$predict" --short
refused 'BatchNorm' "$predict" --no-batch-norm grey.png

# A broken file is named, and the others are looked at all the same; or not, if so wished.
refused 'broken.png: it ends early' "$predict" broken.png grey.png
says '^grey.png: Dress' refused.log
says '^pictures: 1, files refused: 1$' refused.log
refused 'broken.png' "$predict" --stop broken.png grey.png
! grep -q 'grey.png' refused.log || fail "--stop did not stop: $(cat refused.log)"

sh "$here/last_line_test.sh" "$5" "$predict" --run-dir "$folder/runs/08_fashion_mnist" \
  "$folder/data/t10k-images-idx3-ubyte" >idx.log || fail "an IDX file: $(cat idx.log)"

[ $failures -eq 0 ] && echo "pictures are predicted or refused as they should be"
exit $failures
