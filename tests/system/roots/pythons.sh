#!/bin/bash
# The device's tests and the installation on the Pythons of boards that no Debian root has: 3.6 with
# pip 9.0.1 (JetPack 4.6), 3.8 (JetPack 5), 3.10 (JetPack 6).
# usage: tests/system/roots/pythons.sh [3.6|3.8|3.10...]       (make pythons, make python36)
#   PYTHON36=PROGRAM and so on: see python.sh. Where there is none, this fails.
#   PYTHONS_TESTED='3.8' runs the tests on that one only, and the installation on all.
set -euo pipefail
here=tests/system/roots
tools/system_packages.sh mmdebstrap
if [ $# = 0 ]; then set -- 3.6 3.8 3.10; fi
tested=${PYTHONS_TESTED-$*}
for version in "$@"; do $here/python.sh "$version" "$PWD/build/roots/python$version"; done
$here/base.sh bookworm build/roots/bookworm
failed=()
for version in "$@"; do
  started=$SECONDS
  python=/opt/python$version/bin/python$version
  tests='make venv'
  if [[ " $tested " == *" $version "* ]]; then tests='make test-device ARGS="-n 3 --timeout=240"'; fi
  echo "== roots: Python $version: $tests, then the installation"
  LEND=build/roots/python$version:/opt/python$version $here/enter.sh build/roots/bookworm \
    "python$version" "echo /opt/python$version/lib | sudo tee /etc/ld.so.conf.d/python.conf && sudo ldconfig
      export PYTHON=$python WITHOUT_GSTREAMER=1
      status=0
      $tests || status=1
      .venv/bin/python -m pytest $here/guest/check_installation.py -p no:cacheprovider -v --tb=short \
        -W error --timeout=900 --junitxml=build/junit/installation.xml || status=1
      exit \$status" || failed+=("$version")
  echo "== roots: Python $version: $((SECONDS - started)) s"
done
if [ "${#failed[@]}" != 0 ]; then
  echo "== roots: failed: ${failed[*]}" >&2
  exit 1
fi
