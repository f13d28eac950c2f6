#!/bin/sh
# Counts the boots in which the machine went down with a new version on trial; run by plantd-trial.service from DIR,
# before plantd.service starts and after the watch has ended.
# usage: boot.sh begun|ended
#
# How this works: a boot has begun ("up") until it is shut down ("off"), or until the service has served for trial_s
# (judging.sh: "well"). One that the next boot finds "up" was ended by a crash, a watchdog or a pulled plug. After
# BOOTS_MAX of them the version before comes back, and until it is there plantd.service is not started: it may take
# the machine down sooner than dpkg is done. watch.sh starts it where that comes to nothing.
# shellcheck disable=SC2034,SC2154
set -u
umask 022
cd "${0%/*}" || exit 1
# shellcheck source=debian/trial/state.sh
. ./state.sh
# shellcheck source=debian/trial/judging.sh
. ./judging.sh
BOOT_ID=/proc/sys/kernel/random/boot_id

main() {
  read_trial || return 0
  case $1 in
    begun) begin ;;
    ended) if [ "$boot_state" = up ]; then boot_state=off; write_trial; fi ;;
  esac
}

begin() {
  id=$(cat "$BOOT_ID") || return 0
  is_new=no
  if [ "$boot" != "$id" ]; then
    is_new=yes
    if [ "$boot_state" = up ]; then boots=$((boots + 1)); fi
    boot=$id boot_state=up
    # What was in the way may be gone, such as a full disk.
    if [ "$ended" = stuck ]; then ended='' tries=0; fi
  elif [ "$boot_state" = off ]; then
    boot_state=up
  fi
  [ -z "$ended" ] || return 0
  if [ -z "$step" ]; then
    judge_boots
    step=$decision
  fi
  write_trial || return 0
  # A watch that begins again finds it stopped, or started by dpkg.
  if [ $is_new = yes ] && is_held; then systemctl stop --no-block plantd.service; fi
}

main "$1"
exit 0
