#!/bin/bash
# Makes of a package its next version, for upgrades: another version, in the program too, and another
# line in the configuration.
# usage: tests/system/package/next_version.sh DEB FOLDER [SUFFIX [FAULT]]
#   SUFFIX       of its version: 1 (the default), and 2 for what comes after that
#   FAULT        import: nothing of the program can be loaded, and its prerm fails too
#                postinst: it cannot be configured
#                preinst: it refuses to be installed
#                key: none; its configuration has a key that the version before refuses
set -euo pipefail
deb=$1; folder=$2; suffix=${3:-1}; fault=${4:-}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
rm -rf "$folder"
mkdir -p "$folder"
dpkg-deb --raw-extract "$deb" "$work/plantd"
cd "$work/plantd"
lib=opt/plantd/lib/plantd
date=$(stat -c %Y $lib/__init__.py)
sed -i "s/^Version: \(.*\)/Version: \1.$suffix/" DEBIAN/control
sed -i "s/^__version__ = \"\(.*\)\"/__version__ = \"\1.$suffix\"/" $lib/__init__.py
echo "# a line of the next version, $suffix" | tee -a etc/plantd/plantd.yaml >>opt/plantd/plantd.yaml
case $fault in
  '') ;;
  import)
    echo 'import nothing_of_this_name' >>$lib/__init__.py
    sed -i '2i exit 1' DEBIAN/prerm
    ;;
  preinst) sed -i '2i exit 1' DEBIAN/preinst ;;
  postinst) sed -i '2i exit 1' DEBIAN/postinst ;;
  key)
    sed -i 's/^class UpdateConfig(NamedTuple):$/&\n    new_key: int = 1/' $lib/config/__init__.py
    sed -i 's/^    "update": Section($/&\n        "With a new key.", {"new_key": Doc("A new key.", 0, 9),/; /"How a new version of plantd/{N;s/.*//}' \
      $lib/config/schema/versions.py
    ;;
  *) echo "next_version: no fault is called $fault" >&2; exit 64 ;;
esac
find . -newermt "@$((date + 1))" -exec touch --date="@$date" {} +
cd - >/dev/null
dpkg-deb --root-owner-group -Zgzip -z1 --build "$work/plantd" "$folder" >/dev/null
