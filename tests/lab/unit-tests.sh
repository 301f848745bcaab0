#!/usr/bin/env bash
# Runs kvm-unit-tests under samples/Vmm and under QEMU, and compares test by test: unit-tests.sh TREE [--results DIR] [TEST...]
# TREE is a folder of kvm-unit-tests in which configure and make have run. On this machine's KVM or in the amd lab, as linux.sh.
set -u -o pipefail
labs=$(cd "$(dirname "$0")" && pwd)
. "$labs/common.sh"
. "$labs/linux/guest.sh"
tree=$(realpath -e "${1:?A folder of kvm-unit-tests, in which configure and make have run, is missing.}") || exit 2
[ -e "$tree/x86/apic.flat" ] || fail "There is no x86/apic.flat in $tree. Run ./configure && make there."
shift
run=$(mktemp -d)
trap 'rm -rf "$run"' EXIT
results=$run/results
[ "${1-}" != --results ] || { results=$(realpath -m "${2:?--results needs a folder}"); shift 2; }
mkdir -p "$results"
need qemu-system-x86_64 qemu-system-x86
publish_vmm "$run/vmm"
lab_options=(--results "$results" --timeout 7200 --env "PATIENCE=${PATIENCE-150}")
rm -f "$results/begun"
while :; do
  run_linux bash "$labs/linux/unit-tests.sh" "$run/vmm/Vmm" "$tree" "$results" "$@"
  code=$?
  # Some tests end the emulator of the lab itself. The others go on in a new one.
  [ "$code" = 125 ] && [ -s "$results/begun" ] || exit "$code"
  echo "$(tail -n 1 "$results/begun" | cut -d ' ' -f 1,2) ends the emulated machine."
done
