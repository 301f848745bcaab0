// The operations of benchmarks.inc in C. Without arguments: prints "name<TAB>nanoseconds" for all of them. With "serve": reads
// "name batches" lines, measures so many batches of the name and prints the fastest. With "first-exit": the shortest VMM.
#define _GNU_SOURCE
#include "machine.h"
#include "calls.h"
#include "exits.h"
#include "events.h"
#include "dirty.h"
#include "states.h"
#include "vmcs.h"
#include <spawn.h>
#include <sys/wait.h>

extern char **environ;

// Most operations are timed as they are repeated; some prepare each repetition and time the rest themselves.
#define TIMED(operation) \
    static uint64_t measure_##operation(int count) \
    { \
        uint64_t begin = now(); \
        operation(count); \
        return now() - begin; \
    }
TIMED(get_api_version)
TIMED(check_extension)
TIMED(get_regs)
TIMED(set_regs)
TIMED(get_sregs)
TIMED(run_immediate_exit)
TIMED(pio_exit_cpl0)
TIMED(pio_exit_cpl3)
TIMED(pio_exit_sync_regs)
TIMED(mmio_exit_cpl0)
TIMED(mmio_exit_cpl3)
TIMED(ioeventfd_signal)
TIMED(coalesced_mmio_write)
TIMED(dirty_log_1gib_clean)
TIMED(create_destroy_vm_vcpu)
TIMED(spawn_to_first_exit_64mib)
TIMED(vmcs12_read_by_encoding)
TIMED(vmcs12_typed_read)
#define measure_irqfd_to_halted_guest irqfd_to_halted_guest
#define measure_dirty_log_1gib_512_dirty dirty_log_1gib_512_dirty
#define measure_dirty_ring_harvest dirty_ring_harvest
#define measure_capture_pause_4gib capture_pause_4gib
#define measure_capture_changes_1000_pages capture_changes_1000_pages
#define measure_restore_4gib restore_4gib
#define measure_restore_64gib restore_64gib
#define measure_reset_10_pages reset_10_pages

static const struct benchmark {
    const char *name;
    int count;
    uint64_t (*measure)(int count);
} benchmarks[] = {
#define BENCHMARK(name, count) { #name, count, measure_##name },
#include "benchmarks.inc"
#undef BENCHMARK
};

enum { benchmark_count = sizeof benchmarks / sizeof benchmarks[0] };

static void report(const struct benchmark *benchmark, int batches)
{
    benchmark->measure(benchmark->count); // Prepares, and is not counted.
    uint64_t best = UINT64_MAX;
    for (int i = 0; i < batches; i++) {
        uint64_t elapsed = benchmark->measure(benchmark->count);
        if (elapsed < best)
            best = elapsed;
    }
    printf("%s\t%.2f\n", benchmark->name, (double)best / benchmark->count);
    fflush(stdout);
}

static void serve(void)
{
    char name[64];
    int batches;
    while (scanf("%63s %d", name, &batches) == 2) {
        for (int i = 0; i < benchmark_count; i++) {
            if (!strcmp(benchmarks[i].name, name))
                report(&benchmarks[i], batches);
        }
    }
}

// Prints the nanoseconds from a time of CLOCK_MONOTONIC to here and to the first exit, and the most memory, in bytes, that was
// resident.
static void first_exit(const char *start)
{
    uint64_t begin = strtoull(start, NULL, 10);
    uint64_t main = now();
    open_kvm();
    struct machine machine;
    create_vm(&machine);
    machine.memory = map_memory(&machine, 0, code_address, page_size, 0);
    memcpy(machine.memory, guest_first_exit, sizeof guest_first_exit);
    create_vcpu(&machine);
    enter_real_mode(&machine);
    run_to_port(&machine, 0x10);
    uint64_t end = now();
    unsigned long peak = 0;
    FILE *status = fopen("/proc/self/status", "r");
    char line[256];
    while (status && fgets(line, sizeof line, status)) {
        if (sscanf(line, "VmHWM: %lu", &peak) == 1)
            break;
    }
    printf("process_start_to_main\t%llu\nprocess_start_to_first_exit\t%llu\npeak_memory_of_minimal_vmm\t%lu\n",
        (unsigned long long)(main - begin), (unsigned long long)(end - begin), peak * 1024);
}

static void *wait_for_ever(void *nothing)
{
    pause();
    return nothing;
}

// A VMM has several threads, as every C# program has: in a process that has only one the kernel finds the file of a descriptor
// faster, since nobody can close it meanwhile.
static void start_second_thread(void)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, wait_for_ever, NULL))
        fail("thread");
}

static void start_self(const char *program)
{
    char start[32];
    snprintf(start, sizeof start, "%llu", (unsigned long long)now());
    char *arguments[] = { (char *)program, "first-exit", start, NULL };
    pid_t child;
    fflush(stdout);
    if (posix_spawn(&child, "/proc/self/exe", NULL, NULL, arguments, environ))
        fail("spawn");
    waitpid(child, NULL, 0);
}

int main(int count, char **arguments)
{
    if (count == 3 && !strcmp(arguments[1], "first-exit")) {
        first_exit(arguments[2]);
        return 0;
    }
    open_kvm();
    start_second_thread();
    if (count == 2 && !strcmp(arguments[1], "serve")) {
        serve();
        return 0;
    }
    for (int i = 0; i < benchmark_count; i++)
        report(&benchmarks[i], 20);
    start_self(arguments[0]);
    return 0;
}
