#!/bin/bash
# Changes the pure core in one place at a time, on a copy, and runs its unit tests on each change.
# usage: tools/mutation.sh PYTHON MUTMUT MODULES...   (verdict heads tensor wire quality)
#   Prints the sum and writes what survived to build/mutation/MODULE.txt; survivors fail unless they
#   are explained in tests/mutants.txt.
set -euo pipefail
python=$(readlink -f "$(dirname "$1")")/$(basename "$1") mutmut=$(readlink -f "$2"); shift 2
tree=build/mutation/tree
mkdir -p "$tree"
git ls-files -z daemon tests/conftest.py tests/support tests/unit/plantd tools setup.cfg engines/plantd_engines |
  xargs -0 cp --parents -t "$tree"
status=0
# mutmut takes 1 alone for a failure: pytest ends in 2 or 4 where a change keeps it from collecting.
for module in "$@"; do
  echo "== mutants of $module"
  (cd "$tree" && rm -f .mutmut-cache &&
    "$mutmut" run --paths-to-mutate "daemon/plantd/$module.py" --no-progress --simple-output \
      --runner "bash -c '$python -m pytest -x -q -n 0 -p no:cacheprovider tests/unit/plantd/test_$module.py || exit 1'" \
      >"../$module.log" 2>&1) || true
  (cd "$tree" && for id in $("$mutmut" result-ids survived) $("$mutmut" result-ids timeout); do
    "$mutmut" show "$id" || echo "+mutant $id, which mutmut cannot show"; done) >"build/mutation/$module.txt"
  "$python" tools/mutants.py "$module" "$tree/.mutmut-cache" "build/mutation/$module.txt" || status=1
done
exit $status
