#!/bin/bash
# Makes of a package its next version, for upgrades: another version, in the program too, and another
# line in the configuration.
# usage: tests/system/package/next_version.sh DEB FOLDER
set -euo pipefail
deb=$1; folder=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
rm -rf "$folder"
mkdir -p "$folder"
dpkg-deb --raw-extract "$deb" "$work/plantd"
cd "$work/plantd"
date=$(stat -c %Y opt/plantd/lib/plantd/__init__.py)
sed -i 's/^Version: \(.*\)/Version: \1.1/' DEBIAN/control
sed -i 's/^__version__ = "\(.*\)"/__version__ = "\1.1"/' opt/plantd/lib/plantd/__init__.py
echo '# a line of the next version' >>etc/plantd/plantd.yaml
find . -newermt "@$((date + 1))" -exec touch --date="@$date" {} +
cd - >/dev/null
dpkg-deb --root-owner-group -Zgzip -z1 --build "$work/plantd" "$folder" >/dev/null
