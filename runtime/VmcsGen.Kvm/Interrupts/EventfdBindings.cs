using System.Collections.Concurrent;
using VmcsGen.Kvm.Interop;

namespace VmcsGen.Kvm;

/// <summary>The bindings of a VM that are in force, each of which keeps its eventfds open.</summary>
internal sealed class EventfdBindings(KvmDescriptor vm)
{
    // The values mean nothing.
    private readonly ConcurrentDictionary<EventfdBinding, byte> _bindings = new();

    internal KvmDescriptor Vm => vm;

    internal bool Holds(EventfdBinding binding) => _bindings.ContainsKey(binding);

    internal void Add(EventfdBinding binding) => _bindings[binding] = 0;

    /// <summary>Whether the binding was there: whoever takes it out releases it.</summary>
    internal bool Remove(EventfdBinding binding) => _bindings.TryRemove(binding, out _);

    /// <summary>Lets all descriptors be closed. Called once, when nothing can use the VM any more.</summary>
    internal void ReleaseAll()
    {
        foreach (var binding in _bindings.Keys)
            binding.Release();
        _bindings.Clear();
    }
}
