#!/bin/bash
# Bare Debians, and in each, as an ordinary user who has just cloned: make demo, then the device's tests.
# usage: tests/system/roots/roots.sh [bullseye|bookworm|trixie...]      (make roots)
#   ROOTS_TESTED='trixie' runs the tests in that one only, and make demo in all.
set -euo pipefail
here=tests/system/roots
tools/system_packages.sh mmdebstrap
if [ $# = 0 ]; then set -- bullseye bookworm trixie; fi
tested=${ROOTS_TESTED-$*}
failed=()
for suite in "$@"; do
  started=$SECONDS
  command='make demo'
  if [[ " $tested " == *" $suite "* ]]; then command+=' && make test-device ARGS="-n 3"'; fi
  $here/base.sh "$suite" "build/roots/$suite"
  echo "== roots: Debian $suite: $command"
  $here/enter.sh "build/roots/$suite" "$suite" "$command" || failed+=("$suite")
  echo "== roots: Debian $suite: $((SECONDS - started)) s"
done
if [ "${#failed[@]}" != 0 ]; then
  echo "== roots: failed: ${failed[*]}" >&2
  exit 1
fi
