#!/usr/bin/env bash
# Measures how long Debian's cloud kernel takes to user space under samples/Vmm and under QEMU's microvm: boot-times.sh [ROUNDS]
# As linux.sh, on this machine's KVM or in the amd lab, where the host is emulated and only the ratio says something.
set -u -o pipefail
labs=$(cd "$(dirname "$0")" && pwd)
. "$labs/common.sh"
. "$labs/linux/guest.sh"
run=$(mktemp -d)
trap 'rm -rf "$run"' EXIT
need qemu-system-x86_64 qemu-system-x86
publish_vmm "$run/vmm"
make_guest "$run" "$labs/linux/first"
run_linux bash "$labs/linux/boot-times.sh" "$run/vmm/Vmm" "$run" "${1-5}"
