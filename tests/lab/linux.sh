#!/usr/bin/env bash
# Boots Debian's cloud kernel under samples/Vmm: disk, console, snapshot, gdb, core. docs/vmm.md tells what. It takes this machine's KVM
# where that is kvm_intel or kvm_amd, and the amd lab elsewhere.
set -u -o pipefail
labs=$(cd "$(dirname "$0")" && pwd)
. "$labs/common.sh"
. "$labs/linux/guest.sh"
run=$(mktemp -d)
trap 'rm -rf "$run"' EXIT
need gdb gdb
need as binutils
publish_vmm "$run/vmm"
guest_modules+=(qemu_fw_cfg vsock vmw_vsock_virtio_transport_common vmw_vsock_virtio_transport)
need gcc gcc libc6-dev
gcc -static -O2 -Wall -Werror -o "$run/stream" "$labs/linux/stream.c" || fail "stream.c could not be compiled."
make_guest "$run" "$labs/linux/init" "$run/stream"
run_linux bash "$labs/linux/session.sh" "$run/vmm/Vmm" "$run" "$run/session"
