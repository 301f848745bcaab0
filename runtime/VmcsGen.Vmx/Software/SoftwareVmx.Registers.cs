using System;
using VmcsGen.Vmx.Entry;

namespace VmcsGen.Vmx.Software;

// MSRs and control registers (SDM 2B MOV and SDM 2C WRMSR; SDM 3C 24.8 on VMX operation).
public sealed partial class SoftwareVmx
{
    private const ulong Cr0Et = 1UL << 4;

    /// <inheritdoc/>
    public bool TryReadMsr(uint index, out ulong value)
    {
        if (index == (uint)VmxMsr.Ia32FeatureControl)
        {
            value = _featureControl.Value;
            return true;
        }
        return _capabilityMsrs.TryReadMsr(index, out value) || _msrs.TryReadMsr(index, out value);
    }

    /// <inheritdoc/>
    public ulong ReadMsr(uint index)
    {
        if (!TryReadMsr(index, out var value))
            RaiseProtection($"RDMSR 0x{index:X}", "the processor does not have this MSR");
        return value;
    }

    /// <inheritdoc/>
    public void WriteMsr(uint index, ulong value)
    {
        if (WhyMsrNotWritten(index, value) is { } reason)
            RaiseProtection($"WRMSR 0x{index:X}, 0x{value:X}", reason);
        if (index == (uint)VmxMsr.Ia32FeatureControl)
            _featureControl = new FeatureControl(value);
        else
            _msrs.Set(index, index == SoftwareMsrs.Efer ? WithLma(value) : value);
    }

    /// <inheritdoc/>
    public ulong ReadControlRegister(ControlRegister number) =>
        number switch
        {
            ControlRegister.Cr0 => _cr0,
            ControlRegister.Cr2 => _cr2,
            ControlRegister.Cr3 => _cr3,
            ControlRegister.Cr4 => _cr4,
            ControlRegister.Cr8 => _cr8,
            _ => throw UnknownRegister(number),
        };

    /// <inheritdoc/>
    public void WriteControlRegister(ControlRegister number, ulong value)
    {
        var operation = $"MOV {number.ToString().ToUpperInvariant()}, 0x{value:X}";
        switch (number)
        {
            case ControlRegister.Cr0:
                value |= Cr0Et;
                if (WhyNotCr0(value) is { } not0)
                    RaiseProtection(operation, not0);
                _cr0 = value;
                break;
            case ControlRegister.Cr2:
                _cr2 = value;
                break;
            case ControlRegister.Cr3:
                // Bit 63 asks to keep translations and is not stored, with CR4.PCIDE only.
                if ((_cr4 & RegisterBits.Cr4Pcide) != 0)
                    value &= ulong.MaxValue >> 1;
                if (value >> _physicalAddressWidth != 0)
                    RaiseProtection(operation, "bits beyond the physical-address width are set");
                _cr3 = value;
                break;
            case ControlRegister.Cr4:
                if (WhyNotCr4(value) is { } not4)
                    RaiseProtection(operation, not4);
                _cr4 = value;
                break;
            case ControlRegister.Cr8:
                if (value > 0xF)
                    RaiseProtection(operation, "bits 63:4 are reserved");
                _cr8 = value;
                break;
            default:
                throw UnknownRegister(number);
        }
    }

    private static ArgumentOutOfRangeException UnknownRegister(ControlRegister number) =>
        new(nameof(number), number, "The control registers are CR0, CR2, CR3, CR4 and CR8.");

    private string? WhyNotCr0(ulong value)
    {
        if (value >> 32 != 0)
            return "bits 63:32 are reserved";
        if ((value & (RegisterBits.Cr0Pg | RegisterBits.Cr0Pe)) != (RegisterBits.Cr0Pg | RegisterBits.Cr0Pe))
            return "the processor is in 64-bit mode, which needs PE and PG";
        if ((value & RegisterBits.Cr0Nw) != 0 && (value & RegisterBits.Cr0Cd) == 0)
            return "NW is 1 and CD is 0";
        if (_isInVmxOperation && !Capabilities.Cr0.Allows(value))
            return $"VMX operation needs 0x{Capabilities.Cr0.Adjust(value):X}";
        return null;
    }

    private string? WhyNotCr4(ulong value)
    {
        if ((value & ~(Capabilities.Cr4.Fixed1 | Cr4Vmxe)) != 0)
            return "reserved bits are set";
        if ((value & RegisterBits.Cr4Pae) == 0)
            return "the processor is in 64-bit mode, which needs PAE";
        if (_isInVmxOperation && !Capabilities.Cr4.Allows(value))
            return $"VMX operation needs 0x{Capabilities.Cr4.Adjust(value):X}";
        return null;
    }

    private string? WhyMsrNotWritten(uint index, ulong value)
    {
        if (index == (uint)VmxMsr.Ia32FeatureControl)
            return _featureControl.Locked ? "IA32_FEATURE_CONTROL is locked until the processor is reset" : null;
        if (_capabilityMsrs.TryReadMsr(index, out _))
            return "VMX capability MSRs are read-only";
        if (_msrs.WhyNotWritten(index, value) is { } reason)
            return reason;
        return index == SoftwareMsrs.Efer && (value & RegisterBits.EferLme) == 0 ? "LME cannot be cleared while paging is on" : null;
    }

    // WRMSR does not change LMA: the processor does, with paging (SDM 3A 2.2.1).
    private ulong WithLma(ulong efer)
    {
        _msrs.TryReadMsr(SoftwareMsrs.Efer, out var old);
        return (efer & ~RegisterBits.EferLma) | (old & RegisterBits.EferLma);
    }
}
