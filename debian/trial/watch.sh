#!/bin/sh
# Watches a new version of plantd on trial, and lets the one before come back where it does not serve. Run by
# plantd-trial.service from DIR: it is the old version's, and needs nothing of the new one.
#
# How this works: at each look the package is
#
#   installed, the version on trial       judged (judging.sh)
#   installed, the version before         back, if it was going there; else nothing was upgraded
#   half installed, half configured       an upgrade goes on, and has dpkg's lock; or it was cut: configured, and
#                                         where that does not work the version before is installed
#   installed, and its upgrade was cut    on trial again
#   gone, or a third version              no trial
#
# Going back is said in DIR/trial before it is begun, so that after a power cut the next look goes on with it.
# shellcheck disable=SC2154
set -u
umask 022
cd "${0%/*}" || exit 1
# shellcheck source=debian/trial/state.sh
. ./state.sh
# shellcheck source=debian/trial/judging.sh
. ./judging.sh
EVERY_S=10
TRIES_MAX=3
STATE=/var/lib/plantd
export LC_ALL=C DEBIAN_FRONTEND=noninteractive
unfinished=0
# On a full disk DIR/trial cannot count.
configured=0 tried=0 has_arrived=no held_s=0

main() {
  while look; do
    hold
    sleep "$EVERY_S"
  done
}

# A service that waits for the version before (boot.sh) does so for trial_s: dpkg may be locked, or say nothing.
hold() {
  is_held && [ "$held_s" -lt "$trial_s" ] || return 0
  held_s=$((held_s + EVERY_S))
  if [ "$held_s" -ge "$trial_s" ]; then
    say "$before has not come back for $trial_s s, and the service waits no longer"
    systemctl start --no-block plantd.service
  fi
}

# Fails when the trial is over.
look() {
  read_trial && [ -z "$ended" ] || return 1
  read_package
  case $package_status in
    installed | triggers-pending | triggers-awaited) look_at_installed ;;
    # dpkg does not say it just now; a package that is removed takes DIR with it.
    '') return 0 ;;
    not-installed | config-files) forget_trial; return 1 ;;
    *) look_at_unfinished ;;
  esac
}

look_at_installed() {
  unfinished=0 configured=0
  if [ "$package_version" = "$before" ]; then
    if [ -n "$step" ]; then arrive; else give_up "$before is installed, and the trial of $version is over"; fi
  elif [ "$package_version" != "$version" ]; then
    if resume_trial; then return 0; fi
    give_up "$package_version is installed, and the trial of $version is over"
  elif [ -n "$step" ]; then
    go_back
  else
    look_at_service
  fi
}

give_up() {
  say "$1"
  forget_trial
  return 1
}

look_at_service() {
  read_unit
  is_serving=no
  if read_serving; then is_serving=yes; fi
  # Where nothing may restart services the old process goes on, until the next boot.
  if [ "$serving_process" = "$was" ] && [ $is_serving = yes ]; then return 0; fi
  had_settled=$settled$boot_state
  if [ $is_serving = yes ] && count_presses; then
    say "$version is on trial: $answered of $presses presses answered, $failed failed"
    write_trial
  fi
  read -r now _ </proc/uptime
  judge "${now%%.*}" $is_serving
  case $decision in
    passed)
      ended=passed
      write_trial || return 0
      rm -f "$DIR/went-back"
      write_pin
      let_go
      say "$version has passed its trial"
      return 1
      ;;
    back)
      step=back
      write_trial || return 0
      go_back
      ;;
    *) if [ "$settled$boot_state" != "$had_settled" ]; then write_trial; fi ;;
  esac
  return 0
}

# Twice, so that a dpkg that is just being called can take its lock.
look_at_unfinished() {
  unfinished=$((unfinished + 1))
  [ $unfinished -ge 2 ] || return 0
  if [ -n "$step" ]; then
    go_back
    return
  fi
  if [ $configured -lt $TRIES_MAX ]; then
    say "the upgrade to $version was cut ($package_status); it is brought to an end"
    run_dpkg --configure -a
    [ $lock_is_held = no ] || return 0
    configured=$((configured + 1))
    read_package
    case $package_status in
      installed | triggers-*) return 0 ;;
    esac
  fi
  case $package_status in
    half-installed) step=undo reason="its installation was cut" ;;
    *) step=back reason="the package could not be configured ($package_status)" ;;
  esac
  write_trial || return 0
  go_back
}

go_back() {
  if [ "$tries" -ge $TRIES_MAX ] || [ $tried -ge $TRIES_MAX ]; then
    ended=stuck
    write_trial
    say "$version failed its trial ($reason), and could not go back to $before: see above; the next boot tries again"
    if is_held; then systemctl start --no-block plantd.service; fi
    return 1
  fi
  say "$version failed its trial, and $before comes back: $reason"
  if [ "$step" = back ]; then pin "$version"; fi
  run_dpkg --install "$DIR/kept.deb"
  [ $lock_is_held = no ] || return 0
  read_package
  if [ "$package_status" = installed ] && [ "$package_version" = "$before" ]; then
    arrive
    return
  fi
  tries=$((tries + 1)) tried=$((tried + 1))
  write_trial
  return 0
}

# usage: run_dpkg OPTION...; sets lock_is_held. What its owner changed in the configuration stays.
run_dpkg() {
  lock_is_held=no
  said=$(dpkg --force-confdef --force-confold "$@" 2>&1 </dev/null)
  code=$?
  if [ $code != 0 ] && printf '%s' "$said" | grep -q 'locked by another process'; then
    lock_is_held=yes
    return
  fi
  printf '%s\n' "$said"
}

# The version before is installed again.
arrive() {
  if [ $has_arrived = no ]; then
    begin_again || return 0
    has_arrived=yes
  fi
  ended=back
  write_trial || return 0
  let_go
  say "$version was on trial and went back by itself to plantd $before: $reason"
  return 1
}

# Where it refuses the configuration of now it gets back the last good one of its own. Fails where the disk does not
# take that one: then at a later look.
begin_again() {
  if [ -e "$DIR/last-good.tar" ] && ! plantd check-config >/dev/null 2>&1; then
    restore_last_good || return 1
    say "$before refuses the configuration of now, and begins with the last one that it served with"
    systemctl restart plantd.service
  fi
  read_unit
  if [ "$unit_active" = failed ] || { [ "$unit_active" = inactive ] && is_held; }; then systemctl restart plantd.service; fi
}

restore_last_good() {
  runuser -u plantd -- sh -c "cd $STATE && rm -rf last-good.new && mkdir last-good.new &&
    tar -x -C last-good.new && rm -rf last-good && mv last-good.new/last-good . && rmdir last-good.new" \
    <"$DIR/last-good.tar"
}

main
exit 0
