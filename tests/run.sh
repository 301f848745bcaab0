#!/usr/bin/env bash
# Builds everything in Release and runs every test. Ends with: N passed, N failed, N skipped.
# With --fast: only the tests that need neither KVM nor an emulated processor nor packages of ours, and take no minutes (Cost=Minutes).
set -u -o pipefail
cd "$(dirname "$0")/.."
fast=
case ${1-} in
  --fast) fast=1 ;;
  '') ;;
  *) echo "'$1' is not an option. There is --fast, which runs the tests that need nothing but the SDK."; exit 2 ;;
esac
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_CLI_UI_LANGUAGE=en

# The tests compare layouts with what a C compiler says about the installed kernel headers.
if ! command -v gcc >/dev/null || ! echo '#include <linux/kvm.h>' | gcc -E - >/dev/null 2>&1; then
  echo "gcc and the kernel headers are needed for the layout tests."
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq gcc libc6-dev linux-libc-dev; } >/dev/null ||
      echo "They could not be installed; the tests that need them are skipped and say so."
  else
    echo "Install them (Debian: apt-get install gcc libc6-dev linux-libc-dev), or their tests are skipped and say so."
  fi
fi
# What vmcsgen emits for other languages is compiled and loaded there.
if ! command -v rustc >/dev/null || ! command -v python3 >/dev/null; then
  echo "rustc and python3 are needed for the tests of emitted Rust and Python."
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq rustc python3; } >/dev/null ||
      echo "They could not be installed; the tests that need them are skipped and say so."
  else
    echo "Install them (Debian: apt-get install rustc python3), or their tests are skipped and say so."
  fi
fi
# ACPI tables and structs have judges of their own, and guests are debugged by gdb.
if ! command -v iasl >/dev/null || ! command -v gdb >/dev/null || ! command -v pahole >/dev/null; then
  echo "iasl, gdb and pahole are needed for tests of VmcsGen.Vmm."
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends acpica-tools gdb dwarves; } >/dev/null ||
      echo "They could not be installed; the tests that need them are skipped and say so."
  else
    echo "Install them (Debian: apt-get install acpica-tools gdb dwarves), or their tests are skipped and say so."
  fi
fi
# Tests of VMX instructions run on an emulated CPU, whose display is the one that opens no port.
if ! command -v bochs >/dev/null || [ -z "$(find /usr/lib /usr/local/lib -name "libbx_term_gui.so" 2>/dev/null)" ]; then
  echo "bochs and bochs-term are needed for the tests that execute VMX instructions."
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq bochs bochs-term; } >/dev/null ||
      echo "They could not be installed; the tests that need them are skipped and say so (with VMCSGEN_REQUIRE_BOCHS=1 they fail)."
  else
    echo "Install them (Debian: apt-get install bochs bochs-term), or their tests are skipped and say so (with VMCSGEN_REQUIRE_BOCHS=1 they fail)."
  fi
fi
# Tests that run guests take this machine's KVM, or, where that is required and missing, kvm_amd in an emulated machine.
unset VMCSGEN_KVM_LAB
if ! [ -r /dev/kvm ] || ! [ -w /dev/kvm ]; then
  if [ "${VMCSGEN_REQUIRE_KVM-}" = 1 ]; then
    echo "/dev/kvm cannot be opened: the tests that run guests do so on kvm_amd in an emulated machine (docs/labs.md)."
    export VMCSGEN_KVM_LAB="$PWD/tests/lab.sh"
  else
    echo "/dev/kvm cannot be opened: the tests that run guests are skipped and say so (with VMCSGEN_REQUIRE_KVM=1 they run in an emulated machine)."
  fi
fi

results=$(mktemp -d)
lab=
trap 'if [ -n "$lab" ]; then kill "$lab" 2>/dev/null; wait "$lab" 2>/dev/null; fi; rm -rf "$results"' EXIT

if [ -n "$fast" ]; then
  unset VMCSGEN_KVM_LAB VMCSGEN_REQUIRE_KVM VMCSGEN_REQUIRE_BOCHS
  projects=(tests/VmcsGen.{Vmx,Architecture,Analyzers,Oracle}.Tests/*.csproj)
  filter=(--filter "Cost!=Minutes")
else
  projects=(tests/*.Tests/*.csproj)
  filter=()
fi

dotnet build VmcsGen.sln -c Release || { echo "The build failed."; echo "0 passed, 1 failed, 0 skipped"; exit 1; }

status=0
# The formatter's word is final. A change that it would make fails the run.
if ! { dotnet tool restore >/dev/null && dotnet csharpier check .; }; then
  echo "The formatting is not the formatter's. 'dotnet csharpier format .' mends it."
  status=1
fi
if [ -n "${VMCSGEN_KVM_LAB-}" ]; then
  # Beside the other tests: the emulated machine keeps one core busy, and the guests in it take their time.
  (
    code=0
    for name in VmcsGen.Kvm.Tests VmcsGen.Vmm.Tests; do
      bash "$VMCSGEN_KVM_LAB" amd --timeout 3000 --results "$results" -- \
        "tests/$name/bin/Release/net10.0/$name" -noColor -parallel none -trx "$results/$name.trx" || code=1
    done
    exit "$code"
  ) >"$results/lab.txt" 2>&1 &
  lab=$!
fi
for project in "${projects[@]}"; do
  name=$(basename "$project" .csproj)
  case $name in VmcsGen.Kvm.Tests | VmcsGen.Vmm.Tests) [ -z "$lab" ] || continue ;; esac
  echo
  echo "== $name"
  dotnet test "$project" -c Release --no-build --nologo "${filter[@]}" --logger "trx;LogFileName=$name.trx" --results-directory "$results" \
    --logger "console;verbosity=normal" || status=1
  [ -f "$results/$name.trx" ] || { echo "$name left no results."; status=1; }
done

if [ -n "$lab" ]; then
  echo
  echo "== VmcsGen.Kvm.Tests and VmcsGen.Vmm.Tests, on kvm_amd in an emulated machine"
  wait "$lab" || status=1
  lab=
  cat "$results/lab.txt"
  for name in VmcsGen.Kvm.Tests VmcsGen.Vmm.Tests; do
    [ -f "$results/$name.trx" ] || { echo "$name left no results."; status=1; }
  done
fi

# Sums up what the test runner counted.
total() { grep -ho "<Counters [^>]*" "$results"/*.trx | sed -n "s/.* $1=\"\([0-9]*\)\".*/\1/p" | awk '{ n += $1 } END { print n + 0 }'; }
all=$(total total) executed=$(total executed) passed=$(total passed)
failed=$((executed - passed)) skipped=$((all - executed))
if [ "$status" != 0 ] && [ "$failed" = 0 ]; then failed=1; fi
[ "$passed" -gt 0 ] || { echo "No test ran."; status=1; }
echo
# Once more, together: the text of each stands above.
grep -ho '<UnitTestResult [^>]*outcome="Failed"[^>]*' "$results"/*.trx | sed -n 's/.* testName="\([^"]*\)".*/failed: \1/p'
echo "$passed passed, $failed failed, $skipped skipped"
[ "$status" = 0 ] && [ "$failed" = 0 ]
