#!/bin/sh
# Exports a trained run's encoder, builds it for every target, runs it on each, and prints a table.
#
#   targets.sh [--wafers N] [--csv FILE] [RUN [MODEL]]
#
# RUN is a directory of demd_train, MODEL the name of one of its encoders (needed if there are
# several); without them the example's encoder is taken. Every target hashes the outputs of the same
# N generated wafers (default 100000); a hash that is not this machine's makes the script fail.
# --csv also writes the table to a file, as numbers.
#
# Columns, for the Cortex-M boards under QEMU, in bytes: flash (code, weights, golden vectors), how
# much of it are golden vectors, RAM (data, without stack), stack used at most; and instructions a
# wafer, from link words to frame, the fewest and the most over many wafers: they differ by what the
# timer resolves. Instructions are not cycles.
#
# Works in a clone and in an installed share/demd. Needs (Debian's names; a target without its tools
# is named and makes the script fail at the end): g++ gcc-arm-none-eabi libstdc++-arm-none-eabi-dev
# qemu-system-arm g++-aarch64-linux-gnu g++-arm-linux-gnueabihf g++-s390x-linux-gnu qemu-user
set -eu

firmware=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$firmware/../../.." && pwd)
wafers=100000
csv=
while [ $# -gt 0 ]; do
  case $1 in
    --wafers) wafers=${2:?--wafers: expected a number}; shift 2 ;;
    --csv) csv=${2:?--csv: expected a file}; shift 2 ;;
    -h | --help) sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p;}' "$0"; exit 0 ;;
    -*) echo "targets.sh: unknown option $1; see --help" >&2; exit 2 ;;
    *) break ;;
  esac
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

model=$firmware/example
if [ $# -ge 1 ]; then
  export_program=demd_export
  for place in "$root/build/release/apps" "$root/../../bin"; do
    [ ! -x "$place/demd_export" ] || export_program=$place/demd_export
  done
  "$export_program" "$1" ${2:+--model "$2"} --out "$work/export" >&2
  set -- "$work"/export/*
  [ $# -eq 1 ] || { echo "targets.sh: expected one encoder, found $#: name one of $(ls "$work/export" | tr '\n' ' ')" >&2; exit 2; }
  model=$1
fi

# What is built is the same everywhere but for the machine's flags.
compile() { # COMPILER OUTPUT FLAGS...
  compiler=$1 output=$2
  shift 2
  "$compiler" -std=c++17 -ffp-contract=off -I "$root" -I "$model" "$@" -o "$output"
}

# Each target runs in the background and leaves one line: name hash flash golden RAM stack least most.
board() { # BOARD CPU FLASH FLASH_BYTES RAM RAM_BYTES
  elf=$work/$2.elf
  compile arm-none-eabi-g++ "$elf" -mcpu="$2" "@$firmware/flags.txt" -Os \
    -DDEMD_HASHED_WAFERS="$wafers" -DDEMD_EXPECTED_HASH=0x"$expected" \
    "$firmware/main.cc" "$firmware/board.cc" -nostdlib -nostartfiles -Wl,--gc-sections \
    -Wl,--defsym=DEMD_FLASH="$3" -Wl,--defsym=DEMD_FLASH_BYTES="$4" \
    -Wl,--defsym=DEMD_RAM="$5" -Wl,--defsym=DEMD_RAM_BYTES="$6" -T "$firmware/cortexm.ld" -lgcc
  said=$(qemu-system-arm -M "$1" -nographic -semihosting-config enable=on,target=native \
    -icount shift=0 -kernel "$elf" 2>&1 < /dev/null) || said="$said (exit code $?)"
  # shellcheck disable=SC2086  # words: instructions A to B stack C hash D
  set -- "$2" $said
  [ $# -eq 9 ] || { echo "$1: $said" > "$work/$1.failed"; return; }
  name=$1 least=$3 most=$5 stack=$7 hash=$9
  golden=0
  for size in $(arm-none-eabi-nm -S "$elf" | sed -n 's/^[0-9a-f]* \([0-9a-f]*\) .*L[0-9]*kGolden.*/\1/p'); do
    golden=$((golden + 0x$size))
  done
  # shellcheck disable=SC2046  # text data bss
  set -- $(arm-none-eabi-size "$elf" | tail -1)
  echo "$name $hash $(($1 + $2)) $golden $(($2 + $3)) $stack $least $most" > "$work/$name.row"
}

linux() { # NAME COMPILER EMULATOR...
  name=$1 compiler=$2
  shift 2
  compile "$compiler" "$work/hash_$name" -O2 -static "$firmware/hash.cc"
  echo "$name $("$@" "$work/hash_$name" "$wafers") - - - - - -" > "$work/$name.row"
}

start() { # NAME TOOLS... -- COMMAND...
  name=$1
  shift
  targets="$targets $name"
  while [ "$1" != -- ]; do
    command -v "$1" > "$work/null" || { echo "$name: needs $1" > "$work/$name.failed"; return; }
    shift
  done
  shift
  ("$@") > "$work/$name.log" 2>&1 &
}

targets=
compile g++ "$work/hash" -O2 "$firmware/hash.cc"
expected=$("$work/hash" "$wafers")
echo "x86_64 $expected - - - - - -" | sed "s/^x86_64/$(uname -m)/" > "$work/this.row"
# shellcheck disable=SC2046  # the columns of boards.txt
while read -r name cpu rest; do
  case $name in '#'*) continue ;; esac
  # shellcheck disable=SC2086
  start "$cpu" arm-none-eabi-g++ qemu-system-arm -- board "$name" "$cpu" $rest
done < "$firmware/boards.txt"
start aarch64 aarch64-linux-gnu-g++ qemu-aarch64 -- linux aarch64 aarch64-linux-gnu-g++ qemu-aarch64
start armhf arm-linux-gnueabihf-g++ qemu-arm -- linux armhf arm-linux-gnueabihf-g++ qemu-arm
start s390x s390x-linux-gnu-g++ qemu-s390x -- linux s390x s390x-linux-gnu-g++ qemu-s390x
wait

row() { printf '%-11s %-9s %7s %7s %6s %6s  %s\n' "$@"; }
row target hash flash golden RAM stack instructions/wafer
[ -z "$csv" ] || echo "target,wafers,hash,flash_bytes,golden_bytes,ram_bytes,stack_bytes,instructions_least,instructions_most" > "$csv"
failed=0
for target in this $targets; do
  if [ ! -s "$work/$target.row" ]; then
    cat "$work/$target.failed" "$work/$target.log" 2> "$work/null" | sed "s/^/targets.sh: /" >&2
    failed=1
    continue
  fi
  read -r name hash flash golden ram stack least most < "$work/$target.row"
  instructions="$least to $most"
  [ "$least" != - ] || instructions=-
  row "$name" "$hash" "$flash" "$golden" "$ram" "$stack" "$instructions"
  [ -z "$csv" ] || echo "$name,$wafers,$hash,$flash,$golden,$ram,$stack,$least,$most" | sed 's/,-/,/g' >> "$csv"
  [ "$hash" = "$expected" ] || { echo "targets.sh: $name: expected the hash $expected" >&2; failed=1; }
done
exit $failed
