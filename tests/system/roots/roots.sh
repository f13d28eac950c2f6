#!/bin/bash
# Bare Debians, and in each, as an ordinary user who has just cloned: make demo, then the device's tests.
# usage: tests/system/roots/roots.sh [bullseye|bookworm|trixie...]      (make roots)
set -euo pipefail
here=tests/system/roots
tools/system_packages.sh mmdebstrap
if [ $# = 0 ]; then set -- bullseye bookworm trixie; fi
failed=()
for suite in "$@"; do
  started=$SECONDS
  $here/base.sh "$suite" "build/roots/$suite"
  echo "== roots: Debian $suite: make demo, make test-device"
  $here/enter.sh "build/roots/$suite" "$suite" 'make demo && make test-device ARGS="-n 3 --timeout=240"' || failed+=("$suite")
  echo "== roots: Debian $suite: $((SECONDS - started)) s"
done
if [ "${#failed[@]}" != 0 ]; then
  echo "== roots: failed: ${failed[*]}" >&2
  exit 1
fi
