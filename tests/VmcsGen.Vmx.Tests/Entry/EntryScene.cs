using System;
using VmcsGen.Vmx.Entry;

namespace VmcsGen.Vmx.Tests;

/// <summary>A processor, a VMCS that it can enter, and what VM entry depends on besides. Tests break one thing in it.</summary>
internal sealed class EntryScene
{
    public const ulong CurrentVmcs = 0x5000;
    public const ulong MsrLoadArea = 0x6000;
    public const ulong PageDirectoryPointerTable = 0x7020;
    public const ulong VirtualApicPage = 0x9000;
    public const ulong LinkedVmcs = 0xB000;

    private const ulong Unusable = 0x10000;
    private const ulong Code64 = 0xA09B;
    private const ulong Code32 = 0xC09B;
    private const ulong Code16 = 0x9B;
    private const ulong Data32 = 0xC093;
    private const ulong Data16 = 0x93;
    private const ulong BusyTss = 0x8B;
    private const ulong Pae = 1 << 5;

    private readonly Vmcs<TestVmcs> _vmcs = new(new TestVmcs());

    private EntryScene(MsrValues msrs)
    {
        Msrs = msrs;
        Capabilities = VmxCapabilities.Read(msrs);
        Context = new VmEntryContext
        {
            PhysicalAddressWidth = 40,
            Memory = Memory,
            CurrentVmcs = CurrentVmcs,
        };
        PutControls();
        PutHost();
        PutGuest();
    }

    public MsrValues Msrs { get; }

    public VmxCapabilities Capabilities { get; }

    public VmEntryContext Context { get; set; }

    public TestMemory Memory { get; } = new();

    /// <summary>The VMCS, for code that reads properties.</summary>
    public Vmcs<TestVmcs> Vmcs => _vmcs;

    public ulong this[VmcsField field]
    {
        get => _vmcs.Access.Read(field);
        set => _vmcs.Access.Write(field, value);
    }

    /// <summary>A 64-bit guest.</summary>
    public static EntryScene Long64(MsrValues msrs) => new(msrs);

    /// <summary>A 32-bit guest with paging of 32-bit entries.</summary>
    public static EntryScene Protected32(MsrValues msrs)
    {
        var scene = new EntryScene(msrs);
        scene.Entry(static c => c with { Ia32eModeGuest = false });
        scene[VmcsField.GuestCr4] &= ~Pae;
        scene[VmcsField.GuestCsAccessRights] = Code32;
        return scene;
    }

    /// <summary>A 32-bit guest with PAE paging, whose PDPTEs are in memory.</summary>
    public static EntryScene Pae32(MsrValues msrs)
    {
        var scene = Protected32(msrs);
        scene[VmcsField.GuestCr4] |= Pae;
        scene[VmcsField.GuestCr3] = PageDirectoryPointerTable;
        scene.Memory.Write(PageDirectoryPointerTable, 0x8001UL);
        return scene;
    }

    /// <summary>A 32-bit guest with PAE paging and EPT, whose PDPTEs are in the VMCS.</summary>
    public static EntryScene PaeEpt32(MsrValues msrs)
    {
        var scene = Pae32(msrs);
        scene.WithEpt();
        scene.Memory.Write(PageDirectoryPointerTable, ulong.MaxValue);
        scene[VmcsField.GuestPdpte0] = 0x8001;
        scene[VmcsField.GuestPdpte3] = 0xF_FFFF_FFFF_FFFE; // not present
        return scene;
    }

    /// <summary>A guest in virtual-8086 mode.</summary>
    public static EntryScene Virtual8086(MsrValues msrs)
    {
        var scene = Protected32(msrs);
        scene[VmcsField.GuestRflags] |= 1 << 17;
        for (var i = 0u; i < 6; i++)
        {
            scene[VmcsField.GuestEsSelector + (2 * i)] = 0x1234;
            scene[VmcsField.GuestEsBase + (2 * i)] = 0x12340;
            scene[VmcsField.GuestEsLimit + (2 * i)] = 0xFFFF;
            scene[VmcsField.GuestEsAccessRights + (2 * i)] = 0xF3;
        }
        return scene;
    }

    /// <summary>An unrestricted guest in real mode.</summary>
    public static EntryScene Real(MsrValues msrs)
    {
        var scene = Protected32(msrs);
        scene.WithEpt();
        scene.Secondary(static c => c with { UnrestrictedGuest = true });
        scene[VmcsField.GuestCr0] &= ~0x8000_0001UL;
        for (var i = 0u; i < 6; i++)
        {
            scene[VmcsField.GuestEsSelector + (2 * i)] = 0x1235;
            scene[VmcsField.GuestEsBase + (2 * i)] = 0x12350;
            scene[VmcsField.GuestEsLimit + (2 * i)] = 0xFFFF;
            scene[VmcsField.GuestEsAccessRights + (2 * i)] = Data16;
        }
        scene[VmcsField.GuestCsAccessRights] = Code16;
        return scene;
    }

    public VmEntryReport Check() => VmEntryChecker.Check(_vmcs, Capabilities, Context);

    public void WithEpt()
    {
        Secondary(static c => c with { EnableEpt = true });
        this[VmcsField.EptPointer] = 0x10_001E; // write-back, 4 levels
    }

    public void Pin(Func<PinBasedControls, PinBasedControls> change) =>
        Write(VmcsField.PinBasedControls, change(_vmcs.PinBasedControls).Value);

    public void Primary(Func<PrimaryProcessorBasedControls, PrimaryProcessorBasedControls> change) =>
        Write(VmcsField.PrimaryProcessorBasedControls, change(_vmcs.PrimaryProcessorBasedControls).Value);

    public void Secondary(Func<SecondaryProcessorBasedControls, SecondaryProcessorBasedControls> change)
    {
        Primary(static c => c with { ActivateSecondaryControls = true });
        Write(VmcsField.SecondaryProcessorBasedControls, change(_vmcs.SecondaryProcessorBasedControls).Value);
    }

    public void Tertiary(Func<TertiaryProcessorBasedControls, TertiaryProcessorBasedControls> change)
    {
        Primary(static c => c with { ActivateTertiaryControls = true });
        Write(VmcsField.TertiaryProcessorBasedControls, change(_vmcs.TertiaryProcessorBasedControls).Value);
    }

    public void Exit(Func<PrimaryVmExitControls, PrimaryVmExitControls> change) =>
        Write(VmcsField.PrimaryVmExitControls, change(_vmcs.PrimaryVmExitControls).Value);

    public void Exit2(Func<SecondaryVmExitControls, SecondaryVmExitControls> change)
    {
        Exit(static c => c with { ActivateSecondaryControls = true });
        Write(VmcsField.SecondaryVmExitControls, change(_vmcs.SecondaryVmExitControls).Value);
    }

    public void Entry(Func<VmEntryControls, VmEntryControls> change) =>
        Write(VmcsField.VmEntryControls, change(_vmcs.VmEntryControls).Value);

    public void Inject(InterruptionType type, uint vector, bool errorCode = false) =>
        this[VmcsField.EntryInterruptionInformation] = new EntryInterruptionInformation
        {
            Valid = true,
            Type = type,
            Vector = vector,
            DeliverErrorCode = errorCode,
        }.Value;

    private void Write(VmcsField field, ulong value) => this[field] = value;

    private void PutControls()
    {
        this[VmcsField.PinBasedControls] = Capabilities.PinBased.Adjust(default).Value.Value;
        this[VmcsField.PrimaryProcessorBasedControls] = Capabilities.PrimaryProcessorBased.Adjust(default).Value.Value;
        this[VmcsField.PrimaryVmExitControls] = Capabilities
            .PrimaryVmExit.Adjust(new() { HostAddressSpaceSize = true })
            .ThrowIfUnsupported()
            .Value;
        this[VmcsField.VmEntryControls] = Capabilities.VmEntry.Adjust(new() { Ia32eModeGuest = true }).ThrowIfUnsupported().Value;
    }

    private void PutHost()
    {
        this[VmcsField.HostCr0] = Capabilities.Cr0.Adjust(0x8001_0031);
        this[VmcsField.HostCr3] = 0x1000;
        this[VmcsField.HostCr4] = Capabilities.Cr4.Adjust(Pae);
        this[VmcsField.HostCsSelector] = 0x10;
        this[VmcsField.HostSsSelector] = 0x18;
        this[VmcsField.HostTrSelector] = 0x20;
        this[VmcsField.HostRip] = 0xFFFF_8000_0000_1000;
        this[VmcsField.HostTrBase] = 0xFFFF_8000_0000_2000;
    }

    private void PutGuest()
    {
        this[VmcsField.GuestCr0] = Capabilities.Cr0.Adjust(0x8001_0031);
        this[VmcsField.GuestCr3] = 0x1000;
        this[VmcsField.GuestCr4] = Capabilities.Cr4.Adjust(Pae);
        this[VmcsField.GuestRflags] = 2;
        this[VmcsField.GuestRip] = 0x1000;
        this[VmcsField.GuestDr7] = 0x400;
        this[VmcsField.VmcsLinkPointer] = ulong.MaxValue;
        for (var i = 0u; i < 6; i++)
        {
            this[VmcsField.GuestEsSelector + (2 * i)] = 8;
            this[VmcsField.GuestEsLimit + (2 * i)] = 0xFFFF_FFFF;
            this[VmcsField.GuestEsAccessRights + (2 * i)] = Data32;
        }
        this[VmcsField.GuestCsAccessRights] = Code64;
        this[VmcsField.GuestLdtrAccessRights] = Unusable;
        this[VmcsField.GuestTrAccessRights] = BusyTss;
        this[VmcsField.GuestTrLimit] = 0x67;
        this[VmcsField.GuestTrSelector] = 0x20;
    }
}
