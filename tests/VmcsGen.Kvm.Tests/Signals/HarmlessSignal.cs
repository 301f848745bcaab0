using System.Runtime.InteropServices;
using VmcsGen.Kvm.Interop;
using Xunit;

namespace VmcsGen.Kvm.Tests.Signals;

/// <summary>A signal of another party than the runtime.</summary>
internal static class HarmlessSignal
{
    /// <summary>
    /// Makes libc's abs the handler, which does no harm whenever it is called; a signal that is ignored would not interrupt.
    /// </summary>
    public static unsafe void Install(int signal)
    {
        SignalAction action = new()
        {
            Handler = NativeLibrary.GetExport(NativeLibrary.GetMainProgramHandle(), "abs"),
            Flags = SignalAction.SA_RESTART,
        };
        Assert.Equal(0, Libc.SignalAction(signal, &action, null));
    }
}
