#!/bin/sh
# What the trial of a new package knows, and how it is kept; read by keep.sh, watch.sh and the package's scripts.
# POSIX sh, dpkg and systemctl alone: the new program may be broken.
#
# How this works: DIR belongs to root, for what lies there is installed as root. DIR/trial has a line
# "key value" for each of:
#
#   form             1
#   version, before  of the packages: on trial, and kept in DIR/kept.deb
#   presses          how many it must answer; as many that fail end the trial
#   trial_s          for so many seconds it may be down or worse than before
#   answered, failed so many presses by now
#   process          whose counts those are, and process_answered, process_failed: how many of them
#   was              the process of before: what it says is not of the new version
#   faults           parts of the service that had failed before
#   settled          yes once no other part had failed for trial_s
#   step             back or undo: dpkg is to install what is kept; undo, because the upgrade was cut, which is no
#                    fault of the version
#   tries            how often that was begun
#   boot, boot_state the machine's last boot with it, and how that goes: up, well or off
#   boots            how many ended by themselves (boot.sh)
#   ended            "", passed, back, stuck (it could not go back; the next boot tries again) or untried (nothing
#                    could be kept)
#   reason           one sentence
#
# It is replaced by renaming. While it has not ended, DIR/kept.deb is whole; but for untried. DIR/trial.paused is that of
# a version on trial which is being upgraded.
# shellcheck disable=SC2034
DIR=/var/lib/plantd-trial
SERVING=/run/plantd/serving
PIN=/etc/apt/preferences.d/plantd-trial
KEYS="version before presses trial_s answered failed process process_answered process_failed was faults settled"
KEYS="$KEYS step tries boot boot_state boots ended reason"

say() { printf 'plantd: %s\n' "$*"; }

forget_variables() {
  version='' before='' presses=0 trial_s=300 answered=0 failed=0 process='' process_answered=0 process_failed=0
  was='' faults='' settled='' step='' tries=0 boot='' boot_state='' boots=0 ended='' reason=''
}

# Fails where there is no trial.
read_trial() {
  forget_variables
  [ -r "$DIR/trial" ] || return 1
  while IFS=' ' read -r key value; do
    case $key in
      version) version=$value ;;
      before) before=$value ;;
      presses) presses=$(number "$value") ;;
      trial_s) trial_s=$(number "$value") ;;
      answered) answered=$(number "$value") ;;
      failed) failed=$(number "$value") ;;
      process) process=$value ;;
      process_answered) process_answered=$(number "$value") ;;
      process_failed) process_failed=$(number "$value") ;;
      was) was=$value ;;
      faults) faults=$value ;;
      settled) settled=$value ;;
      step) step=$value ;;
      tries) tries=$(number "$value") ;;
      boot) boot=$value ;;
      boot_state) boot_state=$value ;;
      boots) boots=$(number "$value") ;;
      ended) ended=$value ;;
      reason) reason=$value ;;
    esac
  done <"$DIR/trial"
  [ -n "$version" ] && [ -n "$before" ]
}

# Digits alone, without fraction; anything else is 0.
number() {
  set -- "${1%%.*}"
  case $1 in
    '' | *[!0-9]* | ??????????*) echo 0 ;;
    *) echo "$1" ;;
  esac
}

write_trial() {
  {
    echo "form 1"
    for key in $KEYS; do
      eval "value=\$$key"
      printf '%s %s\n' "$key" "$value"
    done
  } >"$DIR/trial.new" && chmod 644 "$DIR/trial.new" && sync "$DIR/trial.new" &&
    mv "$DIR/trial.new" "$DIR/trial" && sync "$DIR"
}

# What the service says of itself (plantd.service.update.serving); fails where that is not the running one's.
# Sets: serving_process serving_answered serving_failed serving_presses serving_trial_s serving_faults, the parts
# that have failed, and serving_details, a line "PART what is wrong" for each.
read_serving() {
  serving_process='' serving_pid='' serving_answered=0 serving_failed=0 serving_presses=0 serving_trial_s=300
  serving_faults='' serving_details=''
  # It belongs to the service's user: no pipe, and no more of it than there can be.
  [ -f "$SERVING" ] || return 1
  while IFS=' ' read -r key value; do
    case $key in
      process) serving_process=$value ;;
      pid) serving_pid=$value ;;
      answered) serving_answered=$(number "$value") ;;
      failed) serving_failed=$(number "$value") ;;
      trial_presses) serving_presses=$(number "$value") ;;
      trial_s) serving_trial_s=$(number "$value") ;;
      fault)
        # A part's name goes into root's own commands.
        case ${value%% *} in '' | *[!a-z_]*) continue ;; esac
        serving_faults="$serving_faults${serving_faults:+ }${value%% *}"
        serving_details="$serving_details$value
"
        ;;
    esac
  done <<END
$(head -c 65536 "$SERVING")
END
  if [ "$serving_pid" != "$unit_pid" ]; then serving_process=''; fi
  [ -n "$serving_process" ]
}

# Sets: unit_active, unit_result, unit_restarts, unit_pid.
read_unit() {
  unit_active='' unit_result='' unit_restarts=0 unit_pid=''
  while IFS='=' read -r key value; do
    case $key in
      ActiveState) unit_active=$value ;;
      Result) unit_result=$value ;;
      NRestarts) unit_restarts=$(number "$value") ;;
      MainPID) unit_pid=$value ;;
    esac
  done <<END
$(systemctl show -p ActiveState,Result,NRestarts,MainPID plantd.service 2>/dev/null)
END
}

# Sets: package_status, package_version.
read_package() {
  package_status='' package_version=''
  read -r package_status package_version <<END
$(dpkg-query -W -f '${db:Status-Status} ${Version}' plantd 2>/dev/null)
END
}

# apt takes a version that went back only where it is asked for by its number; a newer one it takes.
write_pin() {
  [ -d "${PIN%/*}" ] || return 0
  if [ ! -s "$DIR/went-back" ]; then
    rm -f "$PIN"
    return 0
  fi
  {
    echo "# plantd has written this: these versions went back by themselves, and apt does not take them again, but"
    echo "# by their number: apt-get install plantd=VERSION. It goes with the next version that passes its trial."
    while read -r one; do
      printf '\nPackage: plantd\nPin: version %s\nPin-Priority: -1\n' "$one"
    done <"$DIR/went-back"
  } >"$DIR/pin.new" && chmod 644 "$DIR/pin.new" && cp "$DIR/pin.new" "$PIN.new" && sync "$PIN.new" && mv "$PIN.new" "$PIN" &&
    sync "${PIN%/*}"
  rm -f "$DIR/pin.new"
}

# usage: pin VERSION / unpin VERSION
pin() {
  unpin "$1"
  echo "$1" >>"$DIR/went-back" && sync "$DIR/went-back"
  write_pin
}

unpin() {
  [ -e "$DIR/went-back" ] || return 0
  grep -vxF "$1" "$DIR/went-back" >"$DIR/went-back.new" || true
  mv "$DIR/went-back.new" "$DIR/went-back"
  write_pin
}

# No trial is left, nor what was kept for it; what went back is still known.
forget_trial() {
  rm -f "$DIR/trial"
  sync "$DIR" 2>/dev/null || true
  let_go
}

let_go() { rm -rf "$DIR/kept.deb" "$DIR/last-good.tar" "$DIR/new" "$DIR/trial.paused"; }

# The version on trial is still there, for its upgrade came to nothing. Fails where it is another one.
resume_trial() {
  grep -qxF "version $package_version" "$DIR/trial.paused" 2>/dev/null || return 1
  mv "$DIR/trial.paused" "$DIR/trial" && sync "$DIR" && read_trial &&
    say "$version is on trial again: its upgrade came to nothing"
}
