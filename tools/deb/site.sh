#!/bin/bash
# Makes a package of a site's configuration: build/deb/plantd-site_VERSION_all.deb, which puts it to
# /etc/plantd/site.yaml as a conffile. make repository takes it along with plantd's own packages.
# usage: tools/deb/site.sh PYTHON SITE VERSION      (make site-package)
#   PYTHON   one that has plantd: it looks at SITE as a box would
#   SITE     the file, as docs/updates.md has it
#   VERSION  a version of Debian's, such as 2026.11.1; apt takes the highest
#   OUT=FOLDER  where the package goes (default build/deb)
set -euo pipefail
python=${1:-} site=${2:-} version=${3:-}
if [ -z "$site" ] || [ -z "$version" ]; then
  echo "make site-package: SITE and VERSION are needed: make site-package SITE=site.yaml VERSION=2026.11.1" >&2
  exit 64
fi
if [ ! -f "$site" ]; then echo "make site-package: there is no file $site" >&2; exit 66; fi
if ! [[ $version =~ ^[0-9][A-Za-z0-9.+~]*$ ]]; then
  echo "make site-package: VERSION is $version; expected a digit, then letters, digits, . + and ~" >&2
  exit 64
fi
out=${OUT:-build/deb}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# As on a box whose own file says nothing.
mkdir "$work/box"
install -m 644 "$site" "$work/box/site.yaml"
: >"$work/box/plantd.yaml"
if ! said=$("$python" -m plantd check-config --config "$work/box/plantd.yaml" 2>&1); then
  echo "${said//"$work/box/site.yaml"/"$site"}" >&2
  exit 78
fi

tree=$work/plantd-site
install -D -m 644 "$site" "$tree/etc/plantd/site.yaml"
mkdir "$tree/DEBIAN"
echo /etc/plantd/site.yaml >"$tree/DEBIAN/conffiles"
cat >"$tree/DEBIAN/control" <<CONTROL
Package: plantd-site
Version: $version
Architecture: all
Depends: plantd
Section: misc
Priority: optional
Maintainer: whoever owns these boxes <root@localhost>
Description: what the plantd boxes of one site share
 The file /etc/plantd/site.yaml, below each box's own /etc/plantd/plantd.yaml.
CONTROL
# A running service takes what it can without a restart, and says what needs one.
cat >"$tree/DEBIAN/postinst" <<'POSTINST'
#!/bin/sh
set -e
if [ "$1" = configure ] && [ -d /run/systemd/system ]; then
  systemctl try-reload-or-restart plantd.service || true
fi
POSTINST
chmod 755 "$tree/DEBIAN/postinst"
mkdir -p "$out"
dpkg-deb --root-owner-group -Zxz --build "$tree" "$out/plantd-site_${version}_all.deb" >/dev/null
echo "== site-package: $out/plantd-site_${version}_all.deb"
