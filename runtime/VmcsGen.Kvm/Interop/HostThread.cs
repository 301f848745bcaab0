using System;
using System.Runtime.CompilerServices;
using System.Threading;

namespace VmcsGen.Kvm.Interop;

/// <summary>A host thread that uses vCPUs: its kernel id, to which a kick is sent, and whether it still exists.</summary>
internal sealed class HostThread
{
    [ThreadStatic]
    private static HostThread? t_current;

    private readonly Thread _thread = Thread.CurrentThread;

    private HostThread() => Id = Libc.ThreadId();

    internal static HostThread Current
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => t_current ?? Register();
    }

    /// <summary>The kernel's thread id, never 0 and never negative.</summary>
    internal int Id { get; }

    internal bool IsAlive => _thread.IsAlive;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static HostThread Register() => t_current = new HostThread();
}
