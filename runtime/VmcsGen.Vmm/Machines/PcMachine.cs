using System;
using System.Collections.Generic;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using VmcsGen.Kvm;

namespace VmcsGen.Vmm;

/// <summary>
/// A PC: processors, memory, clock, ACPI hardware, serial ports, and what resets it and turns it off. Load a program, start it and wait for
/// its end. What is in it can be used alone too: this class only puts the parts together.
/// </summary>
/// <example>
/// <code>
/// using var machine = new PcMachine(host, new() { MemorySize = 512UL &lt;&lt; 20 });
/// machine.AddSerialPort(Console.OpenStandardOutput());
/// machine.Load(GuestImage.Parse(kernel), new CommandLine().Add("console", "ttyS0"), initrd);
/// machine.Start();
/// var end = machine.Wait();
/// </code>
/// </example>
[MustDispose]
public sealed partial class PcMachine : IDisposable
{
    private const ulong TssAddress = 0xFFFB_D000;
    private const int MostProcessors = 254;
    private const ulong FirstVirtio = 0xD000_0000;
    private const ulong VirtioStride = 0x1000;
    private const uint FirstVirtioLine = 16; // Pins of the I/O APIC that no device of old PCs has.
    private const int MostVirtio = 8;
    private static readonly (ushort Port, uint Line)[] s_serialPorts = [(0x3F8, 4), (0x2F8, 3), (0x3E8, 4), (0x2E8, 3)];

    private readonly PcConfiguration _configuration;
    private readonly KvmVcpu[] _vcpus;
    private readonly List<TableDevice> _tableDevices = [];
    private readonly List<IStatefulDevice> _devices = [];
    private readonly List<IDisposable> _bindings = [];
    private readonly Lock _gate = new();
    private int _serialPorts;
    private int _virtioDevices;
    private bool _hasFirmwareConfiguration;
    private MachineEnd? _end;

    /// <summary>Creates a PC that has no program yet.</summary>
    /// <param name="host">The host.</param>
    /// <param name="configuration">What the PC has; null for the default.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are too many processors, or the memory has no such size.</exception>
    /// <exception cref="KvmException">The kernel refused.</exception>
    public PcMachine(KvmHost host, PcConfiguration? configuration = null)
    {
        ArgumentNullException.ThrowIfNull(host);
        _configuration = configuration ?? new();
        var processors = _configuration.Processors;
        if (processors is < 1 or > MostProcessors || (processors > 1 && !_configuration.HasInterruptControllers))
            throw new ArgumentOutOfRangeException(
                nameof(configuration),
                processors,
                $"A PC has 1 to {MostProcessors} processors, and one without interrupt controllers."
            );
        Host = host;
        Vm = host.CreateVm();
        _vcpus = new KvmVcpu[processors];
        try
        {
            Memory = new PcMemory(Vm, _configuration.MemorySize);
            Vm.SetTssAddr((nuint)TssAddress);
            if (_configuration.HasInterruptControllers)
                AddInterruptControllers();
            AddProcessors();
            Loop = new EventLoop("devices");
            AddFixedDevices();
            Threads = new VcpuThreads(Serve, _vcpus);
            _ = Loop.Ended.ContinueWith(
                static (ended, threads) => ((VcpuThreads)threads!).Fail(ended.Exception!.InnerException!),
                Threads,
                CancellationToken.None,
                TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Default
            );
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The host.</summary>
    public KvmHost Host { get; }

    /// <summary>The VM.</summary>
    public KvmVm Vm { get; }

    /// <summary>Its processors; the first one boots.</summary>
    public IReadOnlyList<KvmVcpu> Vcpus => _vcpus;

    /// <summary>Its memory.</summary>
    public PcMemory Memory { get; } = null!;

    /// <summary>Its devices by address. More may be added.</summary>
    public DeviceBuses Buses { get; } = new();

    /// <summary>The processors' threads, to pause them.</summary>
    public VcpuThreads Threads { get; } = null!;

    /// <summary>
    /// What serves virtio devices and input, beside the processors; it runs from <see cref="Start"/> on. What a handler throws ends the
    /// machine and surfaces in <see cref="Wait"/>.
    /// </summary>
    public EventLoop Loop { get; } = null!;

    /// <summary>The ACPI hardware, with the power button.</summary>
    public AcpiHardware Acpi { get; private set; } = null!;

    /// <summary>Devices with state, in the order in which they were added.</summary>
    public IReadOnlyList<IStatefulDevice> StatefulDevices => _devices;

    /// <summary>
    /// Looks at exits before the machine does: a debugger's. It returns true for those that it has served.
    /// </summary>
    public VcpuExitFilter? ExitFilter { get; set; }

    /// <summary>An interrupt line of the PC, or null if it has no interrupt controllers.</summary>
    /// <param name="gsi">Its number.</param>
    public IInterruptLine? InterruptLine(uint gsi) => _configuration.HasInterruptControllers ? new KvmInterruptLine(Vm, gsi) : null;

    /// <summary>Loads a program and writes the tables that tell of the machine. Add devices before.</summary>
    /// <remarks>
    /// For multiboot it also sets interrupt controllers and timer as a BIOS leaves them. Source: Multiboot Specification 0.6.96, 3.2.
    /// </remarks>
    /// <param name="image">The program.</param>
    /// <param name="commandLine">Its command line.</param>
    /// <param name="initialFileSystem">Its initial file system.</param>
    /// <exception cref="ImageException">A file has a mistake, or does not fit into the memory.</exception>
    /// <exception cref="ArgumentException">The program cannot be told these things.</exception>
    public void Load(GuestImage image, CommandLine? commandLine = null, ImageFile? initialFileSystem = null)
    {
        ArgumentNullException.ThrowIfNull(image);
        var hasTables = GuestBoot.IsTold(image.Protocol) || image.Segments[0].Address >= BootLayout.AcpiEnd;
        var start = GuestBoot.Prepare(
            Vm.Memory,
            image,
            new BootInformation
            {
                MemoryMap = Memory.Map,
                CommandLine = commandLine ?? new(),
                InitialFileSystem = initialFileSystem,
                AcpiRootPointer = hasTables ? BootLayout.Acpi : 0,
            }
        );
        if (hasTables)
            WriteTables();
        if (image.Protocol == BootProtocol.Multiboot && _configuration.HasInterruptControllers)
            BiosControllers.SetUp(Vm);
        start.ApplyTo(_vcpus[0]);
    }

    /// <summary>Starts the processors, and the loop that serves devices.</summary>
    /// <exception cref="InvalidOperationException">They were started or stopped before.</exception>
    public void Start()
    {
        Threads.Start();
        Loop.Start();
    }

    /// <summary>Pauses the processors between two instructions and the loop between two handlers, and waits until they are.</summary>
    /// <param name="cancellationToken">Ends the wait for the processors; the machine goes on then.</param>
    /// <returns>The pause: the machine goes on when it is disposed of.</returns>
    /// <exception cref="InvalidOperationException">The calling thread runs a processor of the machine.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public PcPause Pause(CancellationToken cancellationToken = default)
    {
        // The processors first: a guest that runs on could keep the loop at work.
        var vcpus = Threads.Pause(cancellationToken);
        return new(vcpus, Loop.Pause());
    }

    /// <summary>Waits until the machine ends.</summary>
    /// <param name="cancellationToken">Ends the wait; the machine goes on.</param>
    /// <returns>How it ended.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="VcpuException">A processor cannot go on.</exception>
    public MachineEnd Wait(CancellationToken cancellationToken = default)
    {
        Threads.Wait(cancellationToken);
        if (!Loop.IsCurrent)
            Loop.Finish(); // The guest's last words may still be in a queue.
        lock (_gate)
            return _end ?? new(MachineEndReason.Stopped);
    }

    /// <summary>Ends the machine, from any thread; the first end counts.</summary>
    /// <param name="end">How it ends.</param>
    public void End(MachineEnd end)
    {
        lock (_gate)
            _end ??= end;
        Threads.RequestStop();
    }

    /// <summary>Stops the processors and releases everything.</summary>
    public void Dispose()
    {
        Threads?.Dispose();
        Loop?.Stop();
        for (var i = _bindings.Count - 1; i >= 0; i--)
            _bindings[i].Dispose();
        Loop?.Dispose();
        foreach (var vcpu in _vcpus)
            vcpu?.Dispose();
        Vm.Dispose();
        Memory?.Dispose();
    }

    private void AddInterruptControllers()
    {
        Vm.CreateIrqchip();
        Vm.CreatePit2(new KvmPitConfig { Flags = KvmPitConfigFlags.SpeakerDummy });
        Vm.SetGsiRouting(GsiRouting.CreatePc(timerOnPin2: true));
    }

    private void AddProcessors()
    {
        var cpuid = CpuidBuilder.FromSupported(Host);
        cpuid[CpuidFeature.Hypervisor] = true; // Older KVMs do not list what every guest of theirs sees.
        if (_configuration.HasInterruptControllers && Host.Has(KvmCapability.TscDeadlineTimer))
            cpuid[CpuidFeature.TscDeadline] = true; // KVM has it, and does not list it.
        for (var i = 0; i < _vcpus.Length; i++)
        {
            _vcpus[i] = Vm.CreateVcpu(i);
            var own = cpuid.Clone();
            own.SetTopology((uint)i, _vcpus.Length);
            _vcpus[i].SetCpuid2(own);
        }
    }

    private void WriteTables()
    {
        PcDescription pc = new()
        {
            ApicIds = Array.ConvertAll(_vcpus, static vcpu => (byte)vcpu.Id),
            Devices = _tableDevices,
            HasIoApic = _configuration.HasInterruptControllers,
        };
        AcpiTables.Write(Vm.Memory, BootLayout.Acpi, BootLayout.Handlers, pc);
        if (!_configuration.HasInterruptControllers)
            return;
        CpuidBuilder cpuid = new(_vcpus[0].GetCpuid2().Entries);
        cpuid.TryFind(1, 0, out var leaf);
        // The last KiB of conventional memory holds some 40 processors; guests that have more read the ACPI tables.
        MpTables.Write(
            Vm.Memory,
            BootLayout.ExtendedBiosData,
            pc with
            {
                ApicIds = pc.ApicIds.Count > 32 ? [0] : pc.ApicIds,
            },
            leaf.Eax,
            leaf.Edx
        );
    }

    private VcpuNext Serve(KvmVcpu vcpu, KvmExit exit)
    {
        if (ExitFilter?.Invoke(vcpu, exit) == true || Buses.Dispatch(exit))
            return VcpuNext.Run;
        switch (exit.Reason)
        {
            case KvmExitReason.Hlt:
                End(new(MachineEndReason.Halt));
                return VcpuNext.Stop;
            case KvmExitReason.Shutdown:
                End(new(MachineEndReason.TripleFault));
                return VcpuNext.Stop;
            case KvmExitReason.SystemEvent:
                End(new(MachineEndReason.Reset));
                return VcpuNext.Stop;
            default:
                throw new VcpuException(vcpu.Id, exit.ToString());
        }
    }
}
