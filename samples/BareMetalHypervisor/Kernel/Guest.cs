using VmcsGen.Vmx;

namespace BareMetal;

/// <summary>A guest: its memory, its VMCS, its registers, and what it has done so far.</summary>
internal unsafe ref struct Guest
{
    public GuestRegisters Registers;

    /// <summary>VM exits so far.</summary>
    public uint Exits;

    /// <summary>What the guest reads from the MSR that this hypervisor invented.</summary>
    public ulong Msr;

    /// <summary>Whether the guest is in the middle of a line that it prints.</summary>
    public bool IsPrinting;

    /// <summary>Interrupts that the guest's handlers took.</summary>
    public uint Interrupts;

    /// <summary>Whether it said that it is done.</summary>
    public bool IsDone;

    /// <summary>Why it cannot go on; empty if it can.</summary>
    public string Trouble;

    private bool _isLaunched;

    /// <summary>Creates a guest and makes its VMCS the current one.</summary>
    public Guest(GuestMode mode)
    {
        var image = GuestImage.Of(mode);
        Registers = GuestRegisters.Create();
        Memory = new GuestMemory(image->LatePage);
        Image = image;
        Trouble = "";
        for (ulong i = 0; i < image->Size; i++)
            Memory.At(image->Base)[i] = ((byte*)image)[i];

        var region = (ulong)VmxOperation.Region();
        if (VmxInstructions.Clear(&region) != 0 || VmxInstructions.Load(&region) != 0)
            Power.Fail("VMCLEAR or VMPTRLD failed.");
        Controls.Write(mode);
        Bitmaps.Write();
        HostState.Write();
        GuestState.Write(mode, image, Memory);
        var vmcs = ProcessorVmcs.Current;
        vmcs.EptPointer = Memory.EptPointer;
    }

    public GuestMemory Memory { get; }

    public GuestImage* Image { get; }

    /// <summary>Runs until the next VM exit.</summary>
    public VmxResult Run()
    {
        fixed (GuestRegisters* registers = &Registers)
        {
            var result = ProcessorVmcs.ResultOf(VmxInstructions.Enter(registers, _isLaunched ? 1u : 0u));
            // An entry that fails by a VM exit does not launch (SDM 3C 27.8).
            _isLaunched |= result.IsSuccess && !ProcessorVmcs.Current.ExitReason.EntryFailure;
            return result;
        }
    }
}
