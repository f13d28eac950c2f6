#!/bin/sh
# Keeps the version of plantd that serves before dpkg replaces it, and puts the new one on trial. Called by the
# prerm of the old version; whatever is missing is said, and the upgrade goes on without a trial. Its postinst calls
# it again where the new version was refused before anything of it was there.
# usage: keep.sh NEW_VERSION [aborted]
# shellcheck disable=SC2154,SC2034
set -u
umask 022
here=${0%/*}
# shellcheck source=debian/trial/state.sh
. "$here/state.sh"
new=$1 aborted=${2:-}
SPARE_KB=65536

main() {
  read_package
  if [ -n "$aborted" ]; then
    abort
    exit 0
  fi
  [ -d /run/systemd/system ] && [ "$new" != "$package_version" ] || exit 0
  if read_trial && [ -z "$ended" ]; then
    # It is this trial that has called dpkg.
    if [ -n "$step" ] && [ "$new" = "$before" ]; then exit 0; fi
    if [ "$version" = "$package_version" ]; then
      # The kept one by hand ends the trial: the watch sees it, once it is there.
      [ "$new" != "$before" ] || exit 0
      # The watch writes DIR/trial too, and may just have ended the trial.
      systemctl stop plantd-trial.service
      if read_trial && [ -z "$ended" ]; then
        go_on
        exit 0
      fi
    fi
  fi
  read_unit
  if ! read_serving || [ "$unit_active" != active ]; then
    untried "the service did not run, so that nothing says that $package_version serves"
  fi
  if [ "$serving_presses" = 0 ]; then
    forget_trial
    exit 0
  fi
  case " $serving_faults " in
    *" engine "*) untried "the engine of $package_version has failed, so that it is not worth going back to" ;;
  esac
  keep
  begin
}

# A version on trial is replaced before it has shown that it answers: the next one goes back to the kept one too.
go_on() {
  cp "$DIR/trial" "$DIR/trial.paused" && sync "$DIR/trial.paused"
  read_unit
  if read_serving; then was=$serving_process; fi
  version=$new answered=0 failed=0 process='' process_answered=0 process_failed=0 settled='' step='' tries=0
  boot='' boot_state='' boots=0
  begin_with_these
}

abort() {
  read_trial && [ "$version" = "$new" ] || return 0
  if resume_trial; then
    watch
  else
    forget_trial
    say "$new was not installed, and has no trial"
  fi
}

begin() {
  forget_variables
  version=$new before=$package_version presses=$serving_presses trial_s=$serving_trial_s
  was=$serving_process faults=$serving_faults
  begin_with_these
}

begin_with_these() {
  unpin "$new"
  if ! write_trial; then untried "$DIR cannot be written to"; fi
  say "$new is on trial: $presses presses; else $before comes back by itself"
  watch
}

watch() {
  systemctl restart --no-block plantd-trial.service || say "plantd-trial.service could not be started" >&2
}

untried() {
  say "$new gets no trial, and nothing would go back by itself: $1" >&2
  forget_trial
  forget_variables
  version=$new before=$package_version ended=untried reason=$1
  mkdir -p "$DIR"
  write_trial || true
  exit 0
}

keep() {
  mkdir -p "$DIR" || untried "$DIR cannot be made"
  forget_trial
  require_room
  rm -rf "$DIR/new"
  mkdir -p "$DIR/new/tree/DEBIAN" || untried "$DIR cannot be written to"
  if ! { control_files && files && pack; }; then
    untried "$package_version could not be packed again from its files: $(tail -n 1 "$DIR/new/said" 2>/dev/null)"
  fi
  keep_last_good
  # By renaming: a watch of before may still be read from there.
  cp "$here/state.sh" "$here/judging.sh" "$here/boot.sh" "$here/watch.sh" "$DIR/new/"
  mv "$DIR/new/"*.sh "$DIR/new/kept.deb" "$DIR/" || untried "$DIR cannot be written to"
  sync -f "$DIR"
  rm -rf "$DIR/new"
}

# What is kept, and the new version beside the old one while dpkg unpacks.
require_room() {
  size=$(number "$(dpkg-query -W -f '${Installed-Size}' plantd)")
  free=$(number "$(df -Pk "$DIR" | awk 'NR == 2 { print $4 }')")
  needed=$((2 * size + SPARE_KB))
  if [ "$free" -lt "$needed" ]; then
    untried "$((free / 1024)) MB are free at $DIR, and keeping $package_version takes up to $((needed / 1024)) MB"
  fi
}

control_files() {
  dpkg-query --status plantd | awk '
    /^[^ ]/ { skip = /^(Status|Conffiles|Config-Version|Triggers-Awaited|Triggers-Pending):/ }
    !skip' >"$DIR/new/tree/DEBIAN/control"
  dpkg-query --control-path plantd | while IFS= read -r path; do
    cp "$path" "$DIR/new/tree/DEBIAN/${path##*/plantd.}" || exit 1
  done
}

# All as links, which take no room; conffiles as they were shipped, or the next upgrade would take the owner's for
# untouched and replace it.
files() {
  tree=$DIR/new/tree
  dpkg -L plantd | grep '^/[^.]' >"$DIR/new/list" || return 1
  while IFS= read -r path; do
    case $path in /etc/*) if [ ! -d "$path" ]; then continue; fi ;; esac
    case $path in /lib | /bin | /sbin) is_link=no ;; *) if [ -L "$path" ]; then is_link=yes; else is_link=no; fi ;; esac
    if [ $is_link = yes ] || [ -f "$path" ]; then
      echo ".$path" >&4
    elif [ -d "$path" ]; then
      echo "$path" >&3
    else
      # dpkg was told to leave out manuals and the like (path-exclude).
      case $path in
        /usr/share/*) ;;
        *)
          echo "$path is missing" >"$DIR/new/said"
          return 1
          ;;
      esac
    fi
  done <"$DIR/new/list" 3>"$DIR/new/folders" 4>"$DIR/new/files"
  (cd "$tree" && sed 's/^/./' "$DIR/new/folders" | tr '\n' '\0' | xargs -0 mkdir -p) 2>"$DIR/new/said" || return 1
  cd / || return 1
  if ! tr '\n' '\0' <"$DIR/new/files" | xargs -0 cp -dl --parents -t "$tree" 2>/dev/null; then
    # Another file system cannot have links to it.
    tr '\n' '\0' <"$DIR/new/files" | xargs -0 cp -df --preserve=mode,timestamps,links --parents -t "$tree" \
      2>"$DIR/new/said" || return 1
  fi
  conffiles
}

conffiles() {
  dpkg-query -W -f '${Conffiles}\n' plantd | while read -r path sum obsolete; do
    if [ -z "$path" ] || [ -n "$obsolete" ]; then continue; fi
    shipped=
    for one in "$path" "/opt/plantd/${path##*/}"; do
      if [ "$(md5sum "$one" 2>/dev/null | cut -d ' ' -f 1)" = "$sum" ]; then shipped=$one; fi
    done
    if [ -z "$shipped" ]; then
      echo "$path as it was shipped is nowhere" >"$DIR/new/said"
      exit 1
    fi
    { mkdir -p "$tree${path%/*}" && cp "$shipped" "$tree$path" && chmod 644 "$tree$path"; } || exit 1
    echo "$path" >>"$tree/DEBIAN/conffiles"
  done
}

pack() {
  nice dpkg-deb --nocheck -Zgzip -z1 --build "$DIR/new/tree" "$DIR/new/kept.deb" >"$DIR/new/said" 2>&1 &&
    [ "$(dpkg-deb --field "$DIR/new/kept.deb" Version)" = "$package_version" ] && sync "$DIR/new/kept.deb"
}

# The new version may have served with a configuration that the old one refuses.
keep_last_good() {
  [ -d /var/lib/plantd/last-good ] || return 0
  runuser -u plantd -- tar -c -C /var/lib/plantd last-good >"$DIR/last-good.tar" 2>/dev/null || rm -f "$DIR/last-good.tar"
}

main
