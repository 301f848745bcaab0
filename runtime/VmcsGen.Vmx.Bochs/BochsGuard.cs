using System;
using System.Buffers.Binary;
using VmcsGen.Vmx.RingZero;

namespace VmcsGen.Vmx.Bochs;

/// <summary>Keeps instructions from Bochs that would end it, or from which it never comes back.</summary>
/// <param name="cpu">The processor.</param>
internal sealed class BochsGuard(RingZeroCpu cpu) : IInstructionGuard
{
    // From here on the bytes of an area do not fit into 32 bits, and VM exits do not come to an end.
    private const ulong WrappingCount = 0x1000_0000;

    private static readonly VmcsField[] s_counts = [VmcsField.VmExitMsrStoreCount, VmcsField.VmExitMsrLoadCount];

    private bool _mayInjectOtherEvent;
    private bool _mayHaveWrappingArea;
    private bool _hasInit;

    /// <summary>Whether everything is let through.</summary>
    internal bool IsOff { get; set; }

    /// <summary>
    /// Takes note of an instruction that comes next, and says whether it must be looked at once those before it were executed. VM
    /// entries must be only if a field was given such a value once: others cost nothing.
    /// </summary>
    public bool Concerns(ReadOnlySpan<byte> request)
    {
        switch ((AgentCommand)request[0])
        {
            case AgentCommand.Vmwrite:
                Note(
                    (VmcsField)BinaryPrimitives.ReadUInt32LittleEndian(request[1..]),
                    BinaryPrimitives.ReadUInt64LittleEndian(request[5..])
                );
                return false;
            case AgentCommand.Vmcall:
                return true;
            case AgentCommand.ArmEvent:
                _hasInit |= RingZeroEvents.IsInit(BinaryPrimitives.ReadUInt32LittleEndian(request[1..]));
                return false;
            case AgentCommand.Vmxoff:
                return _hasInit;
            case AgentCommand.Vmlaunch or AgentCommand.Vmresume or AgentCommand.Enter:
                return _mayInjectOtherEvent || _mayHaveWrappingArea;
            default:
                return false;
        }
    }

    /// <summary>Refuses an instruction that must be looked at, if the machine would be lost by it.</summary>
    /// <exception cref="NotSupportedException">It would.</exception>
    public void Check(RingZeroBatch.Entry entry)
    {
        if (IsOff)
            return;
        var found = (AgentCommand)entry.Request[0] switch
        {
            AgentCommand.Vmxoff => KnownBochsDeviations.InitStays,
            AgentCommand.Vmcall => FindInVmcall(),
            _ => FindInEntry(),
        };
        if (found is not { } deviation)
            return;
        throw new NotSupportedException(
            $"{entry.Result.Operation} is not executed, since this machine would be lost by it. On Bochs {deviation.Name}. {deviation.Sdm} "
                + $"Where that is wanted, set {nameof(BochsMachine)}.{nameof(BochsMachine.AllowsFatalInstructions)}."
        );
    }

    private void Note(VmcsField field, ulong value)
    {
        _mayInjectOtherEvent |= field == VmcsField.EntryInterruptionInformation && IsOtherEvent(value);
        _mayHaveWrappingArea |= value >= WrappingCount && Array.IndexOf(s_counts, field) >= 0;
    }

    // Outside of VMX operation it raises #UD, as it should, and so does VMPTRST. Without a current VMCS it fails, as it should.
    private BochsDeviation? FindInVmcall()
    {
        try
        {
            cpu.Vmptrst(out var current);
            return current == ulong.MaxValue ? null : KnownBochsDeviations.Vmcall;
        }
        catch (ProcessorFaultException)
        {
            return null;
        }
    }

    private BochsDeviation? FindInEntry()
    {
        if (
            !cpu.Capabilities.PrimaryProcessorBased.Allowed1.MonitorTrapFlag
            && IsOtherEvent(ValueOf(VmcsField.EntryInterruptionInformation))
        )
            return KnownBochsDeviations.OtherEvent;
        foreach (var count in s_counts)
        {
            if (ValueOf(count) >= WrappingCount)
                return KnownBochsDeviations.MsrAreaSize;
        }
        return null;
    }

    private ulong ValueOf(VmcsField field) => cpu.Vmread(field, out var value).IsSuccess ? value : 0;

    private static bool IsOtherEvent(ulong value) =>
        new EntryInterruptionInformation((uint)value) is { Valid: true, Type: InterruptionType.OtherEvent };
}
