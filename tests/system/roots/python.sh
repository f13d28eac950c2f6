#!/bin/bash
# Makes what a distribution has as its Python: CPython of that version, with the pip and setuptools
# that it gives a new environment, and with its numpy and OpenCV.
# usage: tests/system/roots/python.sh 3.6|3.8|... FOLDER    does nothing when FOLDER has been made
#   PYTHON36=PROGRAM, PYTHON38=PROGRAM, ...  the CPython to take (default: the newest below ~/.pyenv)
# pip's OpenCV, of the same version, stands in for the distribution's: it has no GStreamer.
set -euo pipefail
version=$1; folder=$2
case $version in
  3.6) pip=9.0.1 setuptools=39.0.1 numpy=1.13.3 opencv=4.1.1.26 ;;       # Ubuntu 18.04, JetPack 4.6
  3.8) pip=20.0.2 setuptools=45.2.0 numpy=1.17.4 opencv=4.5.4.60 ;;      # Ubuntu 20.04, JetPack 5
  3.9) pip=20.3.4 setuptools=44.1.1 numpy=1.19.5 opencv=4.5.1.48 ;;      # Debian 11
  3.10) pip=22.0.2 setuptools=59.6.0 numpy=1.21.5 opencv=4.8.1.78 ;;     # Ubuntu 22.04, JetPack 6
  3.11) pip=23.0.1 setuptools=66.1.1 numpy=1.24.2 opencv=4.6.0.66 ;;     # Debian 12
  3.12) pip=24.0 setuptools='' numpy=1.26.4 opencv=4.6.0.66 ;;           # Ubuntu 24.04
  3.13) pip=25.1.1 setuptools='' numpy=2.2.4 opencv=4.10.0.84 ;;         # Debian 13
  *) echo "roots: no system is known here that has Python $version" >&2; exit 64 ;;
esac

name=PYTHON${version/./}
program=${!name:-$(find ~/.pyenv/versions -path "*/$version.*/bin/python$version" 2>/dev/null | sort -V | tail -1)}
if [ -z "$program" ]; then
  echo "roots: there is no CPython $version on this machine; say where: $name=/path/to/python$version" >&2
  exit 69
fi
if [ "$("$program" -c 'import sys; print("%d.%d" % sys.version_info[:2])')" != "$version" ]; then
  echo "roots: $name=$program is no CPython $version" >&2
  exit 64
fi

key=$({ "$program" -VV; grep -v '^#' "$0"; } | sha256sum | cut -d" " -f1)
if [ "$(cat "$folder.made-from" 2>/dev/null)" = "$key" ]; then exit 0; fi
echo "== roots: making a system's Python $version in $folder, from $program"
rm -rf "$folder" "$folder.made-from"
mkdir -p "$folder"
from=$("$program" -c 'import sys; print(sys.base_prefix)')
tar -C "$from" --exclude='./lib/*.a' --exclude='./lib/*/config-*' --exclude='./lib/*/test' \
  --exclude=__pycache__ --exclude='./lib/*/site-packages/*' -cf - . | tar -C "$folder" -xf -
python=$folder/bin/python$version
library=$folder/lib/python$version
"$python" -m ensurepip >/dev/null 2>&1
pip() { "$python" -m pip --disable-pip-version-check --quiet "$@"; }
pip download --no-deps --dest "$folder/bundled" pip==$pip ${setuptools:+setuptools==$setuptools}
pip install --only-binary=:all: numpy==$numpy opencv-python-headless==$opencv
# What `python -m venv` puts into a new environment, under the names that it looks for.
tag=py3
if [ "$version" = 3.6 ]; then tag=py2.py3; fi
rm -f "$library"/ensurepip/_bundled/*.whl
mv "$folder"/bundled/pip-*.whl "$library/ensurepip/_bundled/pip-$pip-$tag-none-any.whl"
if [ -n "$setuptools" ]; then
  mv "$folder"/bundled/setuptools-*.whl \
    "$library/ensurepip/_bundled/setuptools-$setuptools-$tag-none-any.whl"
fi
rmdir "$folder/bundled"
sed -i -E "s/^_SETUPTOOLS_VERSION = .*/_SETUPTOOLS_VERSION = \"$setuptools\"/; s/^_PIP_VERSION = .*/_PIP_VERSION = \"$pip\"/" \
  "$library/ensurepip/__init__.py"
if [ "$version" = 3.6 ]; then        # pip 9 has its main() elsewhere than the pip of later CPython 3.6
  sed -i 's/import pip\._internal/import pip/; s/pip\._internal\.main/pip.main/' "$library/ensurepip/__init__.py"
fi
echo "$key" >"$folder.made-from"
