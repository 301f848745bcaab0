// A VM with one vCPU, as a C programmer writes it: the ioctls, and an exit where one fails.
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define GUEST(name, ...) static const uint8_t guest_##name[] = { __VA_ARGS__ };
#include "guests.inc"
#undef GUEST

enum {
    page_size = 0x1000,
    low_memory_size = 0x200000,
    pml4_address = 0x1000,
    pdpt_address = 0x2000,
    low_directory_address = 0x3000,
    window_directory_address = 0x4000,
    code_address = 0x8000,
    handler_address = 0x9000,
    stack_address = 0xF000,
    task_state_address = 0x10000,
    task_state_size = 0x68,
    port_bitmap_size = 0x2000,
    work_port = 0x10,
    end_port = 0x11,
};

static const uint64_t window_address = 0x40000000;
static const uint64_t window_size = 0x40000000;
static const uint64_t large_page_size = 0x200000;

struct machine {
    int vm;
    int vcpu;
    struct kvm_run *run;
    size_t run_size;
    uint8_t *memory;
};

static int kvm;

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static inline int control(int descriptor, unsigned long request, void *argument, const char *name)
{
    int result = ioctl(descriptor, request, argument);
    if (result < 0)
        fail(name);
    return result;
}

#define CONTROL(descriptor, request, argument) control(descriptor, request, (void *)(argument), #request)

static inline uint64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000ull + time.tv_nsec;
}

static void open_kvm(void)
{
    kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
    if (kvm < 0)
        fail("/dev/kvm");
    if (CONTROL(kvm, KVM_GET_API_VERSION, 0) != 12) {
        fprintf(stderr, "This KVM has another API version than 12.\n");
        exit(1);
    }
}

static void create_vm(struct machine *machine)
{
    machine->vm = CONTROL(kvm, KVM_CREATE_VM, 0);
}

static void *map_memory(struct machine *machine, uint32_t slot, uint64_t address, uint64_t size, uint32_t flags)
{
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED)
        fail("mmap of guest memory");
    struct kvm_userspace_memory_region region = {
        .slot = slot,
        .flags = flags,
        .guest_phys_addr = address,
        .memory_size = size,
        .userspace_addr = (uintptr_t)memory,
    };
    CONTROL(machine->vm, KVM_SET_USER_MEMORY_REGION, &region);
    return memory;
}

static void create_vcpu(struct machine *machine)
{
    machine->vcpu = CONTROL(machine->vm, KVM_CREATE_VCPU, 0);
    machine->run_size = CONTROL(kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
    machine->run = mmap(NULL, machine->run_size, PROT_READ | PROT_WRITE, MAP_SHARED, machine->vcpu, 0);
    if (machine->run == MAP_FAILED)
        fail("mmap of the run page");
}

static void put(struct machine *machine, uint64_t address, uint64_t value)
{
    memcpy(machine->memory + address, &value, sizeof value);
}

// Real mode from address 0 on.
static void enter_real_mode(struct machine *machine)
{
    struct kvm_sregs sregs;
    CONTROL(machine->vcpu, KVM_GET_SREGS, &sregs);
    sregs.cs.base = 0;
    sregs.cs.selector = 0;
    CONTROL(machine->vcpu, KVM_SET_SREGS, &sregs);
    struct kvm_regs regs = { .rip = code_address, .rsp = stack_address, .rflags = 2 };
    CONTROL(machine->vcpu, KVM_SET_REGS, &regs);
}

// 64-bit mode: the low memory and the window are mapped to themselves in pages of 2 MiB, and all ports are allowed.
static void enter_long_mode(struct machine *machine, int cpl, uint32_t loops)
{
    put(machine, pml4_address, pdpt_address | 7);
    put(machine, pdpt_address, low_directory_address | 7);
    put(machine, pdpt_address + 8, window_directory_address | 7);
    put(machine, low_directory_address, 0x87);
    for (uint64_t entry = 0; entry < 512; entry++)
        put(machine, window_directory_address + 8 * entry, (window_address + entry * large_page_size) | 0x87);
    put(machine, task_state_address + 0x60, (uint64_t)task_state_size << 48);
    machine->memory[task_state_address + task_state_size + port_bitmap_size] = 0xFF;

    struct kvm_cpuid2 *cpuid = calloc(1, sizeof *cpuid + 256 * sizeof cpuid->entries[0]);
    cpuid->nent = 256;
    CONTROL(kvm, KVM_GET_SUPPORTED_CPUID, cpuid);
    CONTROL(machine->vcpu, KVM_SET_CPUID2, cpuid);
    free(cpuid);

    struct kvm_segment code = { .limit = 0xFFFFFFFF, .selector = cpl ? 0x33 : 0x08, .type = 0xB, .present = 1, .dpl = cpl, .s = 1, .g = 1, .l = 1 };
    struct kvm_segment data = { .limit = 0xFFFFFFFF, .selector = cpl ? 0x2B : 0x10, .type = 0x3, .present = 1, .dpl = cpl, .s = 1, .g = 1, .db = 1 };
    struct kvm_sregs sregs;
    CONTROL(machine->vcpu, KVM_GET_SREGS, &sregs);
    sregs.cr0 = 0x80050033;
    sregs.cr3 = pml4_address;
    sregs.cr4 = 0x40620;
    sregs.efer = 0x500;
    sregs.cs = code;
    sregs.ss = sregs.ds = sregs.es = sregs.fs = sregs.gs = data;
    sregs.tr = (struct kvm_segment){
        .base = task_state_address, .limit = task_state_size + port_bitmap_size, .selector = 0x38, .type = 0xB, .present = 1
    };
    CONTROL(machine->vcpu, KVM_SET_SREGS, &sregs);

    struct kvm_xcrs xcrs;
    CONTROL(machine->vcpu, KVM_GET_XCRS, &xcrs);
    xcrs.xcrs[0].value = 7;
    CONTROL(machine->vcpu, KVM_SET_XCRS, &xcrs);

    struct kvm_regs regs = {
        .rip = code_address, .rsp = stack_address, .rflags = cpl ? 0x3002 : 2, .rdx = work_port, .rbx = window_address,
        .rsi = window_address, .rcx = loops, .rdi = loops, .rbp = large_page_size
    };
    CONTROL(machine->vcpu, KVM_SET_REGS, &regs);
}

static void create_machine(struct machine *machine, const uint8_t *code, size_t size, int cpl, uint32_t loops)
{
    create_vm(machine);
    machine->memory = map_memory(machine, 0, 0, low_memory_size, 0);
    memcpy(machine->memory + code_address, code, size);
    create_vcpu(machine);
    enter_long_mode(machine, cpl, loops);
}

#define CREATE_MACHINE(machine, guest, cpl, loops) create_machine(machine, guest, sizeof guest, cpl, loops)

static void unexpected_exit(struct machine *machine)
{
    fprintf(stderr, "unexpected exit %u\n", machine->run->exit_reason);
    exit(1);
}

// KVM_RUN; a signal is no reason to stop.
static inline void run(struct machine *machine)
{
    while (ioctl(machine->vcpu, KVM_RUN, 0) < 0) {
        if (errno != EINTR)
            fail("KVM_RUN");
    }
}

static inline uint32_t run_to_port(struct machine *machine, uint16_t port)
{
    run(machine);
    struct kvm_run *page = machine->run;
    if (page->exit_reason != KVM_EXIT_IO || page->io.direction != KVM_EXIT_IO_OUT || page->io.port != port)
        unexpected_exit(machine);
    uint32_t value = 0;
    memcpy(&value, (uint8_t *)page + page->io.data_offset, page->io.size);
    return value;
}
