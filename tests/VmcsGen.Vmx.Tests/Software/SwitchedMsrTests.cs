using VmcsGen.Vmx.Entry;
using VmcsGen.Vmx.Software;
using VmcsGen.Vmx.Testing;
using Xunit;

namespace VmcsGen.Vmx.Tests.Software;

/// <summary>MSRs that controls switch between guest and host (SDM 3C 27.3.2.1, 28.3.1 and 28.5.1).</summary>
public sealed class SwitchedMsrTests
{
    private const ulong AtFirst = 0x1_0000;
    private const ulong OfHost = 0x2_0000;
    private const ulong OfGuest = 0x4_0000;
    private const ulong AfterGuest = 0x8_0000;

    // MSR, guest field, host field if it has one; the bits of the controls that load, save, and load or clear it.
    public static TheoryData<uint, VmcsField, VmcsField?, uint, uint, uint, bool> Msrs =>
        new()
        {
            { 0x38F, VmcsField.GuestIa32PerfGlobalCtrl, VmcsField.HostIa32PerfGlobalCtrl, 1u << 13, 1u << 30, 1u << 12, false },
            { 0xD90, VmcsField.GuestIa32Bndcfgs, null, 1u << 16, 0, 1u << 23, false },
            { 0x570, VmcsField.GuestIa32RtitCtl, null, 1u << 18, 0, 1u << 25, false },
            { 0x14CE, VmcsField.GuestIa32LbrCtl, null, 1u << 21, 0, 1u << 26, false },
            { 0x6E1, VmcsField.GuestIa32Pkrs, VmcsField.HostIa32Pkrs, 1u << 22, 0, 1u << 29, false },
            { 0x6A2, VmcsField.GuestIa32SCet, VmcsField.HostIa32SCet, 1u << 20, 0, 1u << 28, false },
            { 0x6A8, VmcsField.GuestIa32InterruptSspTableAddr, VmcsField.HostIa32InterruptSspTableAddr, 1u << 20, 0, 1u << 28, false },
            { 0x48, VmcsField.GuestIa32SpecCtrl, VmcsField.HostIa32SpecCtrl, 1u << 24, 0, 1u << 2, true },
            { 0x1CD, VmcsField.GuestIa32FredRsp1, VmcsField.HostIa32FredRsp1, 1u << 23, 1u << 0, 1u << 1, true },
            { 0x1D0, VmcsField.GuestIa32FredStklvls, VmcsField.HostIa32FredStklvls, 1u << 23, 1u << 0, 1u << 1, true },
            { 0x1D4, VmcsField.GuestIa32FredConfig, VmcsField.HostIa32FredConfig, 1u << 23, 1u << 0, 1u << 1, true },
        };

    [Theory]
    [MemberData(nameof(Msrs))]
    public void Controls_load_save_and_restore_it(
        uint msr,
        VmcsField guest,
        VmcsField? host,
        uint load,
        uint save,
        uint leave,
        bool isSecondary
    )
    {
        var (before, after, saved) = Run(msr, guest, host, load, isSecondary ? 0 : save | leave, isSecondary ? save | leave : 0);

        Assert.Equal(OfGuest, before);
        Assert.Equal(host is null ? 0 : OfHost, after);
        // The one MSR whose saving is no matter of VM exits.
        Assert.Equal(msr == 0x48 ? OfGuest : AfterGuest, saved);
    }

    [Theory]
    [MemberData(nameof(Msrs))]
    public void Without_controls_the_guest_has_the_hosts_and_keeps_what_it_wrote(
        uint msr,
        VmcsField guest,
        VmcsField? host,
        uint load,
        uint save,
        uint leave,
        bool isSecondary
    )
    {
        _ = (load, leave, isSecondary);
        var (before, after, saved) = Run(msr, guest, host, 0, 0, 0);

        Assert.Equal(AtFirst, before);
        Assert.Equal(AfterGuest, after);
        Assert.Equal(save != 0 || msr == 0x48 ? OfGuest : AfterGuest, saved);
    }

    [Fact]
    public void The_vector_of_user_interrupts_is_a_part_of_its_MSR()
    {
        var (before, after, saved) = Run(
            0x988,
            VmcsField.GuestUinv,
            null,
            1u << 19,
            1u << 27,
            0,
            atFirst: 0x55_0000_0007,
            ofGuest: 0x66,
            afterGuest: 0x77_0000_0009
        );

        Assert.Equal(0x66_0000_0007u, before);
        Assert.Equal(9u, after);
        Assert.Equal(0x77u, saved);
    }

    [Fact]
    public void A_processor_without_the_controls_does_not_have_the_MSRs()
    {
        var machine = new SoftwareMachine();
        foreach (var row in Msrs)
            Assert.False(machine.Processor.TryRead(row.Data.Item1, out _));
    }

    // The MSR before the guest and after it, and the guest's field after it.
    private static (ulong Before, ulong After, ulong Saved) Run(
        uint msr,
        VmcsField guest,
        VmcsField? host,
        uint entry,
        uint exit,
        uint secondaryExit,
        ulong atFirst = AtFirst,
        ulong ofGuest = OfGuest,
        ulong afterGuest = AfterGuest
    )
    {
        var before = 0UL;
        var executor = new ScriptedExecutor(entered =>
        {
            before = entered.Msrs[msr];
            entered.WriteMsr(msr, afterGuest);
            return new VmExit { Reason = new ExitReason { BasicReason = BasicExitReason.Hlt } };
        });
        var machine = SoftwareMachine.Programmed(executor, new SoftwareVmxProfile { CapabilityMsrs = FullProcessor.Msrs });
        machine.Processor.WriteMsr(msr, atFirst);
        var vmcs = machine.Vmcs;
        vmcs.VmEntryControls |= (VmEntryControls)entry;
        vmcs.PrimaryVmExitControls |= (PrimaryVmExitControls)exit;
        if (secondaryExit != 0)
        {
            vmcs.PrimaryVmExitControls = vmcs.PrimaryVmExitControls with { ActivateSecondaryControls = true };
            vmcs.SecondaryVmExitControls = (SecondaryVmExitControls)secondaryExit;
        }
        vmcs.Access.Write(guest, ofGuest);
        if (host is { } field)
            vmcs.Access.Write(field, OfHost);
        GeneralRegisters registers = default;
        machine.Processor.Launch(ref registers);
        return (before, machine.Processor.ReadMsr(msr), vmcs.Access.Read(guest));
    }
}
