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

# provide TEST PURPOSE PACKAGE...: installs Debian packages if TEST fails and they may be installed.
provide() {
  local test=$1 purpose=$2
  shift 2
  ! eval "$test" >/dev/null 2>&1 || return 0
  echo "$* are needed for $purpose."
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"; } >/dev/null ||
      echo "They could not be installed; the tests that need them are skipped and say so."
  else
    echo "Install them (Debian: apt-get install $*), or their tests are skipped and say so."
  fi
}
# have COMMAND...: succeeds if all are there.
have() { local command; for command; do command -v "$command" || return; done; }

provide "have gcc && echo '#include <linux/kvm.h>' | gcc -E -" "the comparison of layouts with the kernel's headers" gcc libc6-dev linux-libc-dev
provide 'have rustc python3' "the tests of emitted Rust and Python" rustc python3
provide 'have gdb iasl pahole' "the tests of debugging, ACPI tables and kernel structs" gdb acpica-tools dwarves
provide 'have qemu-system-x86_64' "the comparison of the firmware configuration device with QEMU's" qemu-system-x86
provide 'have chromium-headless-shell || have chromium' "the tests of the site in a browser" chromium-headless-shell
# Its display is the one that opens no port.
provide 'have bochs && [ -n "$(find /usr/lib /usr/local/lib -name libbx_term_gui.so 2>/dev/null)" ]' \
  "the tests that execute VMX instructions on an emulated processor (with VMCSGEN_REQUIRE_BOCHS=1 they fail without)" bochs bochs-term
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
# One compiler server for everything that is built here, and for nobody else. It ends with the run.
compiler=vmcsgen-run-$$
export UseSharedCompilation=true SharedCompilationId=$compiler
trap 'if [ -n "$lab" ]; then kill "$lab" 2>/dev/null; wait "$lab" 2>/dev/null; fi
  for server in $(grep -ls "[p]ipename:$compiler" /proc/[0-9]*/cmdline); do kill "$(basename "$(dirname "$server")")"; done
  rm -rf "$results" "${TMPDIR:-/tmp}/$compiler"' EXIT

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
# The tests that run guests.
guests=(VmcsGen.Kvm.Tests VmcsGen.Vmm.Tests)
if [ -n "${VMCSGEN_KVM_LAB-}" ]; then
  # Beside the other tests: the emulated machine keeps one core busy, and the guests in it take their time.
  bash "$VMCSGEN_KVM_LAB" amd --timeout 3000 --results "$results" -- bash -c '
    results=$1 code=0
    shift
    for name; do
      kvm=()
      [ "$name" = VmcsGen.Kvm.Tests ] || kvm=(-trait Needs=Kvm)
      "tests/$name/bin/Release/net10.0/$name" -noColor -parallel none "${kvm[@]}" -trx "$results/$name.lab.trx" || code=1
    done
    exit $code' run "$results" "${guests[@]}" >"$results/lab.txt" 2>&1 &
  lab=$!
fi
for project in "${projects[@]}"; do
  name=$(basename "$project" .csproj)
  chosen=("${filter[@]}")
  if [ -n "$lab" ]; then
    [ "$name" != VmcsGen.Kvm.Tests ] || continue
    [ "$name" != VmcsGen.Vmm.Tests ] || chosen+=(--filter "Needs!=Kvm")
  fi
  echo
  echo "== $name"
  dotnet test "$project" -c Release --no-build --nologo "${chosen[@]}" --logger "trx;LogFileName=$name.trx" --results-directory "$results" \
    --logger "console;verbosity=normal" || status=1
  [ -f "$results/$name.trx" ] || { echo "$name left no results."; status=1; }
done

if [ -n "$lab" ]; then
  echo
  echo "== ${guests[*]}, on kvm_amd in an emulated machine"
  wait "$lab" || status=1
  lab=
  cat "$results/lab.txt"
  for name in "${guests[@]}"; do
    [ -f "$results/$name.lab.trx" ] || { echo "$name left no results."; status=1; }
  done
fi

# Sums up what the test runner counted.
total() { grep -ho "<Counters [^>]*" "$results"/*.trx | sed -n "s/.* $1=\"\([0-9]*\)\".*/\1/p" | awk '{ n += $1 } END { print n + 0 }'; }
all=$(total total) executed=$(total executed) passed=$(total passed)
failed=$((executed - passed)) skipped=$((all - executed))
if [ "$status" != 0 ] && [ "$failed" = 0 ]; then failed=1; fi
[ "$passed" -gt 0 ] || { echo "No test ran."; status=1; }
echo
# Once more, together: the whole text of each stands above.
awk '
  BEGIN { RS = "<" }
  /^UnitTestResult / {
    failed = /outcome="Failed"/
    if (failed && match($0, /testName="[^"]*"/)) print "failed: " substr($0, RSTART + 10, RLENGTH - 11)
  }
  failed && /^Message>/ {
    text = substr($0, 9, 1500)
    gsub(/&lt;/, "<", text); gsub(/&gt;/, ">", text); gsub(/&quot;/, "\"", text); gsub(/&#x[AD];/, " ", text); gsub(/&amp;/, "\\&", text)
    gsub(/\n/, "\n    ", text)
    print "    " text
    failed = 0
  }
' "$results"/*.trx
echo "$passed passed, $failed failed, $skipped skipped"
[ "$status" = 0 ] && [ "$failed" = 0 ]
