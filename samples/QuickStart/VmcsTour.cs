using System;
using VmcsGen.Vmx;

namespace QuickStart;

/// <summary>Fills a vmcs12 through typed properties, reads it back by encoding, and prints it.</summary>
internal static class VmcsTour
{
    public static bool Run()
    {
        var image = Vmcs12Image.Create();
        var vmcs = image.Vmcs;

        vmcs.PinBasedControls = vmcs.PinBasedControls with { ExternalInterruptExiting = true, NmiExiting = true };
        vmcs.PrimaryProcessorBasedControls = vmcs.PrimaryProcessorBasedControls with
        {
            HltExiting = true,
            ActivateSecondaryControls = true,
        };
        vmcs.SecondaryProcessorBasedControls = vmcs.SecondaryProcessorBasedControls with { EnableEpt = true, UnrestrictedGuest = true };
        vmcs.EptPointer = vmcs.EptPointer with
        {
            MemoryType = MemoryType.WriteBack,
            PageWalkLengthMinus1 = 3,
            RootTableAddress = 0x12_3000,
        };
        vmcs.GuestCr0 = 0x20;
        vmcs.GuestRip = 0x1000;
        vmcs.GuestRsp = 0x8000;
        vmcs.GuestRflags = 2;
        vmcs.VmcsLinkPointer = ulong.MaxValue;

        foreach (var member in Vmcs12.Members)
        {
            if (member.Field is not { } field || !VmcsFields.TryFind(field, out var info))
                continue;
            image.TryRead(field, out var value).ThrowIfFailed($"VMREAD of {info.Name}");
            if (value != 0)
                Console.WriteLine($"  0x{(uint)field:X4}  +{member.Offset, -4} {info.NativeName, -28} {info.Describe(value)}");
        }

        // Any encoding may be asked for; this layout has no HLAT pointer, and says so as VMREAD does.
        var absent = image.TryRead(VmcsField.HlatPointer, out _);
        Console.WriteLine($"  VMREAD of {VmcsField.HlatPointer}: {absent}");
        return vmcs.GuestRip == 0x1000 && absent.Error == VmInstructionError.UnsupportedVmcsComponent;
    }
}
