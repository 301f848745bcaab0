#!/usr/bin/env bash
# Two guests of samples/Vmm, connected by a UNIX socket, with Debian's cloud kernel: ping, and a mebibyte over TCP: ping.sh [ROUNDS]
# On this machine's KVM or in the amd lab, as linux.sh.
set -u -o pipefail
labs=$(cd "$(dirname "$0")" && pwd)
. "$labs/common.sh"
. "$labs/linux/guest.sh"
run=$(mktemp -d)
trap 'rm -rf "$run"' EXIT
publish_vmm "$run/vmm"
guest_modules+=(failover net_failover virtio_net)
make_guest "$run" "$labs/linux/peer"
run_linux bash "$labs/linux/ping.sh" "$run/vmm/Vmm" "$run" "${1-3}"
