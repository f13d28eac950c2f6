#!/bin/bash
# Installs plantd in a bare Debian from a signed repository on a "stick", made of the packages of build/deb.
# usage: tests/system/package/repository_root.sh [SUITE]      (make test-repository; default bookworm)
set -euo pipefail
suite=${1:-bookworm}
here=tests/system/package
roots=tests/system/roots
tools/system_packages.sh mmdebstrap
lent=build/deb/lent
$here/lend.sh $lent
work=$(mktemp -d /tmp/plantd-stick.XXXX)      # gpg's sockets lie there: a short path
trap 'gpgconf --homedir "$work/gpg" --kill all; rm -rf "$work"' EXIT
mkdir -m 700 "$work/gpg"
mkdir "$work/debs"
cp $lent/*.deb $lent/next/*.deb "$work/debs"
export GNUPGHOME=$work/gpg DEBS=$work/debs APTLY=$work/aptly
gpg --batch --quiet --passphrase '' --quick-gen-key "plantd repository" ed25519 sign 0 2>/dev/null
tools/deb/repository.sh "plantd repository" $lent/stick
$roots/base.sh "$suite" "build/roots/$suite"
LEND=$lent:/opt/lent $roots/enter.sh "build/roots/$suite" "repository-$suite" "mkdir -p build/junit
  sudo PYTHONPATH=/opt/lent/pytest:tests PYTHONDONTWRITEBYTECODE=1 python3 -m pytest -p no:cacheprovider \
    -c /dev/null --rootdir . --noconftest -v --tb=short --maxfail=1 --junitxml=build/junit/stick.xml \
    $here/guest/check_stick.py"
