using VmcsGen.Vmx;
using VmcsGen.Vmx.Structures;

namespace BareMetal;

/// <summary>Which ports and MSRs cause VM exits (SDM 3C 25.6.4 and 25.6.9): all but those that guests may use by themselves.</summary>
internal static unsafe class Bitmaps
{
    // Writing to it only takes time: programs wait by it.
    private const ushort DelayPort = 0x80;
    private const uint TimeStampCounter = 0x10;

    /// <summary>Writes them, and their addresses into the current VMCS.</summary>
    public static void Write()
    {
        var a = (byte*)Memory.Page();
        var b = (byte*)Memory.Page();
        var ports = new IoBitmaps(new(a, (int)Memory.PageSize), new(b, (int)Memory.PageSize));
        ports.InterceptAll();
        ports.Allow(DelayPort);

        var page = (byte*)Memory.Page();
        var msrs = new MsrBitmap(new(page, (int)Memory.PageSize));
        msrs.InterceptAll();
        msrs.Allow(TimeStampCounter, MsrAccess.Read);

        var vmcs = ProcessorVmcs.Current;
        vmcs.IoBitmapA = (ulong)a;
        vmcs.IoBitmapB = (ulong)b;
        vmcs.MsrBitmap = (ulong)page;
    }
}
