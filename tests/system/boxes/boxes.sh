#!/bin/bash
# Has Ansible install, configure and update plantd on three bare boxes, each under a real systemd in a container,
# over SSH in a network of their own, as fleet/ansible does it.
# usage: tests/system/boxes/boxes.sh PYTHON ANSIBLE      (make ansible)
#   PYTHON   one that has pytest and plantd; ANSIBLE: the environment that has Ansible and DuckDB
# build/deb must have the packages (make deb PYTHONS=3.11 is enough). What runs here ends with this process.
set -euo pipefail
started=$SECONDS
here=tests/system/boxes
work=build/boxes
if [ "$(id -u)" != 0 ]; then exec sudo --preserve-env=PYTHON,ARGS "$0" "$@"; fi

# What needs the network of outside, or a while: once.
prepare() {
  debs=(build/deb/plantd_*_"$(dpkg --print-architecture)".deb)
  if [ ! -e "${debs[0]}" ]; then echo "boxes: build/deb has no package; make deb builds it" >&2; exit 66; fi
  tools/system_packages.sh aptly gpg gpg-agent iproute2 mmdebstrap openssh-client systemd-container
  tests/system/machine/root.sh build/machine/boxes openssh-server sudo python3-apt
  rm -rf $work
  mkdir -p $work/debs
  cp --link "${debs[0]}" build/deb/plantd-model-*_all.deb $work/debs
  tests/system/package/next_version.sh "${debs[0]}" $work/next
  tests/system/package/next_version.sh $work/next/*.deb $work/third
  break_third
}

# The third version does not start.
break_third() {
  local deb
  deb=$(echo $work/third/*.deb)
  dpkg-deb --raw-extract "$deb" $work/unpacked
  echo 'raise SystemExit("this version was made to fail")' >$work/unpacked/opt/plantd/lib/plantd/__main__.py
  dpkg-deb --root-owner-group -Zgzip -z1 --build $work/unpacked "$deb" >/dev/null
  rm -r $work/unpacked
}

# Whose gpg signs is nobody's but this run's; its sockets lie there: a short path.
publish() {
  gnupg=$(mktemp -d /tmp/plantd-boxes.XXXX)
  trap 'gpgconf --homedir "$gnupg" --kill all; rm -rf "$gnupg"' EXIT
  for key in repository models; do
    gpg --homedir "$gnupg" --batch --quiet --passphrase '' --quick-gen-key "plantd $key" ed25519 sign 0 2>/dev/null
  done
  mkdir $work/all
  cp --link $work/debs/*.deb $work/next/*.deb $work/third/*.deb $work/all
  GNUPGHOME=$gnupg DEBS=$work/all APTLY=$work/aptly tools/deb/repository.sh "plantd repository" $work/stick
  rm -rf $work/aptly
}

# The same model under another version, signed, and once more with another version that nobody signed.
make_models() {
  local version
  for version in 9.0.0 9.1.0; do
    rm -rf $work/bundle
    cp -r engines/bundles/plants70 $work/bundle
    sed -i "s/^version: .*/version: $version/" $work/bundle/manifest.yaml
    if [ $version = 9.0.0 ]; then
      gpg --homedir "$gnupg" --batch --quiet --local-user "plantd models" --detach-sign $work/bundle/manifest.yaml
    fi
    tar -C $work -czf $work/plants70-$version.tar.gz bundle
  done
  gpg --homedir "$gnupg" --batch --export "plantd models" >$work/owner.gpg
}

if [ -z "${BOXES_INSIDE:-}" ]; then
  prepare
  publish
  make_models
  mkdir -p build/junit
  status=0
  BOXES_INSIDE=1 unshare --mount --propagation private --net "$0" "$@" || status=$?
  chown --recursive --reference=Makefile build/junit       # theirs who asked, not root's
  echo "== boxes: $((SECONDS - started)) s"
  exit $status
fi

ip link set lo up
ip link add plantd type bridge
ip address add 10.77.0.1/24 dev plantd
ip link set plantd up
mount -t tmpfs -o mode=755 tmpfs /run          # systemd-nspawn wants a /run that is no disk
mkdir -p /run/systemd/system
ANSIBLE_HOME=$PWD/$work/ansible PYTHONPATH=$here "$1" -m pytest -p booted_boxes -p no:cacheprovider --timeout 1800 -o python_files='check_*.py' -v --tb=short --maxfail=1 \
  --junitxml=build/junit/boxes.xml $here/check_boxes.py --ansible "$PWD/$2" ${ARGS:+$ARGS}
