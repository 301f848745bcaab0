#!/usr/bin/env bash
# Runs kvm-unit-tests, built in TREE, under samples/Vmm and under QEMU in turn: unit-tests.sh VMM TREE RESULTS [TEST...]
# Prints a line for each test of x86/unittests.cfg: how it ended under each, and how many of its checks passed and failed. What the guests
# print stays in RESULTS, and in RESULTS/begun which tests have begun: these are left out. Ends with 1 if a test passes under QEMU alone.
set -u -o pipefail
vmm=$1 tree=$2 results=$3
shift 3
wanted=" $* "
cd "$tree" || exit 2
declare -i worse=0

# judge SCREEN CODE: how the machine ended, and how many checks passed and failed. Tests leave by port 0xF4: exit code 1 is their 0, which
# is success, and 77 says that there was nothing to test.
judge() {
  local word code=$2
  # Both monitors end with 1 also where they give up.
  case $1 in
    *.own) [ "$code" != 1 ] || grep -q '^DebugExit' "$1" || code=0 ;;
    *) [ "$code" != 1 ] || ! grep -q '^qemu-system-x86_64: [^w]' "$1" || code=0 ;;
  esac
  case $code in
    1) word=pass ;;
    77) word=skip ;;
    124 | 137) word=late ;;
    *) word="fail($code)" ;;
  esac
  printf '%s %s+%s' "$word" "$(grep -c '^PASS' "$1")" "$(grep -c '^FAIL' "$1")"
}

# expand: sets $expanded. Arguments may be quoted, and ask for the time, as in kvm-unit-tests' own scripts.
expand() { eval "expanded=($arguments)"; }

# test_both: runs the test that $name, $file, $smp, $arguments, $parameters and $check tell.
test_both() {
  local memory=128 own other begin word
  local -a expanded
  [ -n "$name" ] && [ -e "x86/$file" ] || return 0
  [ "$wanted" = '  ' ] || [[ $wanted == *" $name "* ]] || return 0
  for word in $check; do
    [ "$(cat "${word%%=*}" 2>/dev/null)" = "${word#*=}" ] || return 0
  done
  for word in $parameters; do
    [[ $word =~ ^[0-9]+[gG]?$ ]] && memory=$word
  done
  case $memory in *[gG]) memory=$((${memory%[gG]} * 1024)) ;; esac
  printf 'NR_CPUS=%s\nMEMSIZE=%s\nTEST_DEVICE=1\n' "$smp" "$memory" >"$results/environment"

  touch "$results/begun"
  ! grep -q "^$name " "$results/begun" || return 0
  echo "$name QEMU" >>"$results/begun"
  begin=$SECONDS
  expand
  timeout -k 5 "$patience" qemu-system-x86_64 -machine q35,accel=kvm -no-reboot -nodefaults -global kvm-pit.lost_tick_policy=discard \
    -device pc-testdev -device isa-debug-exit,iobase=0xf4,iosize=0x4 -display none -serial stdio -device pci-testdev \
    -kernel "x86/$file" -append "${expanded[*]}" -smp "$smp" $parameters </dev/null >"$results/$name.qemu" 2>&1
  other=$(judge "$results/$name.qemu" $?)
  local between=$SECONDS
  echo "$name VmcsGen" >>"$results/begun"
  expand
  timeout -k 5 "$patience" "$vmm" --testdev yes --kernel "x86/$file" --append "x86/$file ${expanded[*]}" --initrd "$results/environment" \
    --cpus "$smp" --memory "$memory" </dev/null >"$results/$name.own" 2>&1
  own=$(judge "$results/$name.own" $?)
  printf '%-40s QEMU %-18s %3d s   VmcsGen %-18s %3d s\n' "$name" "$other" $((between - begin)) "$own" $((SECONDS - between))
  [[ $other != pass* || $own == pass* ]] || worse+=1
}

reset() { name=$1 file='' smp=1 arguments='' parameters='' check=''; }
patience=${PATIENCE:-150}

reset ''
while IFS= read -r line; do
  case $line in
    '['*']') test_both </dev/null; line=${line#[}; reset "${line%]}" ;;
    'file = '*) file=${line#file = } ;;
    'smp = '*) smp=${line#smp = } ;;
    'test_args = '*) arguments=${line#test_args = } ;;
    'qemu_params = '*) parameters=${line#qemu_params = } ;;
    'check = '*) check=${line#check = } ;;
    'arch = i386') name='' ;;
  esac
done <x86/unittests.cfg
test_both </dev/null
echo "Tests that pass under QEMU alone: $worse"
[ "$worse" = 0 ]
