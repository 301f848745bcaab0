using System;
using VmcsGen.Vmx.Structures;

namespace VmcsGen.Vmx.Tests.Creation;

/// <summary>A processor on which one chosen operation fails, before it has any effect.</summary>
internal sealed class FaultyProcessor : IVmxProcessor, IPhysicalMemory
{
    private readonly IVmxProcessor _inner;
    private int _left = int.MaxValue;

    public FaultyProcessor(IVmxProcessor inner) => _inner = inner;

    /// <summary>What failed; null before.</summary>
    public string? Failed { get; private set; }

    /// <summary>Whether VMXOFF always fails.</summary>
    public bool FailsVmxoff { get; set; }

    public IPhysicalMemory Memory => this;

    public HostEnvironment HostEnvironment => _inner.HostEnvironment;

    /// <summary>Lets so many operations succeed, and the next one fail.</summary>
    public void FailAfter(int operations)
    {
        _left = operations;
        Failed = null;
    }

    public CpuidValues Cpuid(uint leaf, uint subleaf = 0) => _inner.Cpuid(leaf, subleaf);

    // Absence of an MSR is an answer, not a failure: this one counts as a fault of RDMSR in ReadMsr only.
    public bool TryRead(uint index, out ulong value) => _inner.TryRead(index, out value);

    public ulong ReadMsr(uint index)
    {
        Raise($"RDMSR 0x{index:X}");
        return _inner.ReadMsr(index);
    }

    public void WriteMsr(uint index, ulong value)
    {
        Raise($"WRMSR 0x{index:X}");
        _inner.WriteMsr(index, value);
    }

    public ulong ReadControlRegister(ControlRegister number)
    {
        Raise($"MOV from {number}");
        return _inner.ReadControlRegister(number);
    }

    public void WriteControlRegister(ControlRegister number, ulong value)
    {
        Raise($"MOV to {number}");
        _inner.WriteControlRegister(number, value);
    }

    public VmxResult Vmxon(ulong region) => IsDue("VMXON") ? VmxResult.FailInvalid : _inner.Vmxon(region);

    public VmxResult Vmxoff() => IsDue("VMXOFF") || FailsVmxoff ? VmxResult.FailInvalid : _inner.Vmxoff();

    public VmxResult Vmcall() => IsDue("VMCALL") ? VmxResult.FailInvalid : VmxResult.FailValid(VmInstructionError.VmcallInVmxRoot);

    public VmxResult Vmclear(ulong region) => IsDue("VMCLEAR") ? VmxResult.FailInvalid : _inner.Vmclear(region);

    public VmxResult Vmptrld(ulong region) => IsDue("VMPTRLD") ? VmxResult.FailInvalid : _inner.Vmptrld(region);

    public VmxResult Vmptrst(out ulong region)
    {
        region = 0;
        return IsDue("VMPTRST") ? VmxResult.FailInvalid : _inner.Vmptrst(out region);
    }

    public VmxResult Vmread(VmcsField field, out ulong value)
    {
        value = 0;
        return IsDue($"VMREAD {field}") ? VmxResult.FailInvalid : _inner.Vmread(field, out value);
    }

    public VmxResult Vmwrite(VmcsField field, ulong value) =>
        IsDue($"VMWRITE {field}") ? VmxResult.FailInvalid : _inner.Vmwrite(field, value);

    public VmxResult Vmlaunch(ref GeneralRegisters registers) => _inner.Vmlaunch(ref registers);

    public VmxResult Vmresume(ref GeneralRegisters registers) => _inner.Vmresume(ref registers);

    public VmxResult Invept(InveptType type, in InveptDescriptor descriptor) =>
        IsDue("INVEPT") ? VmxResult.FailInvalid : _inner.Invept(type, descriptor);

    public VmxResult Invvpid(InvvpidType type, in InvvpidDescriptor descriptor) =>
        IsDue("INVVPID") ? VmxResult.FailInvalid : _inner.Invvpid(type, descriptor);

    public void Read(ulong physicalAddress, Span<byte> destination)
    {
        if (IsDue("a read of memory"))
            throw new ArgumentOutOfRangeException(nameof(physicalAddress));
        _inner.Memory.Read(physicalAddress, destination);
    }

    public void Write(ulong physicalAddress, ReadOnlySpan<byte> source)
    {
        if (IsDue("a write of memory"))
            throw new ArgumentOutOfRangeException(nameof(physicalAddress));
        _inner.Memory.Write(physicalAddress, source);
    }

    private void Raise(string operation)
    {
        if (IsDue(operation))
            throw new ProcessorFaultException(operation, ExceptionVector.GeneralProtection, 0, "a test wants it so");
    }

    private bool IsDue(string operation)
    {
        if (_left-- != 0)
            return false;
        Failed = operation;
        return true;
    }
}
