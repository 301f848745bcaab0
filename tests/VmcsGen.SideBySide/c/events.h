// What spares exits: eventfds and the ring of coalesced writes. The guest writes 64 times for one exit: older kernels call a ring
// that has wrapped full when it is half full, with 85 writes.
#include <pthread.h>
#include <stdatomic.h>
#include <sys/eventfd.h>

enum { writes_per_exit = 64 };

static void ioeventfd_signal(int count)
{
    static struct machine machine;
    static int event;
    if (!machine.run) {
        CREATE_MACHINE(&machine, guest_counted_port_writes, 3, writes_per_exit);
        event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        struct kvm_ioeventfd binding = { .addr = work_port, .len = 0, .fd = event, .flags = KVM_IOEVENTFD_FLAG_PIO };
        CONTROL(machine.vm, KVM_IOEVENTFD, &binding);
    }
    for (int done = 0; done < count; done += writes_per_exit) {
        run_to_port(&machine, end_port);
        uint64_t signals;
        if (read(event, &signals, sizeof signals) != sizeof signals || signals != writes_per_exit)
            fail("signals of an eventfd");
    }
}

static void coalesced_mmio_write(int count)
{
    static struct machine machine;
    static struct kvm_coalesced_mmio_ring *ring;
    if (!machine.run) {
        CREATE_MACHINE(&machine, guest_counted_memory_writes, 3, writes_per_exit);
        int page = CONTROL(machine.vm, KVM_CHECK_EXTENSION, KVM_CAP_COALESCED_MMIO);
        ring = (void *)((uint8_t *)machine.run + page * page_size);
        struct kvm_coalesced_mmio_zone zone = { .addr = window_address, .size = 8 };
        CONTROL(machine.vm, KVM_REGISTER_COALESCED_MMIO, &zone);
    }
    const uint32_t capacity = (page_size - sizeof *ring) / sizeof ring->coalesced_mmio[0];
    uint64_t sum = 0;
    for (int done = 0; done < count; done += writes_per_exit) {
        run_to_port(&machine, end_port);
        uint32_t last = __atomic_load_n(&ring->last, __ATOMIC_ACQUIRE);
        uint32_t first = ring->first;
        int taken = 0;
        for (; first != last; taken++) {
            struct kvm_coalesced_mmio *write = &ring->coalesced_mmio[first];
            sum += write->phys_addr + write->data[0];
            first = (first + 1) % capacity;
            __atomic_store_n(&ring->first, first, __ATOMIC_RELEASE);
        }
        if (taken != writes_per_exit)
            fail("coalesced writes");
    }
    sink = sum;
}

static struct machine halting;
static atomic_uint interrupts;

static void *run_halting_guest(void *nothing)
{
    while (1) {
        run_to_port(&halting, end_port);
        atomic_fetch_add(&interrupts, 1);
    }
    return nothing;
}

static uint64_t irqfd_to_halted_guest(int count)
{
    enum { line = 4, first_vector = 0x20, settling_time = 30000 };
    static int event;
    if (!halting.run) {
        create_vm(&halting);
        CONTROL(halting.vm, KVM_CREATE_IRQCHIP, 0);
        struct kvm_irqchip chip = { .chip_id = KVM_IRQCHIP_PIC_MASTER };
        CONTROL(halting.vm, KVM_GET_IRQCHIP, &chip);
        chip.chip.pic.irq_base = first_vector;
        chip.chip.pic.imr = 0;
        chip.chip.pic.auto_eoi = 1;
        CONTROL(halting.vm, KVM_SET_IRQCHIP, &chip);
        halting.memory = map_memory(&halting, 0, 0, low_memory_size, 0);
        memcpy(halting.memory + code_address, guest_halting, sizeof guest_halting);
        memcpy(halting.memory + handler_address, guest_interrupt_handler, sizeof guest_interrupt_handler);
        uint32_t handler = handler_address;
        memcpy(halting.memory + 4 * (first_vector + line), &handler, sizeof handler);
        create_vcpu(&halting);
        enter_real_mode(&halting);
        event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        struct kvm_irqfd binding = { .fd = event, .gsi = line };
        CONTROL(halting.vm, KVM_IRQFD, &binding);
        pthread_t thread;
        if (pthread_create(&thread, NULL, run_halting_guest, NULL))
            fail("thread");
    }
    uint64_t elapsed = 0;
    for (int i = 0; i < count; i++) {
        for (uint64_t begin = now(); now() - begin < settling_time;)
            ;
        uint32_t before = atomic_load(&interrupts);
        uint64_t begin = now();
        uint64_t one = 1;
        if (write(event, &one, sizeof one) != sizeof one)
            fail("write to an eventfd");
        while (atomic_load(&interrupts) == before)
            __builtin_ia32_pause();
        elapsed += now() - begin;
    }
    return elapsed;
}
