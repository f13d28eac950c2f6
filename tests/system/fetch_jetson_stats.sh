#!/bin/sh
# Fetch and unpack the two releases of jetson-stats that tests/system/test_jtop.py runs: the last
# one for Python 3.6 and the current one. AGPL-3.0: never committed, never installed.
# Usage: export PLANTD_JETSON_STATS=$(tests/system/fetch_jetson_stats.sh FOLDER)
set -eu
folder=$(realpath -m "$1")
for version in 4.3.2 7.2.2; do
    into=$folder/$version
    [ -d "$into/jtop" ] && continue
    mkdir -p "$into"
    "${PYTHON:-python3}" -m pip download -q --no-deps -d "$into" "jetson-stats==$version" >&2
    for archive in "$into"/*; do
        case $archive in
        *.tar.gz) tar -xzf "$archive" -C "$into" --strip-components=1 ;;
        *.whl) "${PYTHON:-python3}" -m zipfile -e "$archive" "$into" ;;
        esac
    done
done
printf '%s:%s\n' "$folder/4.3.2" "$folder/7.2.2"
