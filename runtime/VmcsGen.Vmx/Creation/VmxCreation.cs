using System;

namespace VmcsGen.Vmx.Creation;

/// <summary>A vCPU while its steps are done.</summary>
internal sealed class VmxCreation(VmxVcpuBuilder builder)
{
    internal VmxVcpuBuilder Builder { get; } = builder;

    internal IVmxProcessor Processor => Builder.Processor;

    internal UndoList Undo { get; } = new();

    internal VmxCapabilities Capabilities { get; set; } = null!;

    internal VmxControlSet Controls { get; set; }

    internal VmxOperation Operation { get; set; } = null!;

    internal ushort Vpid { get; set; }

    /// <summary>Physical address of the VMCS region.</summary>
    internal ulong Region { get; set; }

    /// <summary>What was current before, until the vCPU is complete.</summary>
    internal ulong PreviousVmcs { get; set; } = ulong.MaxValue;

    internal EptMap? Ept { get; set; }

    internal ulong? PmlPage { get; set; }

    internal ulong? GuestMsrArea { get; set; }

    /// <summary>What the VMCS will hold. Each step sends what it writes.</summary>
    internal VmcsDraft Draft { get; } = new(builder.Processor);

    internal DraftAccess Access => new(Draft);

    /// <summary>A zeroed page that goes back when this is undone.</summary>
    internal ulong TakePage()
    {
        var page = Builder.Pages.Allocate();
        Undo.Add(() => Builder.Pages.Free(page));
        return page;
    }

    /// <summary>A page with given contents.</summary>
    internal ulong TakePage(ReadOnlySpan<byte> contents)
    {
        var page = TakePage();
        Processor.Memory.Write(page, contents);
        return page;
    }
}
