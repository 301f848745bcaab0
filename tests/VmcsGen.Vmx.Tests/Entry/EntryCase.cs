using System;
using VmcsGen.Vmx.Entry;

namespace VmcsGen.Vmx.Tests;

/// <summary>One way to break one rule, and what the remedy that the report gives comes down to.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="Start">Makes a scene that keeps all rules.</param>
/// <param name="Break">Breaks the rule.</param>
/// <param name="Mend">Does what the report says.</param>
/// <param name="Outcome">What the processor reports.</param>
internal sealed record EntryCase(
    string Rule,
    Func<EntryScene> Start,
    Action<EntryScene> Break,
    Action<EntryScene> Mend,
    VmEntryOutcome Outcome
)
{
    /// <summary>Rules that cannot be kept while this one is broken.</summary>
    public string[] Also { get; init; } = [];

    public static EntryScene Long() => EntryScene.Long64(FullProcessor.Msrs);

    public static EntryScene Flat() => EntryScene.Protected32(FullProcessor.Msrs);

    public static EntryScene Pae() => EntryScene.Pae32(FullProcessor.Msrs);

    public static EntryScene PaeEpt() => EntryScene.PaeEpt32(FullProcessor.Msrs);

    public static EntryScene Old() => EntryScene.Virtual8086(FullProcessor.Msrs);

    public static EntryScene Real() => EntryScene.Real(FullProcessor.Msrs);

    /// <summary>A processor outside IA-32e mode with a 32-bit host and guest.</summary>
    public static EntryScene Short()
    {
        var scene = Flat();
        scene.Context = scene.Context with { Ia32Efer = 0 };
        scene.Exit(static c => c with { HostAddressSpaceSize = false });
        scene[VmcsField.HostRip] = 0x1000;
        return scene;
    }

    /// <summary>A processor in SMM that returns from it to the guest.</summary>
    public static EntryScene Smm()
    {
        var scene = Long();
        scene.Context = scene.Context with { IsInSmm = true };
        scene[VmcsField.ExecutiveVmcsPointer] = 0xC000;
        return scene;
    }

    /// <summary>A guest that uses FRED.</summary>
    public static EntryScene Fred()
    {
        var scene = Long();
        scene[VmcsField.GuestCr4] |= 1UL << 32;
        return scene;
    }

    /// <summary>A guest in user mode.</summary>
    public static EntryScene User(EntryScene scene)
    {
        scene[VmcsField.GuestCsSelector] = 0x33;
        scene[VmcsField.GuestSsSelector] = 0x2B;
        scene[VmcsField.GuestCsAccessRights] |= 3 << 5;
        scene[VmcsField.GuestSsAccessRights] |= 3 << 5;
        return scene;
    }
}
