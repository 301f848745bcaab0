# kvm_amd in QEMU: an emulated processor with SVM. The host's files are shared, so any program of the host runs there.
busybox=/bin/busybox

prepare() {
  need qemu-system-x86_64 qemu-system-x86
  need cpio cpio
  need "$busybox" busybox-static
  kernel amd64
  begin_root
  add_modules virtio_ring virtio virtio_pci_modern_dev virtio_pci_legacy_dev virtio_pci netfs fscache 9pnet 9pnet_virtio 9p overlay \
    irqbypass kvm ccp kvm-amd ${dump:+qemu_fw_cfg}
  printf 'output=/dev/ttyS1\nshares_files=1\nresults=%q\nreturned=\nfolder=\nmodule_parameters=%q\n' "$results" "$module" >"$run/root/lab/settings"
}

start() {
  pack_root
  local share=() monitor=(-monitor none)
  if [ -n "$dump" ]; then
    # The kernel tells where its page tables are by the module qemu_fw_cfg, and QEMU adds that to the dump.
    mkfifo "$run/monitor.in" "$run/monitor.out" || exit 1
    monitor=(-chardev "pipe,id=monitor,path=$run/monitor" -mon monitor -device vmcoreinfo)
  fi
  [ -z "$results" ] || share=(-virtfs "local,path=${results//,/,,},mount_tag=results,security_model=none,multidevs=remap")
  qemu-system-x86_64 -machine q35 -accel tcg,thread=single -cpu "${model:-EPYC},+svm" -smp "${cpus:-1}" -m "${memory:-4096}" \
    -nodefaults -no-user-config -no-reboot -display none "${monitor[@]}" -serial "file:$console" -serial stdio \
    -kernel "$kernel"/boot/vmlinuz-* -initrd "$run/initrd.gz" -append "console=ttyS0 quiet panic=-1 mitigations=off" \
    -virtfs local,path=/,mount_tag=host,security_model=none,readonly=on,multidevs=remap ${share[@]+"${share[@]}"} \
    </dev/null >"$run/output" 2>"$run/emulator.txt" &
  emulator=$!
}

take_dump() {
  # By then the machine is done with printing, and at the program's work again.
  sleep 0.5
  printf 'dump-guest-memory "%s"\nquit\n' "$dump" >"$run/monitor.in"
  : >"$run/dumped"
}
