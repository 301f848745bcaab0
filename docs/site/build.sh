#!/usr/bin/env bash
# Builds the site into artifacts/site/html, from the specs, docs/ and the libraries' documentation. 'dotnet docfx serve artifacts/site/html'
# shows it then.
set -eu -o pipefail
cd "$(dirname "$0")/../.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

[ "${1-}" = --no-build ] || { dotnet tool restore && dotnet build docs/site -c Release; }
dotnet docs/site/bin/Release/net10.0/VmcsGen.Site.dll . artifacts/site/pages
dotnet docfx metadata docs/site/docfx.json --logLevel warning
rm -rf artifacts/site/html
dotnet docfx build docs/site/docfx.json --warningsAsErrors --logLevel warning
