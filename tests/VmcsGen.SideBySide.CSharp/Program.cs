using System;
using System.Collections.Generic;
using System.Globalization;
using VmcsGen.SideBySide;

// The operations of benchmarks.inc in C#. Without arguments: prints "name<TAB>nanoseconds" for all of them. With "serve": reads
// "name batches" lines, measures so many batches of the name and prints the fastest. With "first-exit": the shortest VMM. With
// "allocations": prints "name<TAB>bytes" that one operation allocates.
if (args is [FirstExit.Argument, var start])
    return FirstExit.Run(start);

var operations = new Dictionary<string, Operation>();
if (args is ["serve"])
{
    while (Console.ReadLine() is { } line)
    {
        var (name, batches) = (line.Split(' ')[0], int.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture));
        foreach (var benchmark in SharedText.Benchmarks)
        {
            if (benchmark.Name == name)
                Report(benchmark.Name, benchmark.Count, batches);
        }
    }
    return 0;
}

foreach (var (name, count) in SharedText.Benchmarks)
{
    if (args is ["allocations"])
        ReportAllocations(name, count);
    else
        Report(name, count, batches: 60);
}
if (args is [])
    FirstExit.RunInChild();
return 0;

void Report(string name, int count, int batches)
{
    var operation = Get(name);
    operation.Measure(count); // Prepares, and is not counted.
    var best = long.MaxValue;
    for (var i = 0; i < batches; i++)
        best = Math.Min(best, operation.Measure(count));
    Print(name, (double)best / count);
}

void ReportAllocations(string name, int count)
{
    var operation = Get(name);
    operation.Measure(count);
    var before = GC.GetAllocatedBytesForCurrentThread();
    operation.Measure(count);
    Print(name, (double)(GC.GetAllocatedBytesForCurrentThread() - before) / count);
}

static void Print(string name, double value)
{
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}\t{value:F2}"));
    Console.Out.Flush();
}

Operation Get(string name)
{
    if (!operations.TryGetValue(name, out var operation))
        operations.Add(name, operation = Create(name));
    return operation;
}

static Operation Create(string name) =>
    name switch
    {
        "get_api_version" => new GetApiVersion(),
        "check_extension" => new CheckExtension(),
        "get_regs" => new GetRegs(),
        "set_regs" => new SetRegs(),
        "get_sregs" => new GetSregs(),
        "run_immediate_exit" => new RunImmediateExit(),
        "pio_exit_cpl0" => new PortExits(cpl: 0),
        "pio_exit_cpl3" => new PortExits(cpl: 3),
        "pio_exit_sync_regs" => new SyncRegsExits(),
        "mmio_exit_cpl0" => new MemoryExits(cpl: 0),
        "mmio_exit_cpl3" => new MemoryExits(cpl: 3),
        "ioeventfd_signal" => new IoeventfdSignals(),
        "coalesced_mmio_write" => new CoalescedWrites(),
        "irqfd_to_halted_guest" => new IrqfdToHaltedGuest(),
        "dirty_log_1gib_clean" => new CleanDirtyLog(),
        "dirty_log_1gib_512_dirty" => new DirtyLog(),
        "dirty_ring_harvest" => new DirtyRingHarvest(),
        "create_destroy_vm_vcpu" => new CreateDestroy(),
        "capture_pause_4gib" => new CapturePause(4ul << 30),
        "capture_changes_1000_pages" => new CaptureChanges(),
        "restore_4gib" => new Restore(4ul << 30),
        "restore_64gib" => new Restore(64ul << 30),
        "spawn_to_first_exit_64mib" => new Spawn(),
        "reset_10_pages" => new Reset(),
        "vmcs12_read_by_encoding" => new ReadsByEncoding(),
        "vmcs12_typed_read" => new TypedReads(),
        _ => throw new InvalidOperationException($"There is no operation {name}."),
    };
