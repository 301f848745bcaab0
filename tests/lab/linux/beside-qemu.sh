#!/usr/bin/env bash
# The same guests under samples/Vmm and under QEMU's microvm, in turn: beside-qemu.sh VMM GUEST ROUNDS. Prints a line for each figure of
# each round, then the medians, and what the last guest under the first did.
set -u -o pipefail
vmm=$1 guest=$2 rounds=$3
work=$(mktemp -d)
trap 'for job in $(jobs -p); do kill -9 "$job" 2>/dev/null; done; rm -rf "$work"' EXIT
append='console=ttyS0 reboot=k panic=-1 quiet'
microvm=(qemu-system-x86_64 -M microvm,rtc=on -accel kvm -cpu host -nodefaults -no-user-config -display none -no-reboot)
mount -t debugfs debugfs /sys/kernel/debug 2>/dev/null

fail() {
  echo "wrong: $*" >&2
  cat "$work/screen" "$work/errors" >&2
  exit 1
}

# note NAME FIGURE VALUE UNIT
note() { echo "$*" | tee -a "$work/figures"; }

# await TEXT: until the guest says it. The machine is $machine.
await() {
  until grep -q "$1" "$work/screen"; do
    kill -0 "$machine" 2>/dev/null || grep -q "$1" "$work/screen" || fail "$name ended before '$1'"
    sleep 0.02
  done
}

since() { awk -v begin="$1" -v end="$EPOCHREALTIME" 'BEGIN { printf "%.3f", end - begin }'; }
memory_of() { awk -v field="$2:" '$1 == field { print $2 }' "/proc/$1/status"; }
exits() { cat "/sys/kernel/debug/kvm/$1" 2>/dev/null || echo 0; }

# boot NAME COMMAND...: Linux, until it has read its disk.
boot() {
  local begin what
  name=$1
  shift
  rm -f "$work/keys"
  mkfifo "$work/keys"
  : >"$work/screen"
  begin=$EPOCHREALTIME
  "$@" <"$work/keys" >"$work/screen" 2>"$work/errors" &
  machine=$!
  exec {keys}>"$work/keys"
  await 'guest: user space'
  note "$name" user-space "$(since "$begin")" s
  # By then it has loaded its modules and waits.
  sleep 3
  note "$name" resident-of-Linux "$(memory_of "$machine" VmRSS)" KiB
  for what in exits io_exits mmio_exits; do note "$name" "$what" "$(exits "$what")" exits; done
  echo >&"$keys"
  await 'guest: done'
  note "$name" 4-KiB-reads "$(awk '/guest: small/ { printf "%.0f", 2000 * 100 / $3 }' "$work/screen")" 1/s
  note "$name" 1-MiB-reads "$(awk '/guest: large/ { printf "%.1f", 64 * 100 / $3 }' "$work/screen")" MiB/s
  for what in exits io_exits mmio_exits; do note "$name" "$what-with-disk" "$(exits "$what")" exits; done
  echo >&"$keys"
  wait "$machine" 2>/dev/null
  exec {keys}>&-
}

# once NAME COMMAND...: a guest of one instruction, until the process has ended.
once() {
  local begin=$EPOCHREALTIME code
  name=$1
  shift
  "$@" </dev/null >"$work/screen" 2>"$work/errors"
  code=$?
  note "$name" one-instruction "$(since "$begin")" s
  [ "$code" = 1 ] || fail "$name ended with $code"
}

# stays NAME COMMAND...: a guest that waits for ever.
stays() {
  name=$1
  shift
  "$@" </dev/null >"$work/screen" 2>"$work/errors" &
  machine=$!
  sleep 3
  note "$name" resident "$(memory_of "$machine" VmRSS)" KiB
  kill "$machine" || fail "$name ended"
  wait "$machine" 2>/dev/null
}

# multiboot NAME CODE: a multiboot image with addresses (Multiboot Specification 3.1), loaded at 1 MiB, of some bytes of code.
multiboot() {
  local zeros
  zeros=$(printf '\\x00%.0s' {1..64})
  printf '\x02\xb0\xad\x1b\x00\x00\x01\x00\xfe\x4f\x51\xe4\x00\x00\x10\x00\x00\x00\x10\x00\x00\x00\x00\x00\x00\x00\x00\x00\x20\x00\x10\x00%b%b' \
    "$2" "$zeros" >"$work/$1"
}

multiboot leaves '\x31\xc0\xe6\xf4\xf4' # xor eax, eax; out F4h, al; hlt
multiboot waits '\xfa\xf4' # cli; hlt
dd if=/dev/urandom of="$work/disk" bs=1M count=64 2>/dev/null
for ((round = 0; round < rounds; round++)); do
  once VmcsGen "$vmm" --kernel "$work/leaves" --memory 192
  once QEMU "${microvm[@]}" -m 192 -serial stdio -device isa-debug-exit,iobase=0xf4,iosize=0x4 -kernel "$work/leaves"
  stays VmcsGen "$vmm" --kernel "$work/waits" --memory 192
  stays QEMU "${microvm[@]}" -m 192 -serial stdio -kernel "$work/waits"
  boot VmcsGen "$vmm" --kernel "$guest/kernel" --initrd "$guest/initrd" --append quiet --memory 192 --disk "$work/disk" --metrics yes
  cp "$work/errors" "$work/metrics"
  boot QEMU "${microvm[@]}" -m 192 -serial stdio -device virtio-rng-device -global virtio-mmio.force-legacy=false \
    -drive "file=$work/disk,format=raw,if=none,id=disk" -device virtio-blk-device,drive=disk \
    -kernel "$guest/kernel" -initrd "$guest/initrd" -append "$append"
done
median() {
  awk -v name="$1" -v figure="$2" '$1 == name && $2 == figure { print $3 }' "$work/figures" | sort -n |
    awk '{ v[NR] = $1 } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}
printf '%-22s %12s %12s %7s\n' 'medians' VmcsGen QEMU ratio
awk '!seen[$2]++ { print $2, $4 }' "$work/figures" | while read -r figure unit; do
  awk -v figure="$figure" -v own="$(median VmcsGen "$figure")" -v other="$(median QEMU "$figure")" -v unit="$unit" \
    'BEGIN { printf "%-22s %12s %12s %7s %s\n", figure, own, other, (other > 0 ? sprintf("%.2f", own / other) : "-"), unit }'
done
cat "$work/metrics"
