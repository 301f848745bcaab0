#!/usr/bin/env bash
# Compiles the samples that run guests by NativeAOT, and runs them in the intel lab, one after the other. Further arguments choose samples.
# In the amd lab the tests run them (VmcsGen.Package.Tests), SnapshotFuzzing too, whose thousands of messages take too long here.
set -u -o pipefail
cd "$(dirname "$0")/../.."
[ $# -gt 0 ] || set -- QuickStart DirtyPages Snapshot Sandbox Debugger Hypervisor ManyVms Vmm Userfaultfd

folder=$PWD/artifacts/lab/samples
rm -rf "$folder"
mkdir -p "$folder"
for name; do
  echo "lab: compiles samples/$name" >&2
  dotnet publish "samples/$name" -c Release -r linux-x64 -p:VmcsGenSampleNative=true -o "$folder/$name" --nologo -v quiet >&2 ||
    { echo "lab: samples/$name could not be compiled." >&2; exit 2; }
  find "$folder/$name" -type f ! -name "$name" -delete
done

# An emulated processor is dozens of times slower: fewer calls.
bash tests/lab.sh intel --timeout 3600 --memory 1536 --folder "$folder" --env DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 -- /bin/busybox sh -c '
  folder=$1 passed=0 failed=0
  shift
  for name; do
    echo "== $name"
    case $name in Sandbox) number=30 ;; *) number= ;; esac
    "$folder/$name/$name" $number
    code=$?
    if [ "$code" = 0 ]; then passed=$((passed + 1)); else failed=$((failed + 1)); echo "$name failed: exit code $code"; fi
  done
  echo "$passed passed, $failed failed, 0 skipped"
  [ "$failed" = 0 ]' samples "$folder" "$@"
