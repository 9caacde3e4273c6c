#!/bin/sh
# Compares the curve of 12_graph with that of the example it is modelled on (flax.nn 0.2.2, graph),
# which our keys, names and initial values reproduce; the numbers are of an independent computation
# in float64.
#   graph_test.sh EXAMPLE
set -u
golden='1.7955 94.12
0.3060 94.12
0.2759 94.12
0.1182 97.06
0.0364 100.00
0.0111 100.00
0.0037 100.00'
curve=$("$1" | sed -n 's/^step .*: loss \([0-9.]*\), then \([0-9.]*\) % .*/\1 \2/p' | head -n 7)
printf '%s\n' "$curve" "$golden" | awk '
  NR <= 7 { loss[NR] = $1; right[NR] = $2; next }
  {
    i = NR - 7
    off = loss[i] - $1
    if (off > 1e-3 || off < -1e-3 || right[i] != $2) {  # float32, printed to four places
      printf "FAILED: step %d: expected %s, got %s %s\n", i, $0, loss[i], right[i]
      failures++
    }
  }
  END { exit NR == 14 ? failures > 0 : 1 }' || { echo "FAILED: the curve is $curve"; exit 1; }
echo "the curve is as it should be"
