#!/usr/bin/env bash
# Debian's gdb debugs guests in the intel lab, whose KVM stops at watchpoints: runs the tests of the server for gdb there, or of
# VmcsGen.Vmm.Tests those that further arguments choose, as the test program takes them.
set -u -o pipefail
cd "$(dirname "$0")/../.."
[ $# -gt 0 ] || set -- -class "*.Gdb.GdbServerTests" -class "*.Gdb.WatchpointTests"

folder=$PWD/artifacts/lab/Vmm.Tests
echo "lab: publishes the tests to $folder" >&2
dotnet publish tests/VmcsGen.Vmm.Tests -c Release -r linux-x64 --self-contained -p:PublishReadyToRun=true -o "$folder" --nologo -v quiet >&2 ||
  { echo "lab: the tests could not be published." >&2; exit 2; }

# What gdb's Python loads, with what is compiled of it, and no more: the emulated machine has all of it in memory.
python=$(gdb -nx -batch -ex 'python import sys; print("%d.%d" % sys.version_info[:2])') || { echo "lab: gdb is missing." >&2; exit 2; }
rm -rf "$folder/python"
mkdir -p "$folder/python/lib"
cp -rp "/usr/lib/python$python" "$folder/python/lib/"
rm -rf "$folder/python/lib/python$python"/{config-*,dist-packages,test,distutils,lib2to3,ensurepip,pydoc_data}

arguments=()
# The tests compile their guest.
for program in gdb gcc as ld; do arguments+=(--file "/usr/bin/$program"); done
for part in cc1 collect2; do arguments+=(--file "$(gcc -print-prog-name=$part)"); done
arguments+=(--file "$(gcc -print-file-name=liblto_plugin.so)")
while IFS= read -r file; do arguments+=(--file "$file"); done < <(find /usr/share/gdb -type f)
for library in libssl.so.3 libcrypto.so.3; do arguments+=(--file "/usr/lib/x86_64-linux-gnu/$library"); done
VMCSGEN_REQUIRE_KVM=1 bash tests/lab.sh intel --timeout 7200 --memory 1536 --folder "$folder" --env "PYTHONHOME=$folder/python" \
  "${arguments[@]}" -- "$folder/VmcsGen.Vmm.Tests" -noColor -parallel none "$@"
