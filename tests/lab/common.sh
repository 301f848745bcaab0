# What all labs have in common: where things are kept, what is missing, the first program, and the output.
cache=${VMCSGEN_LAB_CACHE:-${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/vmcsgen-labs}

fail() {
  echo "lab: $*" >&2
  exit 2
}

# need COMMAND PACKAGE...: installs Debian packages where a command, or a file, is missing and it may.
need() {
  local what=$1
  shift
  case $what in /*) [ -e "$what" ] && return ;; *) command -v "$what" >/dev/null && return ;; esac
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || fail "$what is missing. Install it (Debian: apt-get install $*)."
  echo "lab: installs $*" >&2
  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"; } >/dev/null ||
    fail "$* could not be installed."
}

# update_lists: brings apt's lists up to date, one process after the other: apt itself refuses a second one.
update_lists() {
  mkdir -p "$cache" || fail "$cache cannot be made. Set VMCSGEN_LAB_CACHE to a folder that can."
  flock "$cache/lists.lock" apt-get update -qq >/dev/null
}

# replace FILE: writes standard input into a file that others may be reading.
replace() {
  local part
  part=$(mktemp "$1.XXXXXX") && cat >"$part" && chmod 644 "$part" && mv "$part" "$1"
}

# use_architecture NAME: from here on apt speaks of packages of another architecture, by lists of its own, so that the system stays as it is.
use_architecture() {
  local lists=$cache/apt-$1
  mkdir -p "$lists/state/lists/partial" "$lists/cache/archives/partial" || fail "$lists cannot be made. Set VMCSGEN_LAB_CACHE to a folder that can."
  [ -e "$lists/status" ] || : >"$lists/status"
  replace "$lists/apt.conf" <<END
APT::Architecture "$1";
APT::Architectures { "$1"; };
APT::Sandbox::User "";
Dir::State "$lists/state";
Dir::State::status "$lists/status";
Dir::Cache "$lists/cache";
END
  export APT_CONFIG=$lists/apt.conf
}

# use_suite NAME: from here on apt speaks of packages of another release of Debian, by lists of its own, from where the system's come.
use_suite() {
  local lists=$cache/apt-$1 uri
  uri=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 'Label: Debian' 2>/dev/null | head -n 1)
  [ -n "$uri" ] || fail "apt knows no packages of Debian's. Run 'apt-get update', or add Debian's main to its sources."
  mkdir -p "$lists/state/lists/partial" "$lists/cache/archives/partial" || fail "$lists cannot be made. Set VMCSGEN_LAB_CACHE to a folder that can."
  [ -e "$lists/status" ] || : >"$lists/status"
  replace "$lists/sources.list" <<<"deb $uri $1 main"
  replace "$lists/apt.conf" <<END
Acquire::Languages "none";
APT::Sandbox::User "";
Dir::State "$lists/state";
Dir::State::status "$lists/status";
Dir::Cache "$lists/cache";
Dir::Etc::sourcelist "$lists/sources.list";
Dir::Etc::sourceparts "-";
END
  export APT_CONFIG=$lists/apt.conf
  update_lists || fail "apt cannot reach the packages of Debian's $1."
  cache=$cache/$1
}

# unpack PACKAGE: sets $unpacked to a folder with the files of a Debian package, kept in the cache.
unpack() {
  local part
  unpacked=$cache/$1
  [ ! -e "$unpacked/complete" ] || return 0
  mkdir -p "$cache" || fail "$cache cannot be made. Set VMCSGEN_LAB_CACHE to a folder that can."
  echo "lab: fetches $1" >&2
  part=$(mktemp -d "$cache/part.XXXXXX") || exit 1
  (cd "$part" && apt-get download -qq "$1" >/dev/null 2>&1 && dpkg -x ./*.deb . && rm ./*.deb && touch complete) ||
    { rm -rf "$part"; fail "$1 could not be fetched."; }
  # Another lab may have been faster.
  mv -T "$part" "$unpacked" 2>/dev/null || rm -rf "$part"
}

# cross_compiler TRIPLE: sets $unpacked to a folder with gcc's program cc1 for another machine. It runs on the libraries of the system's gcc.
cross_compiler() {
  local package
  package=$(cross_compiler_package "$1")
  if [ -z "$package" ] && [ "$(id -u)" = 0 ]; then
    update_lists
    package=$(cross_compiler_package "$1")
  fi
  # Without package lists one that was fetched before will do.
  [ -n "$package" ] || package=$(ls "$cache" 2>/dev/null | grep "^cpp-[0-9]*-$1\$" | sort -V | tail -n 1)
  [ -n "$package" ] || fail "apt knows no package cpp-$1. Run 'apt-get update', or add Debian's main to its sources."
  unpack "$package"
}

cross_compiler_package() { apt-cache depends "cpp-$1" 2>/dev/null | sed -n "s/^ *Depends: \(cpp-[0-9]*-$1\)\$/\1/p" | head -n 1; }

# kernel FLAVOUR: sets $kernel to a folder with the files of Debian's newest kernel package of that flavour.
kernel() {
  command -v apt-get >/dev/null || fail "The kernels of the labs are Debian's, and there is no apt-get to get them with."
  local package
  package=$(kernel_package "$1")
  if [ -z "$package" ] && { [ "$(id -u)" = 0 ] || [ -n "${APT_CONFIG-}" ]; }; then
    update_lists
    package=$(kernel_package "$1")
  fi
  # Without package lists a kernel that was fetched before will do.
  [ -n "$package" ] || package=$(ls "$cache" 2>/dev/null | grep "^linux-image-[0-9].*-$1\$" | grep -v "cloud-$1" | sort -V | tail -n 1)
  [ -n "$package" ] || fail "apt knows no package linux-image-$1. Run 'apt-get update', or add Debian's main to its sources."
  unpack "$package"
  kernel=$unpacked
}

kernel_package() { apt-cache depends "linux-image-$1" 2>/dev/null | sed -n 's/^ *Depends: \(linux-image-[0-9].*\)$/\1/p' | head -n 1; }

# add_modules NAME...: puts modules of $kernel into the initial file system, to be inserted in this order. A module that the kernel has
# built in, or does without, is left out.
add_modules() {
  local name file
  for name in "$@"; do
    file=$(find "$kernel/lib/modules" -name "$name.ko" | head -n 1)
    [ -n "$file" ] || continue
    cp "$file" "$run/root/lab/modules/"
    echo "$name" >>"$run/root/lab/modules/order"
  done
}

# copy_files FILE...: puts files into the initial file system, in their places and as old as they are.
copy_files() {
  local file
  for file in "$@"; do
    mkdir -p "$run/root$(dirname "$file")"
    cp -Lp "$file" "$run/root$file"
  done
}

begin_root() {
  mkdir -p "$run/root"/{bin,dev,proc,sys,tmp,lab/modules}
  : >"$run/root/lab/modules/order"
  cp "$busybox" "$run/root/bin/busybox"
  cp "$labs/init" "$run/root/init"
  chmod +x "$run/root/init"
}

# write_command PROGRAM ARGUMENT...: what the first program runs, where, and with which environment.
write_command() {
  local name pair
  {
    printf 'cd %q 2>/dev/null || cd /\n' "$PWD"
    # The host's environment but for what names things of the host.
    for name in PATH HOME LANG DOTNET_ROOT; do [ -z "${!name-}" ] || printf 'export %s=%q\n' "$name" "${!name}"; done
    for name in $(compgen -e | grep -E '^(VMCSGEN_|DOTNET_)'); do printf 'export %s=%q\n' "$name" "${!name}"; done
    printf 'export VMCSGEN_LAB=%q\n' "$lab"
    for pair in ${environment[@]+"${environment[@]}"}; do printf 'export %s=%q\n' "${pair%%=*}" "${pair#*=}"; done
    printf 'exec'
    printf ' %q' "$@"
    echo
  } >"$run/root/lab/command"
}

pack_root() { (cd "$run/root" && find . -print0 | cpio --null -o -H newc --quiet | gzip -1) >"$run/initrd.gz"; }

need_disc() {
  need xorriso xorriso
  need /usr/lib/ISOLINUX/isolinux.bin isolinux
  need /usr/lib/syslinux/modules/bios/ldlinux.c32 syslinux-common
  need cpio cpio
}

# make_disc INITRD FILE [PLACE=FOLDER]: makes a CD image that boots $kernel with an initial file system, console on the first serial port.
make_disc() {
  local initrd=$1 file=$2 graft=${3-} disc
  disc=$(mktemp -d) || exit 1
  mkdir -p "$disc/isolinux"
  cp "$kernel"/boot/vmlinuz-* "$disc/vmlinuz"
  cp "$initrd" "$disc/initrd.gz"
  cp /usr/lib/ISOLINUX/isolinux.bin /usr/lib/syslinux/modules/bios/ldlinux.c32 "$disc/isolinux/"
  # By CPUID Bochs's processor has 3.5 GHz, so the kernel would wait 3.5 billion ticks for each second; Bochs makes less than 100 million.
  cat >"$disc/isolinux/isolinux.cfg" <<END
default lab
prompt 0
label lab
  kernel /vmlinuz
  initrd /initrd.gz
  append console=ttyS0 quiet panic=-1 nokaslr mitigations=off tsc=reliable lpj=1000000 no_timer_check clocksource=tsc tsc_early_khz=200000
END
  xorriso -as mkisofs -quiet -R -o "$file" -b isolinux/isolinux.bin -c isolinux/boot.cat -no-emul-boot -boot-load-size 4 \
    -boot-info-table -graft-points "/=$disc" ${graft:+"$graft"} 2>"$file.txt" ||
    { cat "$file.txt" >&2; rm -rf "$disc"; fail "The CD image could not be made."; }
  rm -rf "$disc" "$file.txt"
}

# Prints the program's output, line by line as it comes, and returns its exit code. The last line is the first program's.
pass_output() {
  local line held='' has_held=
  while IFS= read -r line || [ -n "$line" ]; do
    case $line in
      $'\036lab exit '*)
        # The empty line before it is the first program's too.
        [ -z "$held" ] || printf '%s\n' "$held"
        line=${line#$'\036lab exit '}
        return "${line%$'\r'}"
        ;;
      $'\036lab results'*)
        # The empty line before it is the first program's too.
        [ -z "$held" ] || printf '%s\n' "$held"
        held='' has_held=
        : >"$run/results.txt"
        continue
        ;;
      $'\036lab dump'*)
        [ -z "$dump" ] || take_dump
        continue
        ;;
      $'\036lab up '*)
        echo "${line#$'\036lab up '}" >"$run/up"
        continue
        ;;
    esac
    if [ -e "$run/results.txt" ]; then
      printf '%s\n' "${line%$'\r'}" >>"$run/results.txt"
      continue
    fi
    [ -z "$has_held" ] || printf '%s\n' "$held"
    held=$line has_held=1
  done
  [ -z "$has_held" ] || printf '%s\n' "$held"
  return 125
}

finish() {
  local code=$1
  if [ -e "$run/results.txt" ]; then
    base64 -d "$run/results.txt" 2>/dev/null | tar -xz -C "$results" || echo "lab: what the program left in $results could not be brought back." >&2
  fi
  if [ "$code" = 125 ] && [ -e "$run/dumped" ]; then
    [ -s "$dump" ] || fail "The memory could not be written into '$dump'."
    code=0
  elif [ -n "$dump" ] && [ ! -e "$run/dumped" ]; then
    echo "lab: the program did not ask for a dump." >&2
  fi
  if [ "$code" = 125 ]; then
    echo "lab: the emulated machine ended before the program did. The last lines of its kernel:" >&2
    tail -n 25 "$console" >&2
  fi
  exit "$code"
}

# Follows the program's output in $run/output until it ends, its time is over, or the emulator $emulator ends.
follow_output() {
  local code
  (
    trap 'kill "$sleeper" 2>/dev/null' EXIT
    trap 'exit 0' TERM
    sleep "$timeout" &
    sleeper=$!
    wait "$sleeper"
    : >"$run/late"
    kill -9 "$emulator" 2>/dev/null
  ) &
  watch=$!
  touch "$run/output"
  # In the background, so that a signal to this script ends it at once.
  pass_output < <(exec tail --pid="$emulator" -s 0.2 -c +1 -f "$run/output" 2>/dev/null) &
  wait "$!"
  code=$?
  kill "$watch" 2>/dev/null
  wait "$watch" 2>/dev/null
  watch=
  [ -z "$boot_only" ] || [ ! -e "$run/up" ] || echo "User space after $(cat "$run/up") s of the machine's time and $SECONDS s of ours, power-off included."
  if [ -e "$run/late" ]; then
    echo "lab: ended after $timeout s, as --timeout says. The last lines of its kernel:" >&2
    tail -n 25 "$console" >&2
    exit 124
  fi
  [ "$lab" = intel ] || [ ! -s "$run/emulator.txt" ] || grep -v "warning: TCG doesn" "$run/emulator.txt" >&2
  finish "$code"
}
