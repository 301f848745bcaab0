#!/usr/bin/env bash
# Measures samples/Vmm beside QEMU's microvm with Debian's cloud kernel: beside-qemu.sh [ROUNDS]
# As linux.sh, on this machine's KVM or in the amd lab, where the host is emulated and only the ratios say something.
set -u -o pipefail
labs=$(cd "$(dirname "$0")" && pwd)
. "$labs/common.sh"
. "$labs/linux/guest.sh"
run=$(mktemp -d)
trap 'rm -rf "$run"' EXIT
need qemu-system-x86_64 qemu-system-x86
publish_vmm "$run/vmm"
make_guest "$run" "$labs/linux/measured"
lab_options=(--timeout 1800)
run_linux bash "$labs/linux/beside-qemu.sh" "$run/vmm/Vmm" "$run" "${1-5}"
