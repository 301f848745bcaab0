#!/usr/bin/env bash
# A session with Linux under samples/Vmm, on a KVM that boots it: session.sh VMM GUEST WORK
# GUEST has kernel, initrd and stream, WORK becomes the folder of disk, snapshot and core. Each thing that was found right is a line
# 'right: ...'. A system call that the monitor's filter refuses ends the monitor.
set -u -o pipefail
vmm=$1 guest=$2 work=$3
samples=$(cd "$(dirname "$0")/../../../samples/Vmm" && pwd)
mib=1048576
mkdir -p "$work" && cd "$work" || exit 2
: >log
trap 'for job in $(jobs -p); do kill -9 "$job" 2>/dev/null; done' EXIT

# fail WHAT: with what was printed so far.
fail() {
  echo "wrong: $*"
  echo "What the machine and gdb printed:"
  cat -v log gdb.txt core.txt errors.txt 2>/dev/null
  exit 1
}

right() { echo "right: $* (after $SECONDS s)"; }

# start OPTION...: the machine with these options; what it prints is on $from, what is written to $to are its keys.
start() {
  rm -f keys screen
  mkfifo keys screen
  "$vmm" --kernel "$guest/kernel" --initrd "$guest/initrd" --append "nokaslr quiet" --memory 192 --cpus 2 --disk disk \
    --fw-cfg opt/org.example/bytes=bytes --vsock vsock --seccomp kill --snapshot snapshot --core core --metrics yes "$@" \
    <keys >screen 2>>errors.txt &
  machine=$!
  exec {to}>keys {from}<screen
}

type_line() { printf '%s\n' "$1" >&"$to"; }

# await PATTERN SECONDS WHAT: the next line that matches, in $line and BASH_REMATCH.
await() {
  local end=$((SECONDS + $2))
  while [ "$SECONDS" -lt "$end" ]; do
    if IFS= read -r -t 1 -u "$from" part; then
      line=${line-}$part
      line=${line%$'\r'}
      printf '%s\n' "$line" >>log
      [[ $line =~ $1 ]] && { line=''; return 0; }
      line=''
    elif [ $? -gt 128 ]; then
      line=${line-}$part # The line is not at its end yet.
    else
      fail "the machine ended before $3"
    fi
  done
  fail "there is no $3 after $2 s"
}

# ends CODE LINE WHAT: the machine ends so.
ends() {
  await "$2 after" 60 "$3"
  wait "$machine"
  local code=$?
  [ "$code" = "$1" ] || fail "the machine's exit code is $code, not $1"
  exec {to}>&- {from}<&-
}

# A program of the host that returns what comes, and the guest that calls it.
guest_calls_host() {
  rm -f vsock_1234
  timeout 120 "$guest/stream" echo unix:vsock_1234 >echo.txt 2>&1 &
  local echo=$!
  until grep -q listens echo.txt; do kill -0 "$echo" 2>/dev/null || fail "stream does not listen: $(cat echo.txt)"; sleep 0.1; done
  type_line 'stream check vsock:2:1234'
  await '^stream: 1048576 bytes came back$' 120 "$1"
  wait "$echo" || fail "what the guest called ended with exit code $?"
  right "$1"
}

hash_of() { dd if=disk bs=$mib skip="$1" count=1 2>/dev/null | sha256sum | cut -d ' ' -f 1; }

# The first MiB is for the guest to read, the second to write with it, the rest for its symbols.
dd if=/dev/urandom of=disk bs=$mib count=1 2>/dev/null
truncate -s $((24 * mib)) disk
head -c 3000 /dev/urandom >bytes

# gdb is there from the first instruction on, and interrupts when it is told to.
start --gdb gdb.socket
until [ -S gdb.socket ]; do kill -0 "$machine" 2>/dev/null || fail "the machine did not start"; sleep 0.1; done
cat >gdb.cmd <<'CMD'
set pagination off
set print elements 0
target remote gdb.socket
echo waits\n
x/i $rip
continue
symbol-file symbols.elf
echo banner:
output (char *)&linux_banner
echo \nbefore:
output (long)jiffies
echo \n
hbreak ksys_write
continue
echo stands:
output $rip == (long)&ksys_write
echo \nat:
output (long)jiffies
echo \n
delete
watch *(long *)&jiffies
python
try:
  gdb.execute("continue")
except gdb.error as problem:
  print("refused:", str(problem).replace("\n", " "))
end
delete
detach
CMD
timeout --foreground 360 gdb -nx -batch -iex "set debuginfod enabled off" -x gdb.cmd >gdb.txt 2>&1 &
gdb=$!

await '^guest: user space' 240 "user space"
right "the guest reaches user space"
type_line 'echo answer $((6 * 7)); cat /proc/version'
await '^answer 42$' 60 "answer of the shell"
await '^(Linux version .*)$' 60 "version"
version=${BASH_REMATCH[1]}
right "the shell answers what is typed: $version"

type_line 'echo cpus $(nproc), on $(taskset 1 cut -d " " -f 39 /proc/self/stat) and $(taskset 2 cut -d " " -f 39 /proc/self/stat)'
await '^cpus 2, on 0 and 1$' 60 "answer of both processors"
right "both of the guest's processors run"

type_line 'cp /proc/kallsyms /k; dd if=/dev/vda bs=1M count=1 2>/dev/null | tee /first | sha256sum'
await '^([0-9a-f]{64})  -$' 60 "hash of what the guest reads"
[ "${BASH_REMATCH[1]}" = "$(hash_of 0)" ] || fail "the guest reads ${BASH_REMATCH[1]} from the disk, where $(hash_of 0) stands"
right "the guest reads from the disk what was put there"
type_line 'sha256sum </sys/firmware/qemu_fw_cfg/by_name/opt/org.example/bytes/raw'
await '^([0-9a-f]{64})  -$' 60 "hash of the file of the firmware configuration"
[ "${BASH_REMATCH[1]}" = "$(sha256sum <bytes | cut -d ' ' -f 1)" ] || fail "the guest reads another file from the firmware configuration"
right "the guest reads a file by its name from the firmware configuration device"
guest_calls_host "a mebibyte goes over the guest's sockets to a program of the host and back"
type_line 'stream echo vsock:-1:5678 &'
await 'stream listens$' 60 "listener in the guest"
timeout 120 "$guest/stream" check unix:vsock "CONNECT 5678" >check.txt 2>&1 || fail "the guest returns something else: $(cat check.txt)"
right "a mebibyte goes from a program of the host to one of the guest and back"
type_line 'cd /sys/class/rtc/rtc0; echo +2 >wakealarm; while grep -q . wakealarm; do sleep 1; done; cd /'
type_line 'awk "/ rtc0/ { print \"alarms\", \$2 + \$3 }" /proc/interrupts' # The counts of one processor, or of two.
await '^alarms ([1-9][0-9]*)$' 60 "interrupt of the clock"
right "the clock's alarm interrupts the guest, ${BASH_REMATCH[1]} times in all"
type_line 'cat /first /k | dd of=/dev/vda bs=1M seek=1 conv=fsync iflag=fullblock 2>/dev/null; echo written $(wc -c </k)'
await '^written ([0-9]+)$' 60 "end of writing"
dd if=disk bs=$mib skip=2 2>/dev/null | head -c "${BASH_REMATCH[1]}" >kallsyms
grep -q ' start_kernel$' kallsyms || fail "what the guest wrote to the disk is not there"
right "the guest's writes are in the file"
"$samples/symbols.sh" kallsyms symbols.elf || fail "there are no symbols"

kill -INT "$gdb"
until grep -q '^before' gdb.txt; do kill -0 "$gdb" 2>/dev/null || break; sleep 0.2; done
type_line 'echo hit'
wait "$gdb" || fail "gdb's exit code is $?"
value() { sed -n "s/^$1://p" "$2" | head -n 1; }
[[ $(value banner gdb.txt) == *"$version"* ]] || fail "gdb reads another version: $(value banner gdb.txt)"
right "gdb reads the kernel's banner by its symbol"
[ "$(value stands gdb.txt)" = 1 ] || fail "gdb stopped somewhere else"
[ "$(value at gdb.txt)" -ge "$(value before gdb.txt)" ] || fail "jiffies went back"
right "gdb's breakpoint at ksys_write is met, jiffies is $(value at gdb.txt)"

if grep -q '^refused: ' gdb.txt; then
  grep -q "KVM stops at no watchpoints" gdb.txt || fail "gdb does not say why there is no watchpoint"
  right "gdb says that this KVM stops at no watchpoints"
else
  grep -q '^Old value = ' gdb.txt || fail "the watchpoint is not met"
  right "gdb's watchpoint on jiffies is met"
fi
type_line 'echo again $((7 * 7)); n=0; while :; do n=$((n + 1)); echo count $n; sleep 1; done &'
await '^again 49$' 60 "answer after gdb has left"
right "the guest goes on when gdb leaves"
await '^count [0-9]+$' 60 "count"
printf '\001c' >&"$to"
until [ -s errors.txt ] && grep -q '^core has' errors.txt; do sleep 0.2; [ "$SECONDS" -lt 400 ] || fail "there is no core"; done
right "the guest's core was written: $(grep '^core has' errors.txt)"
printf '\001s' >&"$to"
ends 0 Stopped "end with a snapshot"
counted=$(sed -n 's/^count \([0-9]*\)\r*$/\1/p' log | tail -n 1)
right "the guest counted to $counted, and its snapshot was written: $(grep '^snapshot has' errors.txt)"

start --restore snapshot
await '^count ([0-9]+)$' 120 "count in the new process"
[ "${BASH_REMATCH[1]}" = $((counted + 1)) ] || fail "the new process counts ${BASH_REMATCH[1]} after $counted"
right "a new process goes on with ${BASH_REMATCH[1]}"
type_line 'kill %1; echo once more $((8 * 8))'
await '^once more 64$' 60 "answer in the new process"
guest_calls_host "in the new process the guest's sockets work too"
type_line 'dd if=/dev/vda bs=1M count=1 skip=1 2>/dev/null | sha256sum'
await '^([0-9a-f]{64})  -$' 60 "hash of what the guest reads"
[ "${BASH_REMATCH[1]}" = "$(hash_of 1)" ] || fail "in the new process the guest reads something else"
type_line 'tr a b </first | dd of=/dev/vda bs=1M conv=fsync,notrunc 2>/dev/null; poweroff -f'
wanted=$(hash_of 1)
ends 0 PowerOff "power-off"
right "the guest turned the machine off, exit code 0"
written=$(dd if=disk bs=$mib skip=1 count=1 2>/dev/null | tr a b | sha256sum | cut -d ' ' -f 1)
[ "$written" = "$(hash_of 0)" ] || fail "the last write is not in the file"
[ "$wanted" != "$(hash_of 0)" ] || fail "the guest wrote nothing"
right "what it wrote in the new process is in the file"

gdb -nx -batch -iex "set debuginfod enabled off" -ex 'set print elements 0' -ex 'echo banner:' -ex 'output (char *)&linux_banner' -ex 'echo \njiffies:' \
  -ex 'output (long)jiffies' -ex 'echo \n' -ex 'info threads' symbols.elf core >core.txt 2>&1 || fail "gdb does not open the core"
[[ $(value banner core.txt) == *"$version"* ]] || fail "the core has another version: $(value banner core.txt)"
[ "$(value jiffies core.txt)" -ge "$(value at gdb.txt)" ] || fail "jiffies went back in the core"
right "gdb opens the core and reads the same variables, jiffies is $(value jiffies core.txt)"
cat gdb.txt core.txt errors.txt
