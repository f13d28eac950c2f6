#!/bin/bash
# Runs a command as an ordinary user who may sudo, in a fresh copy of this checkout, in a throw-away
# layer over a bare root: every run starts bare.
# usage: tests/system/roots/enter.sh FOLDER NAME COMMAND
#   FOLDER  a root that base.sh made
#   NAME    build/junit/X.xml of in there comes back as build/junit/NAME-X.xml
#   LEND=FOLDER:PLACE  lays FOLDER of out here at PLACE in there
#   BOARD=FOLDER       its /proc/cpuinfo and /sys/devices/system/cpu are seen in there, not this machine's
# Name lookup, certificates, and apt's and pip's settings for the network are this machine's.
set -euo pipefail
base=$1; name=$2; command=$3
if [ "$(id -u)" != 0 ]; then exec sudo --preserve-env=LEND,BOARD "$0" "$@"; fi
# Mounts and processes of its own: what the command leaves behind ends with it.
if [ -z "${ROOTS_INSIDE:-}" ]; then
  ROOTS_INSIDE=1 exec unshare --mount --propagation private --pid --fork --kill-child "$0" "$@"
fi

root=/run/roots/root
home=$root/home/newcomer
lay() {
  mount -t tmpfs -o mode=755 tmpfs /run
  mkdir -p $root /run/roots/layer
  mount -t tmpfs -o mode=755,size=12g tmpfs /run/roots/layer
  mkdir /run/roots/layer/upper /run/roots/layer/work
  mount -t overlay overlay \
    -o "lowerdir=$base,upperdir=/run/roots/layer/upper,workdir=/run/roots/layer/work" $root
  mount -t proc proc $root/proc
  mount --rbind /sys $root/sys
  mount --rbind /dev $root/dev
  mount -t tmpfs tmpfs $root/tmp
  if [ -n "${LEND:-}" ]; then
    mkdir -p "$root${LEND#*:}"
    mount --bind --options ro "${LEND%%:*}" "$root${LEND#*:}"
  fi
  if [ -n "${BOARD:-}" ]; then
    mount --bind --options ro "$BOARD/proc/cpuinfo" $root/proc/cpuinfo
    mount --bind --options ro "$BOARD/sys/devices/system/cpu" $root/sys/devices/system/cpu
  fi
}

lend_network() {
  cat /etc/resolv.conf >$root/etc/resolv.conf
  cat /etc/hosts >$root/etc/hosts
  cat /etc/ssl/certs/ca-certificates.crt >$root/etc/ssl/certs/ca-certificates.crt
  apt-config dump | grep -E '^Acquire::(https?|Retries|Check)' >$root/etc/apt/apt.conf.d/90lent || true
  if [ -e /etc/pip.conf ]; then cat /etc/pip.conf >$root/etc/pip.conf; fi
  env | grep -E '^((https?|no)_proxy|(HTTPS?|NO)_PROXY|PIP_(CERT|INDEX_URL|DEFAULT_TIMEOUT)|(SSL|REQUESTS)_[A-Z_]*)=' \
    >>$root/etc/environment || true
  # The pip of an old Python asks an index under a name that may be no more, and sudo drops variables.
  python3 - $root/etc/pip.conf "${PIP_INDEX_URL:-}" <<'PYTHON'
import configparser, sys
from pip._internal.models.index import PyPI
path, index = sys.argv[1:]
settings = configparser.ConfigParser()
settings.read(path)
if not settings.has_section("global"):
    settings.add_section("global")
if index or not settings.has_option("global", "index-url"):
    settings.set("global", "index-url", index or PyPI.simple_url)
with open(path, "w", encoding="utf-8") as target:
    settings.write(target)
PYTHON
}

copy_checkout() {
  mkdir $home/plantd
  git ls-files -z --cached --others --exclude-standard |
    tar --null --ignore-failed-read -T - -cf - | tar -xf - -C $home/plantd
  printf '%s\n' "$command" >$home/command
  chroot $root chown -R newcomer: /home/newcomer
}

bring_back_reports() {
  local report
  mkdir -p build/junit
  for report in "$home"/plantd/build/junit/*.xml; do
    if [ -e "$report" ]; then cp "$report" "build/junit/$name-${report##*/}"; fi
  done
  chown --recursive --reference=Makefile build/junit    # theirs who asked, not root's
}

lay
lend_network
copy_checkout
status=0
chroot $root su - newcomer -c 'cd plantd && bash -e ../command' </dev/null || status=$?
bring_back_reports
exit $status
