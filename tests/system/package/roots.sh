#!/bin/bash
# Installs the packages of build/deb in bare Debians, uses, upgrades, removes and purges them.
# usage: tests/system/package/roots.sh [bullseye|bookworm|trixie...]      (make test-deb)
set -euo pipefail
here=tests/system/package
roots=tests/system/roots
tools/system_packages.sh mmdebstrap
if [ $# = 0 ]; then set -- bullseye bookworm trixie; fi
lent=build/deb/lent
$here/lend.sh $lent
failed=()
for suite in "$@"; do
  started=$SECONDS
  $roots/base.sh "$suite" "build/roots/$suite"
  echo "== package: Debian $suite"
  LEND=$lent:/opt/lent $roots/enter.sh "build/roots/$suite" "package-$suite" "sudo apt-get -q update
    mkdir -p build/junit
    sudo PYTHONPATH=/opt/lent/pytest:tests PYTHONDONTWRITEBYTECODE=1 python3 -m pytest -p no:cacheprovider \
      -c /dev/null --rootdir . --noconftest -v --tb=short --maxfail=3 --junitxml=build/junit/package.xml \
      $here/guest/check_package.py" || failed+=("$suite")
  echo "== package: Debian $suite: $((SECONDS - started)) s"
done
if [ "${#failed[@]}" != 0 ]; then
  echo "== package: failed: ${failed[*]}" >&2
  exit 1
fi
