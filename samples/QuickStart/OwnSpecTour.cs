using System;
using VmcsGen.Vmx;

namespace QuickStart;

/// <summary>Uses a field, a bit-field and a layout that this sample's YAML adds: they behave like the built-in ones.</summary>
internal static class OwnSpecTour
{
    public static bool Run()
    {
        var image = AcmeVmcsImage.Create();
        var vmcs = image.Vmcs;
        vmcs.AcmeExitCount = 42;
        vmcs.AcmeGuestPolicy = new AcmePolicy() with { LogExits = true, Priority = 9 };
        vmcs.GuestRip = 0xFFF0;

        foreach (var member in AcmeVmcs.Members)
            Console.WriteLine($"  +{member.Offset, -4} {member.Name}");
        Console.WriteLine($"  AcmeGuestPolicy (0x{(uint)VmcsField.AcmeGuestPolicy:X4}) holds {vmcs.AcmeGuestPolicy}");
        Console.WriteLine($"  AcmeExitCount by its high half: {image.TryRead(VmcsField.AcmeExitCount.High, out var high)}, {high}");
        return image.Page.AcmeExitCount == 42 && image.Page.AcmeGuestPolicy.Priority == 9 && high == 0;
    }
}
