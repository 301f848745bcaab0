using System;
using System.Collections.Generic;

namespace VmcsGen.Kvm;

// Who writes into guest memory what is not the guest's.
internal sealed partial class MemorySlotTable
{
    // Guarded by itself.
    private readonly List<IMemoryPatch> _patches = [];

    internal void Add(IMemoryPatch patch)
    {
        lock (_patches)
            _patches.Add(patch);
    }

    internal void Remove(IMemoryPatch patch)
    {
        lock (_patches)
            _patches.Remove(patch);
    }

    /// <summary>Takes out what is not the guest's until the result is disposed of. The vCPUs must stand still.</summary>
    internal LiftedPatches LiftPatches()
    {
        lock (_patches)
            return _patches.Count == 0 ? default : new([.. _patches]);
    }

    /// <summary>What was taken out.</summary>
    internal readonly struct LiftedPatches : IDisposable
    {
        private readonly IMemoryPatch[]? _patches;
        private readonly List<ulong>? _lifted;

        internal LiftedPatches(IMemoryPatch[] patches)
        {
            _patches = patches;
            _lifted = [];
            foreach (var patch in patches)
                patch.Lift(_lifted);
        }

        /// <summary>The guest physical addresses of bytes that are the guest's now.</summary>
        internal IReadOnlyList<ulong> Addresses => _lifted ?? [];

        public void Dispose()
        {
            foreach (var patch in _patches ?? [])
                patch.Lower(_lifted!);
        }
    }
}
