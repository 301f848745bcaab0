#!/usr/bin/env bash
# Runs the tests of KVM in a lab, and sums up as tests/run.sh does. Further arguments choose tests, as the test program takes them.
# Without them all run in the amd lab, and in the intel lab, where all would take hours, those whose subject is VMX.
set -u -o pipefail
cd "$(dirname "$0")/../.."
lab=$1
shift
results=${VMCSGEN_LAB_RESULTS:-$(mktemp -d)}
[ -n "${VMCSGEN_LAB_RESULTS-}" ] || trap 'rm -rf "$results"' EXIT

arguments=(--results "$results")
case $lab in
  amd)
    tests=tests/VmcsGen.Kvm.Tests/bin/Release/net10.0/VmcsGen.Kvm.Tests
    [ -x "$tests" ] || { echo "lab: $tests is not there. Build it: dotnet build VmcsGen.sln -c Release" >&2; exit 2; }
    arguments+=(--timeout 3000)
    ;;
  intel)
    # The lab has no .NET, and its processor is too slow to compile what can be compiled before.
    folder=$PWD/artifacts/lab/Kvm.Tests
    echo "lab: publishes the tests to $folder" >&2
    dotnet publish tests/VmcsGen.Kvm.Tests -c Release -r linux-x64 --self-contained -p:PublishReadyToRun=true -o "$folder" --nologo -v quiet >&2 ||
      { echo "lab: the tests could not be published." >&2; exit 2; }
    tests=$folder/VmcsGen.Kvm.Tests
    arguments+=(--timeout 7200 --memory 1536 --folder "$folder")
    # What only kvm_intel has, exits that its VMX makes in its own way, the way of a vCPU from its creation to its end, and what goes from
    # outside into a guest that runs.
    [ $# -gt 0 ] || set -- -class "*.Nested.*" -class "*.RingZero.*" -class "*.Hyperv.*" -class "*.Interrupts.StartupIpiTests" \
      -class "*.Exits.HypercallTests" -class "*.Exits.InvalidGuestStateTests" -class "*.Exits.SystemManagementTests" \
      -class "*.Exits.TaskPriorityAccessTests" -class "*.Exits.RareExitTests" -class "*.Vcpu.VcpuIoctlTests" \
      -class "*.Execution.NestedGuestTests" -class "*.Execution.NestedControlTests" -class "*.Execution.UserModeGuestTests" \
      -class "*.Exits.InterruptWindowTests" -class "*.Interrupts.InjectedInterruptTests" -class "*.Signals.KickTests" \
      -class "*.State.SmpCaptureTests" -class "*.Vcpu.TscScalingTests"
    # .NET loads them by name.
    for library in libssl.so.3 libcrypto.so.3; do arguments+=(--file "/usr/lib/x86_64-linux-gnu/$library"); done
    ;;
esac
VMCSGEN_REQUIRE_KVM=1 VMCSGEN_MET="$results/$lab.met.json" bash tests/lab.sh "$lab" "${arguments[@]}" -- "$tests" -noColor -parallel none -trx "$results/$lab.trx" "$@"
status=$?
count() { grep -ho '<Counters [^>]*' "$results/$lab.trx" 2>/dev/null | sed -n "s/.* $1=\"\([0-9]*\)\".*/\1/p" | head -n 1; }
all=$(count total) executed=$(count executed) passed=$(count passed)
echo "${passed:-0} passed, $((${executed:-1} - ${passed:-0})) failed, $((${all:-0} - ${executed:-0})) skipped"
exit "$status"
