#!/usr/bin/env bash
# disc.sh INIT DISC: makes a CD image that boots Debian's cloud kernel, whose first program is INIT, one executable without libraries.
# Everything is said on the first serial port. samples/BareMetalHypervisor boots it.
set -u -o pipefail
. "$(cd "$(dirname "$0")" && pwd)/common.sh"
[ $# = 2 ] || fail "Usage: tests/lab/disc.sh INIT DISC"
need_disc
kernel cloud-amd64
run=$(mktemp -d) || exit 1
trap 'rm -rf "$run"' EXIT
mkdir -p "$run/root"
cp "$1" "$run/root/init" && chmod +x "$run/root/init" || fail "There is no program '$1'."
pack_root
make_disc "$run/initrd.gz" "$2"
