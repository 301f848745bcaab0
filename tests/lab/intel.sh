# kvm_intel in Bochs: an emulated processor with VMX and EPT. It boots from a CD, which holds the kernel, the program and its libraries.
busybox=/bin/busybox

prepare() {
  need bochs bochs
  need /usr/lib/x86_64-linux-gnu/bochs/plugins/libbx_term_gui.so bochs-term
  need /usr/share/bochs/BIOS-bochs-legacy bochsbios
  need /usr/share/vgabios/vgabios.bin vgabios
  need_disc
  need script bsdutils
  need "$busybox" busybox-static
  # Its kernel is packed by LZ4, which an emulated processor unpacks in a third of the time.
  kernel cloud-amd64
  begin_root
  [ -z "$folder" ] || add_modules scsi_common scsi_mod libata ata_piix cdrom sr_mod isofs overlay
  add_modules irqbypass kvm kvm-intel
  printf 'output=/dev/ttyS1\nshares_files=\nresults=\nreturned=%q\nfolder=%q\nmodule_parameters=%q\n' "$results" "$folder" "$module" >"$run/root/lab/settings"
  # shellcheck disable=SC2046 # No library's name has a space.
  copy_files "$program" ${files[@]+"${files[@]}"} $(libraries "$program" ${files[@]+"${files[@]}"} ${folder:+$(find "$folder" -type f \( -name '*.so' -o -perm -u+x ! -name '*.dll' \))})
}

# The libraries that programs and libraries are linked with.
libraries() {
  local file
  for file in "$@"; do ldd "$file" 2>/dev/null | sed -n 's/.*=> \(\/[^ ]*\).*/\1/p; s/^\s*\(\/[^ ]*\).*/\1/p'; done | sort -u
}

start() {
  pack_root
  make_disc "$run/initrd.gz" "$run/boot.iso" ${folder:+"/folder=$folder"}
  cat >"$run/bochsrc" <<END
display_library: term
memory: guest=${memory:-512}, host=${memory:-512}
romimage: file=/usr/share/bochs/BIOS-bochs-legacy
vgaromimage: file=/usr/share/vgabios/vgabios.bin
cpu: model=${model:-corei7_skylake_x}, ips=50000000
clock: sync=none
ata0-master: type=cdrom, path="$run/boot.iso", status=inserted
boot: cdrom
com1: enabled=1, mode=file, dev="$console"
com2: enabled=1, mode=file, dev="$run/output"
log: $run/emulator.txt
panic: action=report
error: action=ignore
info: action=ignore
debug: action=ignore
speaker: enabled=0
sound: driver=dummy
port_e9_hack: enabled=1
END
  echo c >"$run/debugger"
  # The display is drawn for a terminal that nobody looks at; the other displays listen to the network.
  TERM=vt100 script -q -c "echo \$\$ >$run/inner; exec bochs -q -f $run/bochsrc -rc $run/debugger" /dev/null </dev/null >/dev/null 2>&1 &
  emulator=$!
}
