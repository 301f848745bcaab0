#!/usr/bin/env bash
# Boots the same kernel with the same initial file system under samples/Vmm and under QEMU's microvm, in turn:
# boot-times.sh VMM GUEST ROUNDS. Prints the seconds from the start of each process to user space, and what the guest under the first did.
set -u -o pipefail
vmm=$1 guest=$2 rounds=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
append='console=ttyS0 reboot=k panic=-1 quiet'

# seconds NAME COMMAND...: until the guest's first program speaks.
seconds() {
  local name=$1 begin=$EPOCHREALTIME end=
  shift
  "$@" </dev/null >"$work/screen" 2>"$work/errors" &
  local machine=$!
  until grep -q 'guest: user space' "$work/screen"; do
    if ! kill -0 "$machine" 2>/dev/null && ! grep -q 'guest: user space' "$work/screen"; then
      echo "$name ended early:" >&2
      cat "$work/screen" "$work/errors" >&2
      exit 1
    fi
    sleep 0.02
  done
  end=$EPOCHREALTIME
  awk -v name="$name" -v begin="$begin" -v end="$end" 'BEGIN { printf "%s %.2f\n", name, end - begin }'
  # The one turns itself off and says what it did; the other has nothing that turns it off.
  [ "$name" = VmcsGen ] || kill "$machine"
  wait "$machine" 2>/dev/null
}

for ((round = 0; round < rounds; round++)); do
  seconds VmcsGen "$vmm" --kernel "$guest/kernel" --initrd "$guest/initrd" --append quiet --memory 192 --metrics yes
  cp "$work/errors" "$work/metrics"
  seconds QEMU qemu-system-x86_64 -M microvm,rtc=on -accel kvm -cpu host -m 192 -nodefaults -no-user-config -display none -no-reboot \
    -serial stdio -device virtio-rng-device -kernel "$guest/kernel" -initrd "$guest/initrd" -append "$append"
done | tee "$work/times"
[ "$(wc -l <"$work/times")" = $((2 * rounds)) ] || exit 1
median() {
  awk -v name="$1" '$1 == name { print $2 }' "$work/times" | sort -n |
    awk '{ v[NR] = $1 } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}
own=$(median VmcsGen) other=$(median QEMU)
awk -v own="$own" -v other="$other" 'BEGIN { printf "medians: VmcsGen %.2f s, QEMU %.2f s, ratio %.2f\n", own, other, own / other }'
cat "$work/metrics"
