using System.Runtime.CompilerServices;

namespace VmcsGen.Kvm.Interop;

/// <summary><c>sigset_t</c> of glibc and musl: 1024 bits, signal n is bit n-1.</summary>
[InlineArray(16)]
internal struct SignalSet
{
    private ulong _word;
}
