#!/bin/bash
# Removes what install.sh put. Data, logs and the configuration stay, unless asked for.
# usage: sudo systemd/uninstall.sh
#   PURGE=1         also removes /etc/plantd, /var/lib/plantd with the record, logs, cache and the user
#   DESTDIR=FOLDER  files below FOLDER only
set -euo pipefail
root=${DESTDIR:-}
purge=${PURGE:-}

if [ -z "$root" ] && [ "$(id -u)" != 0 ]; then
  echo "uninstall: it removes from /opt, /etc and /usr; as root: sudo make uninstall" >&2
  exit 77
fi
if [ -z "$root" ] && [ "$(dpkg-query -W -f='${db:Status-Status}' plantd 2>/dev/null)" = installed ]; then
  echo "uninstall: plantd is installed as a package; sudo apt remove plantd removes it, sudo apt purge plantd its data too" >&2
  exit 73
fi

if [ -z "$root" ] && command -v systemctl >/dev/null; then
  if [ -d /run/systemd/system ]; then
    systemctl --quiet stop plantd-root.path plantd.service plantd-engine.service plantd-root.service \
      "plantd-stick@*.service" \
      2>/dev/null || true
  fi
  systemctl --quiet disable plantd.service plantd-root.path plantd-engine.service 2>/dev/null || true
fi

# The unit keeps it over restarts.
rm -rf "$root/opt/plantd" "$root/run/plantd"
rm -f "$root"/usr/local/bin/{plantd,plantd-cli,plantd-engine} \
  "$root"/etc/systemd/system/{plantd.service,plantd-root.path,plantd-root.service,plantd-engine.service,plantd-stick@.service} \
  "$root/usr/lib/sysusers.d/plantd.conf" "$root/usr/lib/tmpfiles.d/plantd.conf" \
  "$root/etc/udev/rules.d/60-plantd.rules" "$root/etc/systemd/journald.conf.d/plantd.conf"

if [ -n "$purge" ]; then
  rm -rf "$root/etc/plantd" "$root/var/lib/plantd" "$root/var/log/plantd" "$root/var/cache/plantd" \
    "$root"/etc/systemd/system/plantd{,-engine,-root}.service.d
  if [ -z "$root" ]; then
    # Groups gpio and i2c stay: other programs use them.
    if getent passwd plantd >/dev/null; then userdel plantd; fi
    for group in plantd plantd-admin; do
      if getent group "$group" >/dev/null; then groupdel "$group"; fi
    done
  fi
fi

if [ -z "$root" ] && [ -d /run/systemd/system ]; then
  systemctl daemon-reload
  systemctl try-restart systemd-journald.service
fi
if [ -n "$purge" ]; then
  echo "== uninstall: done, with all data"
else
  echo "== uninstall: done. Kept: /etc/plantd /var/lib/plantd /var/log/plantd (PURGE=1 removes them)"
fi
