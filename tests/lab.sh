#!/usr/bin/env bash
# Runs a program on a real KVM in an emulated machine. docs/labs.md explains it.
set -u -o pipefail
labs=$(cd "$(dirname "$0")/lab" && pwd)
. "$labs/common.sh"

usage() {
  cat <<'END'
Usage: tests/lab.sh LAB [options] [-- PROGRAM [ARGUMENT...]]

Runs PROGRAM on a KVM of Debian's kernel in an emulated machine, and ends with its exit code. Without a program it runs the tests of KVM.

Labs:
  amd     kvm_amd (SVM with nested paging and nested SVM) in QEMU. PROGRAM sees this machine's files, in the same places; what it
          writes stays in the lab's memory, except below the folder of --results.
  intel   kvm_intel (VMX with EPT and nested VMX) in Bochs. PROGRAM is one executable (NativeAOT, C), copied with the libraries it needs.
  arm64   KVM of arm64 (VHE, GICv3) in QEMU. PROGRAM is one executable for arm64, copied with the libraries it needs.

Options:
  --results DIR    a folder in which PROGRAM leaves what is to be kept, in the same place
  --file FILE      another file for PROGRAM, in the same place (intel, arm64; may be repeated)
  --folder DIR     a folder for PROGRAM, in the same place; what it writes there stays in the lab's memory (intel)
  --memory MIB     memory of the emulated machine (amd 4096, intel and arm64 512)
  --cpus N         its processors (amd and arm64 1, intel always 1)
  --model NAME     which processor: a model of QEMU's with its changes (amd EPYC, arm64 max), or one of Bochs's (intel corei7_skylake_x)
  --timeout SEC    ends the lab with exit code 124 when it takes longer (1800)
  --module ARGS    parameters for kvm_amd or kvm_intel (nested=1)
  --console FILE   keeps what the kernel prints
  --dump FILE      when PROGRAM prints the line '\036lab dump', writes the machine's memory into FILE, as an ELF core, and ends it (amd)
  --env NAME=VALUE an environment variable for PROGRAM (may be repeated)
  --boot-only      only says how long the way to user space takes
END
}

[ $# -gt 0 ] || { usage; exit 2; }
lab=$1
shift
case $lab in
  amd | intel | arm64) ;;
  -h | --help) usage; exit 0 ;;
  *) fail "There is no lab '$lab'. Labs are amd, intel and arm64; 'tests/lab.sh --help' explains them." ;;
esac

results='' dump='' memory='' cpus='' model='' timeout=1800 module='nested=1' console='' environment=() files=() folder='' boot_only=''
while [ $# -gt 0 ]; do
  case $1 in
    --results) results=$(realpath -m "${2:?--results needs a folder}"); shift 2 ;;
    --file) files+=("$(realpath -es "${2:?--file needs a file}")") || fail "There is no file '$2'."; shift 2 ;;
    --folder) folder=$(realpath -e "${2:?--folder needs a folder}") || fail "There is no folder '$2'."; shift 2 ;;
    --memory) memory=${2:?--memory needs a number}; shift 2 ;;
    --cpus) cpus=${2:?--cpus needs a number}; shift 2 ;;
    --model) model=${2:?--model needs a name}; shift 2 ;;
    --timeout) timeout=${2:?--timeout needs seconds}; shift 2 ;;
    --module) module=${2?--module needs parameters}; shift 2 ;;
    --console) console=$(realpath -m "${2:?--console needs a file}"); shift 2 ;;
    --env) environment+=("${2:?--env needs NAME=VALUE}"); shift 2 ;;
    --dump) dump=$(realpath -m "${2:?--dump needs a file}"); shift 2 ;;
    --boot-only) boot_only=1; shift ;;
    --) shift; break ;;
    -h | --help) usage; exit 0 ;;
    *) fail "'$1' is not an option. 'tests/lab.sh --help' lists them; a program comes after '--'." ;;
  esac
done
for number in "$memory" "$cpus" "$timeout"; do
  case $number in *[!0-9]*) fail "'$number' is not a whole number." ;; esac
done

[ -z "$dump" ] || [ "$lab" = amd ] || fail "Only the amd lab has --dump."
if [ -n "$boot_only" ]; then
  set -- /bin/true
elif [ $# = 0 ]; then
  [ "$lab" != arm64 ] || fail "The runtime is for x86-64, so there are no tests for arm64. Name a program after '--'."
  exec bash "$labs/suite.sh" "$lab"
fi
program=$(type -P -- "$1") || fail "There is no program '$1'."
case $program in /*) ;; *) program=$(realpath -s "$program") ;; esac
shift

run=$(mktemp -d) || exit 1
emulator=
watch=
cleanup() {
  # It would end whatever has the emulator's process id by then.
  [ -z "$watch" ] || kill "$watch" 2>/dev/null
  # Bochs runs below a program that gives it a terminal.
  [ ! -s "$run/inner" ] || kill -9 "$(cat "$run/inner")" 2>/dev/null
  if [ -n "$emulator" ]; then kill -9 "$emulator" 2>/dev/null; wait "$emulator" 2>/dev/null; fi
  rm -rf "$run"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

[ -z "$results" ] || mkdir -p "$results" || exit 1
console=${console:-$run/console.txt}
. "$labs/$lab.sh"
prepare
write_command "$program" "$@"
SECONDS=0
start
follow_output
