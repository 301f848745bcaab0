using System.Runtime.InteropServices;
using VmcsGen.Kvm.Tests.Hyperv;
using VmcsGen.Kvm.Tests.Testing;
using VmcsGen.Vmx;
using Xunit;
using static Iced.Intel.AssemblerRegisters;
using static VmcsGen.Kvm.Tests.Nested.NestedPrograms;

namespace VmcsGen.Kvm.Tests.Nested;

/// <summary>A guest hypervisor that shares its VMCS with KVM as it would with Hyper-V, instead of VMREAD and VMWRITE.</summary>
public unsafe class EnlightenedVmcsTests
{
    private const uint VpAssistPageMsr = 0x4000_0073;
    private const ulong VpAssistPage = 0x4_2000;

    // Of struct hv_vp_assist_page in Linux' hyperv-tlfs.h.
    private const ulong EnlightenVmEntry = VpAssistPage + 40;
    private const ulong CurrentNestedVmcs = VpAssistPage + 48;

    private const ulong OtherExitAddress = 0x9800;
    private const byte OtherExitPort = 0x14;

    [Fact]
    public void Page_tells_of_the_exit_and_clean_fields_are_not_read_again()
    {
        using var guest = Create();
        guest.RunToOut(ExitPort);

        // KVM wrote the exit into the page; the nested guest is at its VMCALL.
        Assert.Equal(BasicExitReason.Vmcall, ReadPage(guest).ExitReason.BasicReason);
        Assert.Equal(NestedCode, (ulong)ReadPage(guest).GuestRip);
        var state = MemoryMarshal.Read<KvmNestedState>(guest.Vcpu.GetNestedState());
        Assert.True(state.Flags.HasFlag(KvmNestedStateFlags.Evmcs));

        // Another address to go on at, which KVM does not look at while its group is clean.
        Change(guest, OtherExitAddress, new(uint.MaxValue));
        guest.RunToOut(ExitPort);

        Change(guest, OtherExitAddress, new EnlightenedVmcsCleanFields(uint.MaxValue) with { HostGroup1 = false });
        guest.RunToOut(OtherExitPort);
    }

    [Fact]
    public void Entry_with_an_unknown_revision_fails()
    {
        using var guest = Create();
        Assert.Equal(1u, ReadPage(guest).RevisionIdentifier);
        guest.Memory.Write(ControlStructure, 0x7777u);

        guest.RunToOut(FailurePort);
    }

    [Fact]
    public void Version_is_told_where_nested_VMX_is_offered()
    {
        using var guest = Create();

        var versions = guest.Vcpu.EnableEnlightenedVmcs();

        Assert.Equal((1, 1), (versions & 0xFF, versions >> 8));
        Assert.Contains(
            guest.Vcpu.GetSupportedHvCpuid().Entries.ToArray(),
            entry => entry.Function == 0x4000_000A && (ushort)entry.Eax == versions
        );
    }

    private static EnlightenedVmcs ReadPage(Guest guest) => guest.Memory.Read<EnlightenedVmcs>(ControlStructure);

    private static void Change(Guest guest, ulong hostRip, EnlightenedVmcsCleanFields clean)
    {
        var page = ReadPage(guest);
        page.HostRip = hostRip;
        page.CleanFields = clean;
        guest.Memory.Write(ControlStructure, page);
    }

    private static Guest Create()
    {
        var guest = VmxHypervisor.Prepare(
            VmxHypervisor.Launch(static _ => { }),
            static code => code.vmcall(),
            static vm => vm.CreateIrqchip(),
            KvmCapability.HypervEnlightenedVmcs,
            KvmCapability.HypervCpuid
        );
        guest.Vcpu.EnableEnlightenedVmcs();
        guest.OfferHyperv();
        guest.Memory.Write(EnlightenVmEntry, (byte)1);
        guest.Memory.Write(CurrentNestedVmcs, ControlStructure);
        Assert.Empty(guest.Vcpu.WriteMsrs([new KvmMsrEntry { Index = VpAssistPageMsr, Data = VpAssistPage | 1 }]));
        PlaceExit(guest, VmxHypervisor.ExitAddress, ExitPort);
        PlaceExit(guest, OtherExitAddress, OtherExitPort);
        var image = EnlightenedVmcsImage.Create();
        VmxHypervisor.Fill(image.Vmcs, guest);
        guest.Memory.Write(ControlStructure, image.Bytes);
        return guest;
    }

    private static void PlaceExit(Guest guest, ulong address, byte port) =>
        guest.Place(
            address,
            code =>
            {
                code.@out(port, al);
                code.vmresume();
                code.@out(FailurePort, al);
            }
        );
}
