using System.Runtime.InteropServices;

namespace VmcsGen.Kvm.Interop;

/// <summary><c>struct sigaction</c> as glibc and musl lay it out on x86-64.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct SignalAction
{
    internal const nint SIG_DFL = 0;
    internal const nint SIG_IGN = 1;

    internal const int SA_ONSTACK = 0x0800_0000;
    internal const int SA_RESTART = 0x1000_0000;

    internal nint Handler;
    internal SignalSet Mask;
    internal int Flags;
    internal nint Restorer;
}
