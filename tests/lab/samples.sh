#!/usr/bin/env bash
# Runs all samples in a lab. Each checks its own result and says so in its exit code. Ends with: N passed, N failed.
set -u -o pipefail
cd "$(dirname "$0")/../.."
lab=${1:?"Which lab? amd or intel."}

# The intel lab has no .NET, and its processor is too slow to compile what can be compiled before. All share one runtime.
folder=$PWD/artifacts/lab/samples
names=()
for project in samples/*/*.csproj; do
  name=$(basename "$project" .csproj)
  echo "lab: publishes $name" >&2
  dotnet publish "$project" -c Release -r linux-x64 --self-contained -p:PublishReadyToRun=true -o "$folder" --nologo -v quiet >&2 ||
    { echo "lab: $name could not be published." >&2; exit 2; }
  names+=("$name")
done

cat >"$folder/samples.sh" <<END
cd "$folder"
passed=0 failed=0
for name in ${names[*]}; do
  arguments=
  # Two hundred VMs take Bochs half an hour.
  [ "\$name.\$VMCSGEN_LAB" != ManyVms.intel ] || arguments='10 50'
  echo "== \$name"
  ./\$name \$arguments >/tmp/output 2>&1 </dev/null
  code=\$?
  cat /tmp/output
  if [ \$code = 0 ] && ! grep -q 'No guest can run here' /tmp/output; then passed=\$((passed + 1)); else failed=\$((failed + 1)); echo "exit code \$code"; fi
done
echo "\$passed passed, \$failed failed"
[ \$failed = 0 ]
END

case $lab in
  amd) exec bash tests/lab.sh amd --timeout 900 -- /bin/bash "$folder/samples.sh" ;;
  intel) exec bash tests/lab.sh intel --timeout 3600 --memory 1536 --folder "$folder" -- /bin/busybox sh "$folder/samples.sh" ;;
  *) echo "lab: The samples run in the labs amd and intel, not in '$lab'." >&2; exit 2 ;;
esac
