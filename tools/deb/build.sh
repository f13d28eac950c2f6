#!/bin/bash
# Builds the Debian packages of this checkout, and asks lintian about them.
# usage: tools/deb/build.sh PYTHON     (make deb); PYTHON is that of an environment of requirements/deb.txt
#   ARCH=arm64       for another processor than this one's; nothing is compiled
#   PYTHONS='3.11'   whose libraries are in it (default: amd64 Debian 11, 12 and 13; arm64 JetPack 4.6,
#                    5 and 6, and Debian 12)
#   DPKG_DEB_OPTIONS='-Zgzip -z1'  packs faster, and larger
# Out come build/deb/plantd_VERSION_ARCH.deb and build/deb/plantd-model-plants70_VERSION_all.deb.
set -euo pipefail
python=$PWD/$1
arch=${ARCH:-$(dpkg --print-architecture)}
case $arch in
  amd64) pythons=${PYTHONS:-3.9 3.11 3.13} ;;
  arm64) pythons=${PYTHONS:-3.6 3.8 3.10 3.11} ;;
  *) echo "make deb: ARCH=$arch is not known here; expected amd64 or arm64" >&2; exit 64 ;;
esac
out=$PWD/build/deb
work=$out/$arch
source=$work/plantd

# Between releases a package bears the commit that it is made of.
describe() {
  if ! git rev-parse --quiet --verify HEAD >/dev/null 2>&1; then
    echo "make deb: this is not a clone: a package bears the version of its commit; git clone makes one" >&2
    exit 66
  fi
  version=$(sed -n 's/^__version__ = "\(.*\)"$/\1/p' daemon/plantd/__init__.py)
  at=$(git log -1 --format=%ct)
  revision=$(git rev-parse --short HEAD)
  if [ "$(git tag --points-at HEAD "v$version")" ]; then revision=; fi
}

copy_checkout() {
  rm -rf "$work"
  mkdir -p "$source"
  git ls-files -z --cached --others --exclude-standard -- daemon engines/plantd_engines engines/bundles \
    systemd debian docs README.md SECURITY.md LICENSE CHANGELOG.md |
    tar --null --ignore-failed-read -T - -cf - | tar -xf - -C "$source"
  chmod -R u=rwX,go=rX "$source"
}

add_libraries() {
  # shellcheck disable=SC2086
  "$python" tools/deb/runtime.py "$source/runtime" "$out/wheels" "$arch" $pythons
  local one oldest newest
  for one in $pythons; do
    # The program lies there once, for all of them.
    echo ../../../../lib >"$source/runtime/lib/python$one/site-packages/plantd.pth"
  done
  oldest=$(tr ' ' '\n' <<<"$pythons" | sort -V | head -1)
  newest=$(tr ' ' '\n' <<<"$pythons" | sort -V | tail -1)
  echo "python3 (>= $oldest), python3 (<< ${newest%.*}.$((${newest#*.} + 1)))" >"$source/runtime/depends"
  "$python" tools/deb/licences.py "$source"/runtime/lib/*/site-packages >>"$source/debian/copyright"
}

add_manuals() {
  SOURCE_DATE_EPOCH=$at PYTHONPATH=daemon:engines "$python" tools/deb/manuals.py "$source/manuals"
  "$python" tools/deb/changelog.py CHANGELOG.md "$version" "$at" "$revision" >"$source/debian/changelog"
}

package() {
  (cd "$source" && dpkg-buildpackage --build=binary --no-sign --host-arch "$arch" -d) >"$work/log" 2>&1 ||
    { tail -30 "$work/log" >&2; exit 1; }
  rm -f "$out"/plantd_*_"$arch".deb "$out"/plantd-model-*_all.deb
  mv "$work"/*.deb "$out/"
}

describe
copy_checkout
add_libraries
add_manuals
package
echo "== deb: lintian"
lintian --allow-root --fail-on error,warning --tag-display-limit 0 "$out"/plantd_*_"$arch".deb "$out"/plantd-model-*_all.deb
du -h "$out"/*.deb
