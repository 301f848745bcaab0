#!/usr/bin/env bash
# Runs the tests of KVM in a lab, and sums up as tests/run.sh does.
set -u -o pipefail
cd "$(dirname "$0")/../.."
tests=tests/VmcsGen.Kvm.Tests/bin/Release/net10.0/VmcsGen.Kvm.Tests
[ -x "$tests" ] || { echo "lab: $tests is not there. Build it: dotnet build VmcsGen.sln -c Release" >&2; exit 2; }
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT
VMCSGEN_REQUIRE_KVM=1 bash tests/lab.sh "$1" --timeout 3000 --results "$results" -- "$tests" -noColor -parallel none -trx "$results/tests.trx"
status=$?
count() { grep -ho '<Counters [^>]*' "$results/tests.trx" 2>/dev/null | sed -n "s/.* $1=\"\([0-9]*\)\".*/\1/p" | head -n 1; }
all=$(count total) executed=$(count executed) passed=$(count passed)
echo "${passed:-0} passed, $((${executed:-1} - ${passed:-0})) failed, $((${all:-0} - ${executed:-0})) skipped"
exit "$status"
