// Ioctls that do not run the guest.
static struct machine plain;

static void prepare_plain(void)
{
    if (!plain.run)
        CREATE_MACHINE(&plain, guest_port_writes, 0, 0);
}

static volatile uint64_t sink;

static void get_api_version(int count)
{
    uint64_t sum = 0;
    for (int i = 0; i < count; i++)
        sum += CONTROL(kvm, KVM_GET_API_VERSION, 0);
    sink = sum;
}

static void check_extension(int count)
{
    uint64_t sum = 0;
    for (int i = 0; i < count; i++)
        sum += CONTROL(kvm, KVM_CHECK_EXTENSION, KVM_CAP_USER_MEMORY);
    sink = sum;
}

static void get_regs(int count)
{
    prepare_plain();
    uint64_t sum = 0;
    for (int i = 0; i < count; i++) {
        struct kvm_regs regs;
        CONTROL(plain.vcpu, KVM_GET_REGS, &regs);
        sum += regs.rip;
    }
    sink = sum;
}

static void set_regs(int count)
{
    prepare_plain();
    struct kvm_regs regs;
    CONTROL(plain.vcpu, KVM_GET_REGS, &regs);
    for (int i = 0; i < count; i++) {
        regs.rax = i;
        CONTROL(plain.vcpu, KVM_SET_REGS, &regs);
    }
}

static void get_sregs(int count)
{
    prepare_plain();
    uint64_t sum = 0;
    for (int i = 0; i < count; i++) {
        struct kvm_sregs sregs;
        CONTROL(plain.vcpu, KVM_GET_SREGS, &sregs);
        sum += sregs.cr3;
    }
    sink = sum;
}

static void create_destroy_vm_vcpu(int count)
{
    for (int i = 0; i < count; i++) {
        struct machine machine;
        create_vm(&machine);
        create_vcpu(&machine);
        munmap(machine.run, machine.run_size);
        close(machine.vcpu);
        close(machine.vm);
    }
}
