#!/usr/bin/env bash
# Builds the site into artifacts/site/html, from the specs, docs/ and the libraries' documentation. 'dotnet docfx serve artifacts/site/html'
# shows it then. With --no-api it is built without the libraries' documentation, which takes half the time; with --no-build of the
# assemblies as they are.
set -eu -o pipefail
cd "$(dirname "$0")/../.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
build=1 api=1
for option; do
  case $option in
    --no-build) build= ;;
    --no-api) api= ;;
    *) echo "'$option' is not an option. There are --no-build and --no-api."; exit 2 ;;
  esac
done

if [ -n "$build" ]; then
  dotnet tool restore
  dotnet build docs/site -c Release
fi
dotnet docs/site/bin/Release/net10.0/VmcsGen.Site.dll . artifacts/site/pages $([ -n "$api" ] || echo --no-api)
[ -z "$api" ] || dotnet docfx metadata docs/site/docfx.json --logLevel warning
rm -rf artifacts/site/html
dotnet docfx build docs/site/docfx.json --warningsAsErrors --logLevel warning
