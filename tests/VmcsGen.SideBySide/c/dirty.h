// Which pages the guest wrote, of 1 GiB. It writes 512 pages, each in a large page of its own.
enum { dirty_pages = 512, ring_entries = 4096 };

static void create_writer(struct machine *machine, int with_ring)
{
    create_vm(machine);
    if (with_ring) {
        struct kvm_enable_cap ring = { .cap = KVM_CAP_DIRTY_LOG_RING_ACQ_REL, .args = { ring_entries * sizeof(struct kvm_dirty_gfn) } };
        CONTROL(machine->vm, KVM_ENABLE_CAP, &ring);
    }
    machine->memory = map_memory(machine, 0, 0, low_memory_size, 0);
    memcpy(machine->memory + code_address, guest_page_writes, sizeof guest_page_writes);
    map_memory(machine, 1, window_address, window_size, KVM_MEM_LOG_DIRTY_PAGES);
    create_vcpu(machine);
    enter_long_mode(machine, 3, dirty_pages);
}

static struct machine writer;
static uint64_t *bitmap;

static void prepare_writer(void)
{
    if (writer.run)
        return;
    create_writer(&writer, 0);
    bitmap = calloc(1, window_size / page_size / 8);
}

static inline void get_dirty_log(void)
{
    struct kvm_dirty_log log = { .slot = 1, .dirty_bitmap = bitmap };
    CONTROL(writer.vm, KVM_GET_DIRTY_LOG, &log);
}

static void dirty_log_1gib_clean(int count)
{
    prepare_writer();
    for (int i = 0; i < count; i++)
        get_dirty_log();
    sink = bitmap[0];
}

static uint64_t dirty_log_1gib_512_dirty(int count)
{
    prepare_writer();
    uint64_t elapsed = 0;
    for (int i = 0; i < count; i++) {
        run_to_port(&writer, end_port);
        uint64_t begin = now();
        get_dirty_log();
        elapsed += now() - begin;
        if (bitmap[8] != 1)
            fail("dirty pages");
    }
    get_dirty_log();
    return elapsed;
}

static uint64_t dirty_ring_harvest(int count)
{
    static struct machine machine;
    static struct kvm_dirty_gfn *ring;
    static uint32_t next;
    static struct { uint32_t slot; uint64_t page; } pages[dirty_pages];
    if (!machine.run) {
        create_writer(&machine, 1);
        ring = mmap(NULL, ring_entries * sizeof *ring, PROT_READ | PROT_WRITE, MAP_SHARED, machine.vcpu, KVM_DIRTY_LOG_PAGE_OFFSET * page_size);
        if (ring == MAP_FAILED)
            fail("mmap of the dirty ring");
    }
    uint64_t elapsed = 0;
    for (int i = 0; i < count; i++) {
        run_to_port(&machine, end_port);
        uint64_t begin = now();
        int harvested = 0;
        while (harvested < dirty_pages) {
            struct kvm_dirty_gfn *entry = &ring[next];
            if (__atomic_load_n(&entry->flags, __ATOMIC_ACQUIRE) != KVM_DIRTY_GFN_F_DIRTY)
                break;
            pages[harvested].slot = entry->slot;
            pages[harvested].page = entry->offset;
            harvested++;
            __atomic_store_n(&entry->flags, KVM_DIRTY_GFN_F_RESET, __ATOMIC_RELEASE);
            next = next + 1 == ring_entries ? 0 : next + 1;
        }
        CONTROL(machine.vm, KVM_RESET_DIRTY_RINGS, 0);
        elapsed += now() - begin;
        if (harvested != dirty_pages)
            fail("harvested pages");
        sink = pages[dirty_pages - 1].page;
    }
    return elapsed;
}
