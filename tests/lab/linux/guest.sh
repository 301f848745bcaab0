# Debian's cloud kernel and an initial file system of busybox with the drivers of samples/Vmm's devices. After common.sh.

# Its drivers, in the order in which they are inserted.
guest_modules=(virtio_ring virtio virtio_mmio virtio_blk virtio-rng)

# make_guest FOLDER FIRST: FOLDER/kernel and FOLDER/initrd, in which FIRST is the first program; further files go to /bin.
make_guest() {
  local folder=$1 first=$2 name file
  shift 2
  need cpio cpio
  need /bin/busybox busybox-static
  kernel cloud-amd64
  ln -sf "$kernel"/boot/vmlinuz-* "$folder/kernel"
  mkdir -p "$folder/root"/{bin,dev,modules,proc,sys}
  cp /bin/busybox ${@+"$@"} "$folder/root/bin/"
  cp "$first" "$folder/root/init"
  chmod +x "$folder/root/init"
  for name in "${guest_modules[@]}"; do
    file=$(find "$kernel/lib/modules" -name "$name.ko")
    [ -n "$file" ] || fail "The kernel has no module $name."
    cp "$file" "$folder/root/modules/"
    echo "$name" >>"$folder/root/modules/order"
  done
  (cd "$folder/root" && find . -print0 | cpio --null -o -H newc --quiet) >"$folder/initrd"
  rm -rf "$folder/root"
}

# publish_vmm FOLDER: samples/Vmm as a native program, which starts in no time where a processor is emulated.
publish_vmm() {
  echo "lab: compiles samples/Vmm" >&2
  dotnet publish "$labs/../../samples/Vmm" -c Release -r linux-x64 -o "$1" --nologo -v quiet >&2 ||
    fail "samples/Vmm could not be compiled."
}

# Options of the lab for run_linux.
lab_options=(--timeout 450)

# run_linux COMMAND...: where KVM lets guests run on a processor, so that it boots Linux: here, or in the amd lab.
run_linux() {
  if [ -r /dev/kvm ] && [ -w /dev/kvm ] && { [ -e /sys/module/kvm_intel ] || [ -e /sys/module/kvm_amd ]; }; then
    "$@"
  else
    bash "$labs/../lab.sh" amd "${lab_options[@]}" -- "$@"
  fi
}
