using System;
using System.Collections.Generic;
using System.IO;
using VmcsGen.Kvm;

namespace VmcsGen.Vmm;

public sealed partial class PcMachine
{
    /// <summary>Writes the machine as it is now: pauses it, writes processors, memory and devices, and lets it go on.</summary>
    /// <remarks>What disks hold is not in it: keep them as they are until the machine goes on from the snapshot.</remarks>
    /// <param name="stream">Where the snapshot goes.</param>
    /// <returns>What this host did not give and a guest may do without.</returns>
    /// <exception cref="InvalidOperationException">The calling thread runs a processor of the machine.</exception>
    /// <exception cref="IOException">The stream takes no more.</exception>
    /// <exception cref="KvmException">The kernel refused.</exception>
    public IReadOnlyList<StateGap> Save(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        using var pause = Pause();
        using var state = VmState.Capture(Host, Vm, _vcpus);
        PcSnapshot.Add(state, _devices);
        state.Save(stream);
        return state.Gaps;
    }

    /// <summary>
    /// Makes the machine one that <see cref="Save"/> wrote, perhaps in another process: instead of <see cref="Load"/>. It must have the
    /// same processors, memory and devices, and not have been started.
    /// </summary>
    /// <param name="stream">The snapshot. It need not be trusted.</param>
    /// <returns>What this host did not take and a guest may do without.</returns>
    /// <exception cref="InvalidDataException">It is no snapshot, or one of another machine; the message says where.</exception>
    /// <exception cref="ArgumentException">The machine has other processors or memory, or the state of a device makes no sense.</exception>
    /// <exception cref="KvmException">The kernel refused a piece. The machine is in no defined state then.</exception>
    public IReadOnlyList<StateGap> Restore(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        using var state = VmState.Load(stream);
        var devices = PcSnapshot.Take(state, _devices);
        var gaps = state.RestoreTo(Vm, _vcpus);
        // After the memory, in which queues lie, and the interrupt controllers, to which lines lead.
        for (var i = 0; i < devices.Length; i++)
            _devices[i].RestoreState(devices[i]);
        return gaps;
    }

    /// <summary>Writes the machine as a core file, which gdb opens beside the kernel's symbols; pauses it for the time.</summary>
    /// <param name="stream">Where the core goes.</param>
    /// <exception cref="InvalidOperationException">The calling thread runs a processor of the machine.</exception>
    /// <exception cref="IOException">The stream takes no more.</exception>
    public void WriteCore(Stream stream)
    {
        using var pause = Pause();
        MemoryMapRange low = new(0, Memory.Below4G, MemoryKind.Usable);
        MemoryMapRange high = new(PcMemory.HoleEnd, Memory.Above4G, MemoryKind.Usable);
        CoreFile.Write(stream, _vcpus, Vm.Memory, Memory.Above4G > 0 ? [low, high] : [low]);
    }
}
