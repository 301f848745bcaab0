using VmcsGen.Vmx;

namespace BareMetal.Lifting;

/// <summary>The system as a guest: its registers, and what it has done so far.</summary>
internal unsafe ref struct LiftedGuest
{
    public GuestRegisters Registers;

    /// <summary>Its VM exits so far.</summary>
    public ExitCounts Exits;

    /// <summary>Why it cannot go on; empty if it can.</summary>
    public string Trouble;

    private bool _isLaunched;

    public LiftedGuest(MemoryMap map)
    {
        Registers = GuestRegisters.Create();
        Exits = new(Memory.Page());
        Trouble = "";
        Map = map;
    }

    /// <summary>The memory that it is told of.</summary>
    public MemoryMap Map { get; }

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
