#!/bin/sh
# Exports a trained run's encoder, builds it for every target, runs each under QEMU and prints one
# table. Instructions and the stack are measured by the firmware; instructions are not cycles.
#   quant/device/firmware/targets.sh [RUN [MODEL]]     without a run: the example model
# Needs the tools of the presets (Debian): gcc-arm-none-eabi libstdc++-arm-none-eabi-dev
#   qemu-system-arm g++-aarch64-linux-gnu g++-arm-linux-gnueabihf g++-s390x-linux-gnu qemu-user
set -eu
cd "$(dirname "$0")/../../.."
root=$PWD
model_dir=$root/quant/device/firmware/example
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

if [ $# -ge 1 ]; then
  build/release/apps/demd_export "$1" ${2:+--model "$2"} --out "$work/export" >&2
  set -- "$work"/export/*
  [ $# -eq 1 ] || { echo "targets.sh: expected one model, found $#: name it" >&2; exit 2; }
  model_dir=$1
fi
expected=$(sed -n 's/.*kWafersHash = 0x\([0-9A-F]*\)u;/\1/p' "$model_dir/golden.h" | tr A-F a-f)

row() { printf '%-12s %-9s %7s %7s %7s %s\n' "$@"; }
row target hash flash RAM stack instructions/wafer
for target in cortex-m0 cortex-m3 cortex-m4 cortex-m7 cortex-m33 cortex-m55; do
  cmake --preset "$target" -DDEMD_MODEL_DIR="$model_dir" > "$work/log" 2>&1 &&
    cmake --build --preset "$target" --target firmware >> "$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
  elf=build/$target/quant/device/firmware/firmware.elf
  emulator=$(sed -n 's/^CMAKE_CROSSCOMPILING_EMULATOR:[A-Z]*=//p' "build/$target/CMakeCache.txt" | tr ';' ' ')
  # shellcheck disable=SC2086
  said=$($emulator "$elf" 2>&1 < /dev/null) || { echo "$target: $said: failed" >&2; exit 1; }
  # instructions A to B stack C hash D
  set -- $said
  least=$2 most=$4 stack=$6 hash=$8
  set -- $(arm-none-eabi-size "$elf" | tail -1)
  row "$target" "$hash" "$(($1 + $2))" "$(($2 + $3))" "$stack" "$least to $most"
  [ "$hash" = "$expected" ] || { echo "$target: expected the hash $expected" >&2; exit 1; }
done
for target in x86_64: aarch64:aarch64-linux-gnu- armhf:arm-linux-gnueabihf- s390x:s390x-linux-gnu-; do
  prefix=${target#*:} name=${target%%:*}
  "${prefix}g++" -std=c++17 -O2 -ffp-contract=off -static -I "$root" -I "$model_dir" \
    tests/quant/device_hash.cc -o "$work/hash_$name"
  case $name in
    x86_64) run="" ;;
    armhf) run=qemu-arm ;;
    *) run=qemu-$name ;;
  esac
  row "$name" "$($run "$work/hash_$name" 1000 "$expected")" - - - -
done
