#!/bin/sh
# Whether a new package passes or goes back; watch.sh calls judge at each look, after reading state.sh's variables.
#
#   so many presses answered                                  passed
#   as many presses in which the engine failed                back
#   systemd started the service anew for RESTARTS_MAX times   back
#   the machine went down with it for BOOTS_MAX times         back (boot.sh)
#   the service down for trial_s without an end               back; not where a person stopped it
#   it is up and for trial_s has not said how it is           back
#   a part failed for trial_s that had not failed before      back; not the engine while a plan is being built, and
#                                                             no other part once all were well for trial_s
#
# Nothing goes back because nobody presses.
# shellcheck disable=SC2034,SC2154
RESTARTS_MAX=5
BOOTS_MAX=5
down_since='' mute_since='' worse_since='' worse_part='' well_since=''

# Takes the new presses of the running process over, each once. Fails where there is nothing new.
count_presses() {
  if [ "$serving_process" != "$process" ]; then
    process=$serving_process process_answered=0 process_failed=0
  elif [ "$serving_answered" -le "$process_answered" ] && [ "$serving_failed" -le "$process_failed" ]; then
    return 1
  fi
  answered=$((answered + serving_answered - process_answered))
  failed=$((failed + serving_failed - process_failed))
  process_answered=$serving_answered process_failed=$serving_failed
}

# usage: judge NOW_S IS_SERVING; sets decision: "", passed or back, and reason.
judge() {
  decision=''
  if [ "$answered" -ge "$presses" ]; then
    decision=passed
    return
  fi
  if [ "$failed" -ge "$presses" ]; then
    decide_back "the engine failed in $failed presses"
  elif [ "$unit_restarts" -ge "$RESTARTS_MAX" ]; then
    decide_back "the service ended $unit_restarts times with it and answered too few presses"
  else
    judge_down "$1"
    [ -n "$decision" ] || judge_mute "$1" "$2"
    [ -n "$decision" ] || judge_worse "$1" "$2"
  fi
}

judge_boots() {
  decision=''
  if [ "$boots" -ge "$BOOTS_MAX" ]; then
    decide_back "the machine went down $boots times with it, and it had not served for $trial_s s"
  fi
}

# Whether the service waits for the version before.
is_held() { [ "$step" = back ] && [ "$boots" -ge "$BOOTS_MAX" ]; }

judge_down() {
  case $unit_active in
    active | reloading | '') down_since='' ;;
    inactive)
      # Stopped by a person, who starts it again: one that ends by itself is started anew (Restart=always).
      if [ "$unit_result" = success ]; then down_since=''; else is_down "$1"; fi
      ;;
    *) is_down "$1" ;;
  esac
}

is_down() {
  down_since=${down_since:-$1}
  if [ $(($1 - down_since)) -ge "$trial_s" ]; then
    decide_back "the service did not come up within $trial_s s ($unit_active, $unit_result)"
  fi
}

judge_mute() {
  if [ "$2" = yes ] || [ "$unit_active" != active ] || ! says_how_it_is; then
    mute_since=''
    return
  fi
  mute_since=${mute_since:-$1}
  if [ $(($1 - mute_since)) -ge "$trial_s" ]; then
    decide_back "the service is up, and for $trial_s s has not said how it is"
  fi
}

# A version from before there were trials says nothing.
says_how_it_is() { [ -e /opt/plantd/trial/judging.sh ]; }

judge_worse() {
  if [ "$2" = no ]; then
    worse_since=''
    if [ "$unit_active" = active ] && ! says_how_it_is; then is_well "$1" || :; else well_since=''; fi
    return
  fi
  found=$(new_fault)
  if [ -z "$found" ] || { [ "$found" = engine ] && is_building; }; then
    worse_since=''
    if is_well "$1"; then settled=yes; fi
    return
  fi
  # Another part that fails instead is another fault.
  if [ "$found" != "$worse_part" ]; then worse_since=''; fi
  worse_part=$found worse_since=${worse_since:-$1} well_since=''
  if [ $(($1 - worse_since)) -ge "$trial_s" ]; then
    decide_back "$(printf '%s' "$serving_details" | sed -n "s/^$found /$found: /p" | head -n 1)"
  fi
}

is_well() {
  well_since=${well_since:-$1}
  [ $(($1 - well_since)) -ge "$trial_s" ] && boot_state=well
}

# The first part that failed with this version; after it has settled the engine alone: a plug may be pulled later.
new_fault() {
  for part in $serving_faults; do
    case " $faults " in *" $part "*) continue ;; esac
    if [ -z "$settled" ] || [ "$part" = engine ]; then
      echo "$part"
      return
    fi
  done
}

is_building() { [ "$(systemctl show -p ActiveState plantd-engine.service 2>/dev/null)" = ActiveState=activating ]; }

decide_back() { decision=back reason=$1; }
