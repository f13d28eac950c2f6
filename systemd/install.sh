#!/bin/bash
# Installs plantd as a service, or brings an installation up to date; may be run again at any time.
# usage: sudo systemd/install.sh
#   WHEELHOUSE=FOLDER  packages from there and from no index (default build/wheelhouse if it exists;
#                      "none": from an index all the same)
#   DESTDIR=FOLDER     files only, below FOLDER: no users, no systemctl
# Puts: the program into /opt/plantd, commands into /usr/local/bin, units and rules where
# systemd/README.md says, the model into /var/lib/plantd/models. /etc/plantd/plantd.yaml is kept.
# shellcheck disable=SC2154
set -euo pipefail
root=${DESTDIR:-}
opt=/opt/plantd
# shellcheck disable=SC1091
. systemd/packages.bash
wheelhouse=${WHEELHOUSE:-}
if [ -z "$wheelhouse" ] && [ -d build/wheelhouse ]; then wheelhouse=build/wheelhouse; fi
if [ "$wheelhouse" = none ]; then wheelhouse=; fi

fail() { echo "install: $2" >&2; exit "$1"; }
step() { echo "== install: $*"; }

check() {
  if [ -z "$root" ] && [ "$(id -u)" != 0 ]; then
    fail 77 "it writes to $opt, /etc and /var/lib; as root: sudo make install"
  fi
  if [ -z "$root" ] && is_packaged; then
    fail 73 "plantd is installed as a package, which owns $opt; sudo apt remove plantd first (data and configuration stay)"
  fi
  if [ -z "$wheelhouse" ]; then return; fi
  local made_for
  made_for=$(cat "$wheelhouse/made-for" 2>/dev/null) ||
    fail 66 "$wheelhouse is no wheelhouse: it has no file made-for; make one: make wheelhouse"
  if [ "$made_for" != "$version $(uname -m)" ]; then
    fail 65 "$wheelhouse was made for Python $made_for; this machine has $version $(uname -m)"
  fi
}

# The environment is made beside the old one and takes its place when it is whole.
install_program() {
  local new=$root$opt/venv.new old=$root$opt/venv.old source
  step "the program, into $root$opt${wheelhouse:+ (packages from $wheelhouse)}"
  mkdir -p "$root$opt"
  rm -rf "$new" "$old"
  "$python" -m venv --system-site-packages "$new"
  pip() { "$new/bin/python" -m pip --disable-pip-version-check --no-cache-dir --quiet "$@"; }
  local index=()
  if [ -n "$wheelhouse" ]; then index=(--no-index --find-links "$wheelhouse"); fi
  # Alone and first: the pip that an old Python brings cannot see the wheels of today.
  pip install --upgrade "${index[@]}" "${constraints[@]}" -r requirements/build.txt
  pip install "${index[@]}" "${constraints[@]}" -r requirements/device.txt "$numpy" \
    -r requirements/display.txt
  pip install --no-deps "${index[@]}" "${constraints[@]}" -r requirements/display-nodeps.txt
  install_pycuda
  # From a copy: a build leaves folders behind, and root's have no place in somebody's checkout.
  source=$(mktemp -d)
  cp -r setup.py setup.cfg README.md daemon engines "$source/"
  [ ! -e calibration ] || cp -r calibration "$source/"
  pip install --no-index --no-deps --no-build-isolation "$source"
  rm -rf "$source"
  "$new/bin/python" -I -m plantd --version >/dev/null
  if [ -e "$root$opt/venv" ]; then mv "$root$opt/venv" "$old"; fi
  mv "$new" "$root$opt/venv"
  rm -rf "$old"
  install -m 644 README.md LICENSE systemd/page.conf "$root$opt/"
}

# Compiled once: its wheel is kept, and taken again by the next installation.
install_pycuda() {
  local cuda missing wheels=$root$opt/wheels
  cuda=$(cuda_root)
  if [ -z "$cuda" ]; then
    missing=$(no_nvcc)
    if [ -n "$missing" ]; then step "$missing"; fi
    return
  fi
  take() { pip install --no-index --find-links "$1" "${constraints[@]}" -r requirements/cuda.txt 2>/dev/null; }
  mkdir -p "$wheels"
  if take "$wheels" || { [ -n "$wheelhouse" ] && take "$wheelhouse"; }; then return; fi
  step "pycuda, compiled with $cuda/bin/nvcc (minutes)"
  if [ -n "$wheelhouse" ] || ! { pycuda_wheel "$wheels" "$cuda" && take "$wheels"; }; then
    step "pycuda is missing: the GPU stays idle and ONNX Runtime answers. What helps, with a network:"
    step "  sudo apt-get install g++ python3-dev && sudo make install WHEELHOUSE=none"
  fi
}

install_commands() {
  local name
  for name in plantd:plantd plantd-cli:plantd.cli plantd-engine:plantd_engines; do
    mkdir -p "$root/usr/local/bin"
    printf '#!/bin/sh\nexec %s/venv/bin/python3 -m %s "$@"\n' "$opt" "${name#*:}" \
      >"$root/usr/local/bin/${name%:*}"
    chmod 755 "$root/usr/local/bin/${name%:*}"
  done
}

put() { install -D -m 644 "systemd/$1" "$root$2"; }

install_units() {
  local unit
  step "units and rules"
  for unit in plantd.service plantd-root.path plantd-root.service plantd-engine.service \
    plantd-stick@.service; do
    put "$unit" "/etc/systemd/system/$unit"
  done
  put sysusers.conf /usr/lib/sysusers.d/plantd.conf
  put tmpfiles.conf /usr/lib/tmpfiles.d/plantd.conf
  put 60-plantd.rules /etc/udev/rules.d/60-plantd.rules
  put journald.conf /etc/systemd/journald.conf.d/plantd.conf
}

# TensorRT and pycuda, both of this Python.
has_gpu() {
  "$root$opt/venv/bin/python" -c \
    "import importlib.util as u, sys; sys.exit(not all(map(u.find_spec, ('tensorrt', 'pycuda'))))"
}

# Whoever has it configured otherwise is told, and asked nothing.
tell_idle_gpu() {
  if has_gpu && ! grep -q "^  backend: tensorrt" "$root/etc/plantd/plantd.yaml"; then
    step "GPU idle: TensorRT is here, and engine.backend is not tensorrt. What helps: set it in"
    step "  $root/etc/plantd/plantd.yaml, with engine.meanwhile: onnxruntime; then: make engine"
  fi
}

# Yours is kept; a newer one is laid beside it.
install_configuration() {
  local target=$root/etc/plantd/plantd.yaml
  mkdir -p "$root/etc/plantd"
  if [ ! -e "$target" ]; then
    step "the configuration, $target"
    install -m 644 systemd/plantd.yaml "$target"
    if has_gpu; then
      # Taken when plantd-engine.service has built a plan and proven it.
      step "TensorRT is here: engine.backend is tensorrt, and onnxruntime answers until there is a plan"
      sed -i "s/^  #backend: onnxruntime$/  backend: tensorrt/; s/^  #meanwhile: none$/  meanwhile: onnxruntime/" "$target"
    fi
  elif cmp -s systemd/plantd.yaml "$target"; then
    rm -f "$target.new"
  else
    install -m 644 systemd/plantd.yaml "$target.new"
    step "$target is kept; this version's is $target.new"
  fi
}

# systemd-sysusers where there is one; the same file read line by line where there is none.
make_users() {
  step "user plantd; groups plantd, plantd-admin, gpio, i2c"
  if command -v systemd-sysusers >/dev/null; then
    systemd-sysusers "$PWD/systemd/sysusers.conf"
    return
  fi
  local kind name group home
  while read -r kind name group _ home; do
    case $kind in
      g) getent group "$name" >/dev/null || groupadd --system "$name" ;;
      u) getent passwd "$name" >/dev/null ||
        useradd --system --gid "$name" --home-dir "$home" --no-create-home \
          --shell /usr/sbin/nologin "$name" ;;
      m) usermod --append --groups "$group" "$name" ;;
    esac
  done < <(sed 's/"[^"]*"/-/' systemd/sysusers.conf)
}

install_model() {
  local models=$root/var/lib/plantd/models name
  name=plants70-$(sed -n 's/^version: *//p' engines/bundles/plants70/manifest.yaml)
  mkdir -p "$models"
  if ! diff -rq engines/bundles/plants70 "$models/$name" >/dev/null 2>&1; then
    step "the model $name, into $models"
    rm -rf "$models/.new" "${models:?}/$name.old"
    cp -r engines/bundles/plants70 "$models/.new"
    if [ -e "$models/$name" ]; then mv "$models/$name" "$models/$name.old"; fi
    mv "$models/.new" "$models/$name"
    rm -rf "${models:?}/$name.old"
  fi
  # Another model that was made active stays so.
  if [ ! -e "$models/active" ]; then ln -sfn "$name" "$models/active"; fi
  if [ -z "$root" ]; then
    chown plantd:plantd /var/lib/plantd
    chown -R plantd:plantd /var/lib/plantd/models
    chmod 750 /var/lib/plantd /var/lib/plantd/models
  fi
}

enable_units() {
  if ! command -v systemctl >/dev/null; then
    step "there is no systemd on this machine: nothing is enabled"
    return
  fi
  systemctl --quiet enable plantd.service plantd-root.path plantd-engine.service
  if [ ! -d /run/systemd/system ]; then return; fi
  systemctl daemon-reload
  systemctl try-restart systemd-journald.service plantd.service
  systemctl start plantd-root.path
  if [ -S /run/udev/control ]; then
    udevadm control --reload
    udevadm trigger --subsystem-match=gpio --subsystem-match=i2c-dev --subsystem-match=spidev --subsystem-match=video4linux
  fi
}

check
install_program
install_commands
install_units
install_configuration
if [ -z "$root" ]; then make_users; fi
install_model
if [ -z "$root" ]; then enable_units; fi
tell_idle_gpu
step "done. Set the camera and the button in /etc/plantd/plantd.yaml, then: sudo systemctl start plantd"
step "who may use plantd-cli without sudo: sudo usermod -aG plantd ${SUDO_USER:-USER}"
