#!/usr/bin/env bash
# Two guests of samples/Vmm at the two ends of a UNIX socket: ping.sh VMM GUEST ROUNDS. Each round prints what arrived.
set -u -o pipefail
vmm=$1 guest=$2 rounds=$3
work=$(mktemp -d)
trap 'for job in $(jobs -p); do kill -9 "$job" 2>/dev/null; done; rm -rf "$work"' EXIT
cd "$work" || exit 2

# fail WHAT: with what the guests printed.
fail() {
  echo "wrong: $*"
  cat -v first second
  exit 1
}

# peer NAME OPTION...: a guest whose screen is the file NAME.
peer() {
  local name=$1
  shift
  "$vmm" --kernel "$guest/kernel" --initrd "$guest/initrd" --memory 128 "$@" </dev/null >"$name" 2>&1
}

for ((round = 1; round <= rounds; round++)); do
  begin=$SECONDS
  : >first
  peer first --net "listen:socket" --append "quiet address=10.9.8.1" &
  first=$!
  until [ -S socket ]; do kill -0 "$first" 2>/dev/null || fail "the first guest did not start"; sleep 0.1; done
  peer second --net "$work/socket" --mac 52-54-00-12-34-57 --append "quiet address=10.9.8.2 peer=10.9.8.1" || fail "the second guest ended badly"
  wait "$first" || fail "the first guest ended badly"
  grep -q '3 packets transmitted, 3 packets received' second || fail "not every ping came back"
  grep -q '^guest: 1048576 bytes came back' second || fail "the bytes did not come back"
  echo "right: round $round: $(grep -o '3 packets transmitted.*' second | tr -d '\r'), $(grep -o 'round-trip.*' second | tr -d '\r')," \
    "and 1048576 bytes back by TCP (after $((SECONDS - begin)) s)"
  rm -f socket
done
