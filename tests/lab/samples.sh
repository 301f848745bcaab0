#!/usr/bin/env bash
# Compiles the samples that run guests, and what the template gives, by NativeAOT, and runs them in the intel lab, one after the other.
# Further arguments choose samples; 'template' is the template.
# In the amd lab the tests run them (VmcsGen.Package.Tests), SnapshotFuzzing too, whose thousands of messages take too long here.
set -u -o pipefail
cd "$(dirname "$0")/../.."
[ $# -gt 0 ] || set -- QuickStart DirtyPages Snapshot Sandbox Debugger Hypervisor ManyVms Vmm Userfaultfd template

# From the packages, as somebody who has only them.
publish_template() {
  local work project code
  work=$(mktemp -d) || return
  cat >"$work/nuget.config" <<END
<configuration>
  <config><add key="globalPackagesFolder" value="$work/packages" /></config>
  <fallbackPackageFolders><add key="machine" value="${NUGET_PACKAGES:-$HOME/.nuget/packages}" /></fallbackPackageFolders>
  <packageSources><add key="packed" value="$work/feed" /></packageSources>
</configuration>
END
  (
    for project in generators/VmcsGen.Templates generators/VmcsGen runtime/VmcsGen.Kvm runtime/VmcsGen.Vmx; do
      dotnet pack "$project" -c Release -o "$work/feed" --nologo -v quiet >&2 || exit
    done
    cd "$work" || exit
    dotnet new install feed/VmcsGen.Templates.*.nupkg --debug:custom-hive "$work/hive" >&2 &&
      dotnet new vmcsgen-vmm -n template --debug:custom-hive "$work/hive" >&2 &&
      dotnet publish template -c Release -r linux-x64 -p:PublishAot=true -o "$1" --nologo -v quiet >&2
  )
  code=$?
  rm -rf "$work"
  return "$code"
}

folder=$PWD/artifacts/lab/samples
rm -rf "$folder"
mkdir -p "$folder"
for name; do
  echo "lab: compiles $name" >&2
  case $name in
    template) publish_template "$folder/$name" ;;
    *) dotnet publish "samples/$name" -c Release -r linux-x64 -p:VmcsGenSampleNative=true -o "$folder/$name" --nologo -v quiet >&2 ;;
  esac || { echo "lab: $name could not be compiled." >&2; exit 2; }
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
