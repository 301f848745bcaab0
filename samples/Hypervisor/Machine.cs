using System;
using VmcsGen.Kvm;
using VmcsGen.Vmx;
using VmcsGen.Vmx.Bochs;
using VmcsGen.Vmx.Creation;
using VmcsGen.Vmx.Kvm;
using VmcsGen.Vmx.Software;

namespace Hypervisor;

/// <summary>A processor with VMX, and memory for what the hypervisor builds and for its guest.</summary>
internal sealed class Machine : IDisposable
{
    private readonly IDisposable[] _parts;

    private Machine(string name, IVmxProcessor processor, ulong freeMemory, params IDisposable[] parts)
    {
        _parts = parts;
        Name = name;
        Processor = processor;
        GuestStart = freeMemory;
        Pages = new PhysicalPageAllocator(
            processor.Memory,
            new PhysicalMemoryRange(freeMemory + GreetingGuest.MemorySize, GreetingGuest.MemorySize)
        );
    }

    public string Name { get; }

    public IVmxProcessor Processor { get; }

    /// <summary>Where the guest's memory is.</summary>
    public ulong GuestStart { get; }

    /// <summary>Where VMCS, EPT tables and bitmaps go.</summary>
    public PhysicalPageAllocator Pages { get; }

    public static Machine? Start(string[] args, out string problem) =>
        args is ["bochs", ..] ? StartBochs(out problem) : StartSoftware(out problem);

    public void Dispose()
    {
        foreach (var part in _parts)
            part.Dispose();
    }

    private static Machine? StartBochs(out string problem)
    {
        problem = BochsMachine.Probe() ?? "";
        if (problem.Length > 0)
            return null;
        var bochs = BochsMachine.Start();
        return new($"Bochs, model {bochs.Model}", bochs.Cpu, bochs.Cpu.FreeMemory.Start, bochs);
    }

    private static Machine? StartSoftware(out string problem)
    {
        problem = "";
        if (!KvmHost.TryOpen(out var host, out var unavailable))
        {
            problem = $"No guest can run here: {unavailable.Message}\n{unavailable.Remedy}";
            return null;
        }
        var memory = GuestMemory.Allocate(4 * GreetingGuest.MemorySize);
        var executor = new KvmGuestExecutor(host);
        var processor = new SoftwareVmx(new RamPhysicalMemory(memory), executor: executor);
        return new("a VMX processor in software, with KVM", processor, GreetingGuest.MemorySize, executor, memory, host);
    }
}
