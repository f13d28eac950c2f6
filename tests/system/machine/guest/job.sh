#!/bin/bash
# Runs as root inside, after boot. The checks' output goes to /host/log-BOOT, their end to /host/rc;
# then the machine is powered off the way plantd does it, by the request of an ordinary user; when
# plantd has been removed, by job.service.
boot=$(cat /host/boot)
exec >"/host/log-$boot" 2>&1
echo "kernel $(uname -r), $(systemctl --version | head -1), process 1 is $(cat /proc/1/comm)"
cd /host || exit 1
set -a
# shellcheck disable=SC1091
. /host/numbers
PYTHONPATH=/opt/pytest PYTHONDONTWRITEBYTECODE=1 \
  /opt/plantd/venv/bin/python3 -m pytest -p no:cacheprovider -W error -v -s --tb=short --maxfail=4 \
  -o python_files='check_*.py' --rootdir=/host "/host/check_${boot}_boot.py"
rc=$?
[ $rc = 0 ] || journalctl --no-pager -b -u plantd -u plantd-root -u plantd-engine -u plantd-trial | tail -90
echo $rc >/host/rc
if ! id plantd >/dev/null 2>&1; then exit 0; fi   # the last check has removed everything
touch /host/poweroff-failed
# Powering off ends this script among others; nothing else does.
trap 'rm -f /host/poweroff-failed; exit 0' TERM
runuser -u plantd -- /opt/plantd/venv/bin/python3 -c \
  'from plantd.system.root_requests import POWER_OFF, RootRequests; RootRequests("/run/plantd").ask(POWER_OFF)'
sleep 300 &   # far longer than it takes on a machine that is busy
wait
