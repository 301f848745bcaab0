// Guests that exit all the time.
static void run_immediate_exit(int count)
{
    prepare_plain();
    for (int i = 0; i < count; i++) {
        plain.run->immediate_exit = 1;
        if (ioctl(plain.vcpu, KVM_RUN, 0) >= 0 || errno != EINTR)
            fail("KVM_RUN with immediate_exit");
        plain.run->immediate_exit = 0;
    }
}

static void port_exits(struct machine *machine, int cpl, int count)
{
    if (!machine->run)
        CREATE_MACHINE(machine, guest_port_writes, cpl, 0);
    uint64_t sum = 0;
    for (int i = 0; i < count; i++)
        sum += run_to_port(machine, work_port);
    sink = sum;
}

static void pio_exit_cpl0(int count)
{
    static struct machine machine;
    port_exits(&machine, 0, count);
}

static void pio_exit_cpl3(int count)
{
    static struct machine machine;
    port_exits(&machine, 3, count);
}

static void pio_exit_sync_regs(int count)
{
    static struct machine machine;
    if (!machine.run) {
        CREATE_MACHINE(&machine, guest_port_writes, 0, 0);
        machine.run->kvm_valid_regs = KVM_SYNC_X86_REGS;
        run_to_port(&machine, work_port);
    }
    uint64_t sum = 0;
    for (int i = 0; i < count; i++) {
        sum += run_to_port(&machine, work_port);
        machine.run->s.regs.regs.rax++;
        machine.run->kvm_dirty_regs |= KVM_SYNC_X86_REGS;
    }
    sink = sum;
}

static void memory_exits(struct machine *machine, int cpl, int count)
{
    if (!machine->run)
        CREATE_MACHINE(machine, guest_memory_writes, cpl, 0);
    uint64_t sum = 0;
    for (int i = 0; i < count; i++) {
        run(machine);
        struct kvm_run *page = machine->run;
        if (page->exit_reason != KVM_EXIT_MMIO || !page->mmio.is_write || page->mmio.phys_addr != window_address || page->mmio.len > 8)
            unexpected_exit(machine);
        uint64_t value = 0;
        memcpy(&value, page->mmio.data, page->mmio.len);
        sum += value;
    }
    sink = sum;
}

static void mmio_exit_cpl0(int count)
{
    static struct machine machine;
    memory_exits(&machine, 0, count);
}

static void mmio_exit_cpl3(int count)
{
    static struct machine machine;
    memory_exits(&machine, 3, count);
}
