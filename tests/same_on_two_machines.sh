#!/usr/bin/env bash
# Two builds of demd_train, for two kinds of machine, must train the same models to the last byte,
# also when a run begun on one is finished on the other.
#   tests/same_on_two_machines.sh 'build/release/apps/demd_train' \
#     'qemu-aarch64 -L /usr/aarch64-linux-gnu build/aarch64/apps/demd_train'
# Each argument is a command, split at spaces. Exit code: 0 the same, 1 not.
set -euo pipefail
[[ $# == 2 ]] || { sed -n '2,6s/^# \{0,1\}//p' "$0" >&2; exit 2; }
read -ra first <<<"$1"
read -ra second <<<"$2"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
options=(--quick --steps 40 --cnn 4,3,16,1,1 --losses telescope,emd-cnn --threads 2)

fail() { echo "same_on_two_machines: $*" >&2; exit 1; }

compare() {  # compare RUN NAME: the models of RUN with those of the first machine
  local count=0 file
  for file in "$work"/first/models/*.npz; do
    cmp "$file" "$work/$1/models/$(basename "$file")" || fail "$2: expected equal bytes, found others"
    count=$((count + 1))
  done
  ((count > 0)) || fail "$2: expected models to compare, found none"
  echo "$2: $count models equal"
}

# begin COMMAND... --out RUN: stops in the middle of a training, whenever that is on this machine.
begin() {
  local run=${!#} delay pid
  for delay in 0.1 0.2 0.4 0.8 1.5 3 6 12 25 50; do
    rm -rf "$run"
    "$@" >/dev/null 2>&1 &
    pid=$!
    while [[ ! -e $run/run.json ]] && kill -0 "$pid" 2>/dev/null; do sleep 0.02; done
    sleep "$delay"
    kill -TERM "$pid" 2>/dev/null || true
    wait "$pid" || fail "expected an interrupted run to end with exit code 0"
    [[ -e $run/state.npz ]] && return
  done
  fail "expected to interrupt a training, found none under way"
}

# A model's file names the revision that trained it.
revision=$("${first[@]}" --version)
other=$("${second[@]}" --version)
[[ $revision == "$other" ]] || fail "expected two builds of one revision, found $revision and $other"

"${first[@]}" "${options[@]}" --out "$work/first" >/dev/null 2>&1
"${second[@]}" "${options[@]}" --out "$work/second" >/dev/null 2>&1
compare second "the second machine"
begin "${first[@]}" "${options[@]}" --out "$work/first_second"
"${second[@]}" --resume --out "$work/first_second" >/dev/null 2>&1
compare first_second "begun on the first, finished on the second"
begin "${second[@]}" "${options[@]}" --out "$work/second_first"
"${first[@]}" --resume --out "$work/second_first" >/dev/null 2>&1
compare second_first "begun on the second, finished on the first"
