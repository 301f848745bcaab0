# KVM of arm64 in QEMU: an emulated processor with virtualization host extensions and a GICv3.
prepare() {
  local libraries=/usr/aarch64-linux-gnu/lib
  need qemu-system-aarch64 qemu-system-arm
  need cpio cpio
  need readelf binutils
  [ -n "$boot_only" ] || [ "$(file_machine "$program")" = AArch64 ] || fail "'$program' is not a program for arm64. docs/labs.md says how to make one."
  use_architecture arm64
  # KVM is part of this kernel.
  kernel arm64
  unpack busybox-static
  busybox=$unpacked/bin/busybox
  begin_root
  printf 'output=/dev/ttyS0\nshares_files=\nresults=\nreturned=%q\nfolder=\nmodule_parameters=\n' "$results" >"$run/root/lab/settings"
  [ -z "$boot_only" ] || return 0 # /bin/true is busybox's.
  copy_files "$program" ${files[@]+"${files[@]}"}
  [ -z "$(needed "$program")" ] || need "$libraries/libc.so.6" libc6-arm64-cross
  mkdir -p "$run/root/lib"
  copy_libraries "$program"
}

file_machine() { readelf -h "$1" 2>/dev/null | sed -n 's/^ *Machine: *//p'; }

needed() { readelf -d "$1" 2>/dev/null | sed -n 's/.*(NEEDED).*\[\(.*\)\]$/\1/p'; }

# The libraries that a program, or a library, is linked with, where its loader looks for them.
copy_libraries() {
  local name
  for name in $(needed "$1"); do
    [ ! -e "$run/root/lib/$name" ] || continue
    [ -e "$libraries/$name" ] || fail "'$1' needs $name, which is not in $libraries. Link it statically, or give it by --file."
    cp -L "$libraries/$name" "$run/root/lib/$name"
    copy_libraries "$libraries/$name"
  done
}

start() {
  pack_root
  qemu-system-aarch64 -machine virt,virtualization=on,gic-version=3 -accel tcg,thread=single -cpu "${model:-max,pauth-impdef=on}" \
    -smp "${cpus:-1}" -m "${memory:-512}" -nodefaults -no-user-config -no-reboot -display none -monitor none \
    -serial "file:$console" -chardev stdio,id=output -device pci-serial,chardev=output \
    -kernel "$kernel"/boot/vmlinuz-* -initrd "$run/initrd.gz" -append "console=ttyAMA0 quiet panic=-1" \
    </dev/null >"$run/output" 2>"$run/emulator.txt" &
  emulator=$!
}
