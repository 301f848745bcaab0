using System;

namespace VmcsGen.Kvm;

/// <summary>
/// The two buses of a VM, and the dispatch of exits to them. One object serves all vCPUs of a VM.
/// </summary>
/// <example>
/// <code>
/// var buses = new DeviceBuses();
/// buses.Ports.Add(0x3F8, 8, serial);
/// while (true)
/// {
///     var exit = vcpu.Run();
///     if (!buses.Dispatch(exit))
///         Handle(exit); // HLT, shutdown and the like.
/// }
/// </code>
/// </example>
public sealed class DeviceBuses
{
    private readonly CoalescedWriteHandler _deliver;

    /// <summary>Creates two buses without devices.</summary>
    public DeviceBuses() => _deliver = Deliver;

    /// <summary>The I/O ports.</summary>
    public AddressBus Ports { get; } = new(BusAddressSpace.Ports);

    /// <summary>The guest physical addresses that are not memory.</summary>
    public AddressBus Mmio { get; } = new(BusAddressSpace.Mmio);

    /// <summary>
    /// Lets the devices serve an exit, in place: the next Run goes on with what they answered. Call it for every exit of a VM that
    /// has coalesced zones: the writes collected there come first, as the guest made them before. It allocates nothing.
    /// </summary>
    /// <remarks>
    /// A string instruction may come as one exit of several items. Each is an access of its own to the same port, in order. What a
    /// device throws ends the dispatch and passes to the caller; items that were served stay served.
    /// </remarks>
    /// <param name="exit">The exit.</param>
    /// <returns>False if it is about something else than ports and MMIO, and is left to the caller.</returns>
    /// <exception cref="InvalidOperationException">The exit is over.</exception>
    public bool Dispatch(KvmExit exit)
    {
        var vcpu = exit.Vcpu;
        vcpu.DrainCoalesced(_deliver);
        switch (exit.Reason)
        {
            case KvmExitReason.Io:
                Serve(exit.Io);
                break;
            case KvmExitReason.Mmio:
                Serve(exit.Mmio);
                break;
            default:
                return false;
        }
        GC.KeepAlive(vcpu); // Devices work on its run page.
        return true;
    }

    private void Serve(KvmIoExit io)
    {
        var size = io.Size;
        var port = io.Port;
        var isRead = io.Direction == KvmIoDirection.In;
        for (var items = io.Items; items.Length >= size && size > 0; items = items[size..])
        {
            if (isRead)
                Ports.Read(port, items[..size]);
            else
                Ports.Write(port, items[..size]);
        }
    }

    private void Serve(KvmMmioExit mmio)
    {
        if (mmio.IsWrite)
            Mmio.Write(mmio.Address, mmio.Bytes);
        else
            Mmio.Read(mmio.Address, mmio.Bytes);
    }

    private void Deliver(CoalescedWrite write) => (write.IsPort ? Ports : Mmio).Write(write.Address, write.Data);
}
