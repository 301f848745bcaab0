// A VM that is captured, restored, spawned and taken back, by the steps that the library takes.
#include <sys/syscall.h>
#include <sys/uio.h>

enum { used_pages = 32, changed_pages = 1000, most_msrs = 255, scan_regions = 512 };

static const uint64_t used_at = 0x10000000;
static const uint64_t small_size = 64ull << 20;

// linux/fs.h since 6.7.
struct scan_region { uint64_t start, end, categories; };
struct scan_argument {
    uint64_t size, flags, start, end, walk_end, vector, vector_length, max_pages, inverted, mask, any_of, returned;
};
#define PAGEMAP_SCAN_REQUEST _IOWR('f', 16, struct scan_argument)

struct msr_list { struct kvm_msrs header; struct kvm_msr_entry entries[most_msrs]; };
struct cpuid_list { struct kvm_cpuid2 header; struct kvm_cpuid_entry2 entries[256]; };

// What KVM keeps of a vCPU.
struct vcpu_state {
    struct kvm_clock_data clock;
    struct kvm_mp_state mp_state;
    struct cpuid_list cpuid;
    int tsc_khz;
    struct kvm_regs regs;
    struct kvm_sregs2 sregs;
    struct kvm_xcrs xcrs;
    struct kvm_xsave xsave;
    struct kvm_debugregs debug;
    struct msr_list msrs;
    struct kvm_vcpu_events events;
};

// Memory in a file, in its order.
struct saved_memory { uint64_t address, size, place; };

struct saved_vm {
    struct vcpu_state vcpu;
    struct saved_memory memories[2];
    int file;
};

static int get_or_lack(int descriptor, unsigned long request, void *argument)
{
    return ioctl(descriptor, request, argument);
}

static void get_vcpu(struct machine *machine, struct vcpu_state *state)
{
    CONTROL(machine->vm, KVM_GET_CLOCK, &state->clock);
    machine->run->immediate_exit = 1;
    if (ioctl(machine->vcpu, KVM_RUN, 0) == 0 || errno != EINTR)
        fail("an instruction is to be completed");
    machine->run->immediate_exit = 0;
    CONTROL(machine->vcpu, KVM_GET_MP_STATE, &state->mp_state);
    state->cpuid.header.nent = 256;
    CONTROL(machine->vcpu, KVM_GET_CPUID2, &state->cpuid);
    state->tsc_khz = CONTROL(machine->vcpu, KVM_GET_TSC_KHZ, 0);
    CONTROL(machine->vcpu, KVM_GET_REGS, &state->regs);
    CONTROL(machine->vcpu, KVM_GET_SREGS2, &state->sregs);
    CONTROL(machine->vcpu, KVM_GET_XCRS, &state->xcrs);
    CONTROL(machine->vcpu, KVM_GET_XSAVE, &state->xsave);
    CONTROL(machine->vcpu, KVM_GET_DEBUGREGS, &state->debug);
    struct { struct kvm_msr_list header; uint32_t indices[1024]; } list = { .header.nmsrs = 1024 };
    CONTROL(kvm, KVM_GET_MSR_INDEX_LIST, &list);
    state->msrs.header.nmsrs = 0;
    for (uint32_t next = 0; next < list.header.nmsrs; ) {
        struct msr_list some = { .header.nmsrs = 0 };
        while (some.header.nmsrs < most_msrs && next + some.header.nmsrs < list.header.nmsrs) {
            some.entries[some.header.nmsrs].index = list.indices[next + some.header.nmsrs];
            some.header.nmsrs++;
        }
        int read = CONTROL(machine->vcpu, KVM_GET_MSRS, &some);
        for (int i = 0; i < read && state->msrs.header.nmsrs < most_msrs; i++)
            state->msrs.entries[state->msrs.header.nmsrs++] = some.entries[i];
        next += read < (int)some.header.nmsrs ? read + 1 : read;
    }
    struct kvm_lapic_state lapic;
    get_or_lack(machine->vcpu, KVM_GET_LAPIC, &lapic);
    static union { struct kvm_nested_state header; uint8_t bytes[16384]; } nested;
    nested.header.size = sizeof nested;
    get_or_lack(machine->vcpu, KVM_GET_NESTED_STATE, &nested);
    CONTROL(machine->vcpu, KVM_GET_VCPU_EVENTS, &state->events);
    for (uint32_t id = 0; id < 1; id++) {
        struct kvm_irqchip chip = { .chip_id = id };
        get_or_lack(machine->vm, KVM_GET_IRQCHIP, &chip);
    }
    struct kvm_pit_state2 pit;
    get_or_lack(machine->vm, KVM_GET_PIT2, &pit);
}

// MSRs that a vCPU does not take are left out from then on; those of VMX's capabilities are written once.
static void set_msrs(int vcpu, struct msr_list *msrs)
{
    int written = CONTROL(vcpu, KVM_SET_MSRS, msrs);
    while (written < (int)msrs->header.nmsrs) {
        memmove(&msrs->entries[written], &msrs->entries[written + 1], (msrs->header.nmsrs - written - 1) * sizeof msrs->entries[0]);
        msrs->header.nmsrs--;
        written = CONTROL(vcpu, KVM_SET_MSRS, msrs);
    }
}

static void set_what_changes(int vcpu, struct vcpu_state *state)
{
    CONTROL(vcpu, KVM_SET_SREGS2, &state->sregs);
    CONTROL(vcpu, KVM_SET_XCRS, &state->xcrs);
    CONTROL(vcpu, KVM_SET_XSAVE, &state->xsave);
    CONTROL(vcpu, KVM_SET_DEBUGREGS, &state->debug);
    set_msrs(vcpu, &state->msrs);
    CONTROL(vcpu, KVM_SET_REGS, &state->regs);
    CONTROL(vcpu, KVM_SET_VCPU_EVENTS, &state->events);
    CONTROL(vcpu, KVM_SET_MP_STATE, &state->mp_state);
}

static void set_clock(int vm, struct vcpu_state *state)
{
    struct kvm_clock_data clock = { .clock = state->clock.clock };
    CONTROL(vm, KVM_SET_CLOCK, &clock);
}

static void set_vcpu(struct machine *machine, struct vcpu_state *state)
{
    CONTROL(machine->vcpu, KVM_SET_CPUID2, &state->cpuid);
    if (CONTROL(machine->vcpu, KVM_GET_TSC_KHZ, 0) != state->tsc_khz)
        CONTROL(machine->vcpu, KVM_SET_TSC_KHZ, (intptr_t)state->tsc_khz);
    set_what_changes(machine->vcpu, state);
    struct msr_list tsc = { .header.nmsrs = 1, .entries[0].index = 0x10 };
    CONTROL(machine->vcpu, KVM_GET_MSRS, &tsc);
    set_clock(machine->vm, state);
}

__attribute__((target("sse4.2"))) static uint32_t page_sum(const uint8_t *page)
{
    uint64_t sum = UINT32_MAX;
    for (int i = 0; i < page_size; i += 8)
        sum = __builtin_ia32_crc32di(sum, *(const uint64_t *)(page + i));
    return ~(uint32_t)sum;
}

static int is_zero(const uint8_t *page)
{
    return page[0] == 0 && memcmp(page, page + 1, page_size - 1) == 0;
}

// Pages of those that hold something, with their checksums, to their places in a file.
static uint64_t save_pages(
    const uint8_t *page, const uint8_t *last, const uint8_t *memory, int file, uint64_t place, uint32_t *sums)
{
    uint64_t saved = 0;
    while (page < last) {
        const uint8_t *begin = page;
        while (page < last && !is_zero(page)) {
            sums[saved++] = page_sum(page);
            page += page_size;
        }
        if (page > begin && pwrite(file, begin, page - begin, place + (begin - memory)) != page - begin)
            fail("pwrite");
        if (page < last)
            page += page_size;
    }
    return saved;
}

// The entries one by one, as before Linux 6.7: bit 63 of a page that is there, bit 62 of one that is swapped out.
static uint64_t save_by_entries(int pagemap, const uint8_t *memory, uint64_t size, int file, uint64_t place, uint32_t *sums)
{
    enum { at_once = 1 << 16 };
    static uint64_t entries[at_once];
    uint64_t saved = 0, run = 0, pages = size / page_size, first = (uintptr_t)memory / page_size;
    for (uint64_t page = 0; page < pages; page++) {
        if (page % at_once == 0) {
            size_t wanted = 8 * (pages - page < at_once ? pages - page : at_once);
            if (pread(pagemap, entries, wanted, 8 * (first + page)) != (ssize_t)wanted)
                fail("entries of /proc/self/pagemap");
        }
        if (entries[page % at_once] >> 62 != 0) {
            run++;
            continue;
        }
        saved += save_pages(memory + (page - run) * page_size, memory + page * page_size, memory, file, place, sums + saved);
        run = 0;
    }
    return saved + save_pages(memory + (pages - run) * page_size, memory + size, memory, file, place, sums + saved);
}

// Pages that are in the page tables.
static uint64_t save_memory(const uint8_t *memory, uint64_t size, int file, uint64_t place, uint32_t *sums)
{
    int pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
    if (pagemap < 0)
        fail("/proc/self/pagemap");
    static struct scan_region regions[scan_regions];
    uint64_t saved = 0, start = (uintptr_t)memory, end = start + size;
    while (start < end) {
        struct scan_argument scan = {
            .size = sizeof scan, .start = start, .end = end, .vector = (uintptr_t)regions, .vector_length = scan_regions,
            .inverted = 1 << 5, .mask = 1 << 5, .any_of = 3 << 3, .returned = 3 << 3,
        };
        int found = ioctl(pagemap, PAGEMAP_SCAN_REQUEST, &scan);
        if (found < 0 && errno == ENOTTY) {
            saved = save_by_entries(pagemap, memory, size, file, place, sums);
            break;
        }
        if (found < 0)
            fail("PAGEMAP_SCAN");
        for (int i = 0; i < found; i++)
            saved += save_pages(
                (const uint8_t *)regions[i].start, (const uint8_t *)regions[i].end, memory, file, place, sums + saved);
        start = scan.walk_end;
    }
    close(pagemap);
    return saved;
}

static struct machine sparse;
static uint8_t *sparse_memory;
static uint64_t sparse_size;

static void create_sparse(uint64_t size)
{
    CREATE_MACHINE(&sparse, guest_page_writes, 0, 10);
    sparse_memory = map_memory(&sparse, 1, window_address, size, 0);
    sparse_size = size;
    for (uint64_t page = 0; page < used_pages; page++)
        *(uint64_t *)(sparse_memory + used_at + page * page_size) = page + 1;
}

static uint64_t capture(struct saved_vm *saved, struct machine *machine, uint8_t *memory, uint64_t size)
{
    static uint32_t sums[1 << 16];
    saved->file = open("/dev/shm", O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
    if (saved->file < 0)
        fail("a file in /dev/shm");
    saved->memories[0] = (struct saved_memory) { 0, low_memory_size, page_size };
    saved->memories[1] = (struct saved_memory) { window_address, size, page_size + low_memory_size + page_size };
    if (ftruncate(saved->file, saved->memories[1].place + size))
        fail("ftruncate");
    uint64_t begin = now();
    get_vcpu(machine, &saved->vcpu);
    uint64_t pages = save_memory(machine->memory, low_memory_size, saved->file, saved->memories[0].place, sums);
    pages += save_memory(memory, size, saved->file, saved->memories[1].place, sums + pages);
    uint64_t elapsed = now() - begin;
    sink = pages;
    return elapsed;
}

static uint64_t capture_pause_4gib(int count)
{
    if (!sparse.run)
        create_sparse(4ull << 30);
    uint64_t elapsed = 0;
    for (int i = 0; i < count; i++) {
        struct saved_vm saved;
        elapsed += capture(&saved, &sparse, sparse_memory, sparse_size);
        close(saved.file);
    }
    return elapsed;
}

static void map_saved(struct machine *machine, struct saved_vm *saved, uint32_t flags)
{
    for (uint32_t i = 0; i < 2; i++) {
        struct saved_memory *memory = &saved->memories[i];
        void *mapped = mmap(NULL, memory->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE, saved->file, memory->place);
        if (mapped == MAP_FAILED)
            fail("mmap of saved memory");
        struct kvm_userspace_memory_region region = {
            .slot = i, .flags = flags, .guest_phys_addr = memory->address, .memory_size = memory->size, .userspace_addr = (uintptr_t)mapped,
        };
        CONTROL(machine->vm, KVM_SET_USER_MEMORY_REGION, &region);
        if (i == 0)
            machine->memory = mapped;
        else
            sparse_memory = mapped;
    }
}

static void destroy(struct machine *machine, struct saved_vm *saved)
{
    munmap(machine->run, machine->run_size);
    close(machine->vcpu);
    close(machine->vm);
    munmap(machine->memory, saved->memories[0].size);
    munmap(sparse_memory, saved->memories[1].size);
}

static uint64_t restore(struct saved_vm *saved, uint64_t size, int count)
{
    if (!saved->file) {
        struct machine machine;
        CREATE_MACHINE(&machine, guest_page_writes, 0, 10);
        uint8_t *memory = map_memory(&machine, 1, window_address, size, 0);
        for (uint64_t page = 0; page < used_pages; page++)
            *(uint64_t *)(memory + used_at + page * page_size) = page + 1;
        capture(saved, &machine, memory, size);
    }
    uint64_t elapsed = 0;
    for (int i = 0; i < count; i++) {
        struct machine machine;
        create_vm(&machine);
        create_vcpu(&machine);
        uint64_t begin = now();
        map_saved(&machine, saved, 0);
        set_vcpu(&machine, &saved->vcpu);
        elapsed += now() - begin;
        destroy(&machine, saved);
    }
    return elapsed;
}

static uint64_t restore_4gib(int count)
{
    static struct saved_vm saved;
    return restore(&saved, 4ull << 30, count);
}

static uint64_t restore_64gib(int count)
{
    static struct saved_vm saved;
    return restore(&saved, 64ull << 30, count);
}

static void spawn_to_first_exit_64mib(int count)
{
    static struct saved_vm saved;
    if (!saved.file) {
        struct machine machine;
        CREATE_MACHINE(&machine, guest_port_writes, 0, 0);
        capture(&saved, &machine, map_memory(&machine, 1, window_address, small_size, 0), small_size);
    }
    for (int i = 0; i < count; i++) {
        struct machine machine;
        create_vm(&machine);
        map_saved(&machine, &saved, 0);
        create_vcpu(&machine);
        set_vcpu(&machine, &saved.vcpu);
        run(&machine);
        if (machine.run->exit_reason != KVM_EXIT_IO)
            unexpected_exit(&machine);
        destroy(&machine, &saved);
    }
}

static uint64_t put_back(struct machine *machine, uint32_t slot, uint8_t *memory, const uint8_t *original, uint64_t size)
{
    static uint64_t written[(64 << 20) / page_size / 64];
    struct kvm_dirty_log log = { .slot = slot, .dirty_bitmap = written };
    CONTROL(machine->vm, KVM_GET_DIRTY_LOG, &log);
    uint64_t pages = 0;
    for (uint64_t word = 0; word < size / page_size / 64; word++) {
        for (uint64_t bits = written[word]; bits; bits &= bits - 1) {
            uint64_t offset = (word * 64 + __builtin_ctzll(bits)) * page_size;
            memcpy(memory + offset, original + offset, page_size);
            pages++;
        }
    }
    return pages;
}

static uint64_t reset_10_pages(int count)
{
    static struct saved_vm saved;
    static struct machine machine;
    static uint8_t *memory;
    static const uint8_t *originals[2];
    if (!machine.run) {
        create_vm(&machine);
        machine.memory = map_memory(&machine, 0, 0, low_memory_size, KVM_MEM_LOG_DIRTY_PAGES);
        memcpy(machine.memory + code_address, guest_page_writes, sizeof guest_page_writes);
        memory = map_memory(&machine, 1, window_address, small_size, KVM_MEM_LOG_DIRTY_PAGES);
        create_vcpu(&machine);
        enter_long_mode(&machine, 0, 10);
        capture(&saved, &machine, memory, small_size);
        for (int i = 0; i < 2; i++) {
            originals[i] = mmap(NULL, saved.memories[i].size, PROT_READ, MAP_PRIVATE, saved.file, saved.memories[i].place);
            if (originals[i] == MAP_FAILED)
                fail("mmap of saved memory");
        }
    }
    uint64_t elapsed = 0;
    for (int i = 0; i < count; i++) {
        run_to_port(&machine, end_port);
        uint64_t begin = now();
        machine.run->immediate_exit = 1;
        if (ioctl(machine.vcpu, KVM_RUN, 0) == 0 || errno != EINTR)
            fail("the instruction of the exit does not end");
        machine.run->immediate_exit = 0;
        uint64_t pages = put_back(&machine, 0, machine.memory, originals[0], low_memory_size);
        pages += put_back(&machine, 1, memory, originals[1], small_size);
        set_what_changes(machine.vcpu, &saved.vcpu);
        set_clock(machine.vm, &saved.vcpu);
        elapsed += now() - begin;
        if (pages < 10)
            fail("pages that were put back");
    }
    return elapsed;
}

// Pages on their way to places side by side in a file.
struct batch { int file, count; uint64_t place, length; const uint8_t *end; struct iovec parts[256]; };

static void write_batch(struct batch *batch)
{
    if (batch->count && pwritev(batch->file, batch->parts, batch->count, batch->place) != (ssize_t)batch->length)
        fail("pwritev");
    batch->place += batch->length;
    batch->length = batch->count = 0;
}

// The pages of a bitmap with their checksums, one after the other to a place in a file.
static uint64_t save_written(const uint8_t *memory, const uint64_t *written, uint64_t size, int file, uint64_t place, uint32_t *sums)
{
    static struct batch batch;
    batch.file = file, batch.place = place;
    uint64_t saved = 0;
    for (uint64_t word = 0; word < size / page_size / 64; word++) {
        for (uint64_t bits = written[word]; bits; bits &= bits - 1) {
            const uint8_t *page = memory + (word * 64 + __builtin_ctzll(bits)) * page_size;
            if (is_zero(page))
                continue;
            sums[saved++] = page_sum(page);
            if (batch.length == sizeof batch.parts / sizeof batch.parts[0] * page_size)
                write_batch(&batch);
            if (batch.count && batch.end == page)
                batch.parts[batch.count - 1].iov_len += page_size;
            else
                batch.parts[batch.count++] = (struct iovec) { (void *)page, page_size };
            batch.length += page_size;
            batch.end = page + page_size;
        }
    }
    write_batch(&batch);
    return saved;
}

static uint64_t capture_changes_1000_pages(int count)
{
    static struct saved_vm saved;
    static struct machine machine;
    static uint8_t *memories[2];
    static uint64_t written[2][(64 << 20) / page_size / 64];
    static uint32_t sums[2048];
    if (!machine.run) {
        create_vm(&machine);
        memories[0] = machine.memory = map_memory(&machine, 0, 0, low_memory_size, KVM_MEM_LOG_DIRTY_PAGES);
        memcpy(machine.memory + code_address, guest_page_writes, sizeof guest_page_writes);
        memories[1] = map_memory(&machine, 1, window_address, small_size, KVM_MEM_LOG_DIRTY_PAGES);
        create_vcpu(&machine);
        enter_long_mode(&machine, 0, 10);
        capture(&saved, &machine, memories[1], small_size);
    }
    uint64_t elapsed = 0;
    for (int i = 0; i < count; i++) {
        // The monitor writes, and knows where.
        for (uint64_t page = 1; page < 2 * changed_pages; page += 2)
            memories[1][page * page_size] = i + 1;
        int file = open("/dev/shm", O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
        if (file < 0 || ftruncate(file, saved.memories[1].place + small_size))
            fail("a file in /dev/shm");
        uint64_t begin = now(), pages = 0;
        for (uint32_t slot = 0; slot < 2; slot++) {
            struct kvm_dirty_log log = { .slot = slot, .dirty_bitmap = written[slot] };
            CONTROL(machine.vm, KVM_GET_DIRTY_LOG, &log);
        }
        for (uint64_t page = 1; page < 2 * changed_pages; page += 2)
            written[1][page / 64] |= 1ull << page % 64;
        get_vcpu(&machine, &saved.vcpu);
        for (int slot = 0; slot < 2; slot++)
            pages += save_written(
                memories[slot], written[slot], saved.memories[slot].size, file, saved.memories[slot].place, sums + pages);
        elapsed += now() - begin;
        close(file);
        if (pages < changed_pages)
            fail("pages that were written");
    }
    return elapsed;
}
