using System;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Kvm.Tests.Exits;

/// <summary>
/// The payloads of exits that few hosts produce: what the kernel would write is written into the run page, and what the views
/// give and take is compared with it.
/// </summary>
public class ExitPayloads
{
    private const byte Port = 0x42;

    [Fact]
    public void Hyperv_hypercall()
    {
        using var guest = Stopped();
        var exit = Pretend(guest, KvmExitReason.Hyperv);
        ref var hyperv = ref exit.RunPage.Hyperv;
        hyperv.Type = KvmHypervExitType.Hcall;
        hyperv.Data.Hcall.Input = 0x0001_0002_0000_005C;
        hyperv.Data.Hcall.Params[0] = 0x111;
        hyperv.Data.Hcall.Params[1] = 0x222;

        var call = exit.HypervHypercall;
        Assert.Equal((0x0001_0002_0000_005Cul, (ushort)0x5C), (call.Input, call.CallCode));
        Assert.Equal([0x111ul, 0x222], call.Parameters.ToArray());
        Assert.Equal("Hyperv: hypercall 0x5C, parameters 111 222", exit.ToString());
        call.Answer(5);
        Assert.Equal(5u, exit.RunPage.Hyperv.Data.Hcall.Result);
        exit.Refuses<InvalidOperationException>(static exit => _ = exit.HypervSynic);
        exit.Refuses<InvalidOperationException>(static exit => _ = exit.HypervSyndbg);
    }

    [Fact]
    public void Hyperv_synthetic_interrupt_controller_and_debugger()
    {
        using var guest = Stopped();
        var exit = Pretend(guest, KvmExitReason.Hyperv);
        ref var hyperv = ref exit.RunPage.Hyperv;
        hyperv.Type = KvmHypervExitType.Synic;
        hyperv.Data.Synic = new()
        {
            Msr = 0x4000_0080,
            Control = 1,
            EvtPage = 0x1001,
            MsgPage = 0x2001,
        };

        Assert.Equal((0x4000_0080u, 1ul, 0x1001ul, 0x2001ul), Synic(exit));
        Assert.Equal("Hyperv: synthetic interrupt controller, MSR 0x40000080", exit.ToString());
        exit.Refuses<InvalidOperationException>(static exit => _ = exit.HypervHypercall);

        hyperv.Type = KvmHypervExitType.Syndbg;
        hyperv.Data.Syndbg = new()
        {
            Msr = 0x4000_00F1,
            Control = 2,
            SendPage = 0x3000,
            RecvPage = 0x4000,
            PendingPage = 0x5000,
        };
        var debugger = exit.HypervSyndbg;
        Assert.Equal((0x4000_00F1u, 2ul), (debugger.Msr, debugger.Control));
        Assert.Equal((0x3000ul, 0x4000ul, 0x5000ul), (debugger.SendPage, debugger.ReceivePage, debugger.PendingPage));
        debugger.Answer(7);
        Assert.Equal(7u, exit.RunPage.Hyperv.Data.Syndbg.Status);
        Assert.Equal("Hyperv: synthetic debugger, MSR 0x400000F1", exit.ToString());
        hyperv.Type = (KvmHypervExitType)77;
        Assert.Equal("Hyperv: unknown type 77", exit.ToString());

        static (uint, ulong, ulong, ulong) Synic(KvmExit exit)
        {
            var synic = exit.HypervSynic;
            return (synic.Msr, synic.Control, synic.EvtPage, synic.MsgPage);
        }
    }

    [Fact]
    public void Xen_hypercall()
    {
        using var guest = Stopped();
        var exit = Pretend(guest, KvmExitReason.Xen);
        ref var xen = ref exit.RunPage.Xen;
        xen.Type = KvmXenExitType.Hcall;
        xen.Data.Hcall.Longmode = 1;
        xen.Data.Hcall.Cpl = 3;
        xen.Data.Hcall.Input = 29;
        for (var i = 0; i < 6; i++)
            xen.Data.Hcall.Params[i] = (ulong)i + 1;

        var call = exit.XenHypercall;
        Assert.Equal((29ul, true, 3), (call.Number, call.IsLongMode, call.PrivilegeLevel));
        Assert.Equal([1ul, 2, 3, 4, 5, 6], call.Arguments.ToArray());
        Assert.Equal("Xen: hypercall 29 from CPL 3, arguments 1 2 3 4 5 6", exit.ToString());
        call.Answer(unchecked((ulong)-38));
        Assert.Equal(unchecked((ulong)-38), exit.RunPage.Xen.Data.Hcall.Result);
        xen.Type = (KvmXenExitType)9;
        exit.Refuses<InvalidOperationException>(static exit => _ = exit.XenHypercall);
        Assert.Equal("Xen: unknown type 9", exit.ToString());
    }

    [Fact]
    public void TDVMCALLs()
    {
        using var guest = Stopped();
        var exit = Pretend(guest, KvmExitReason.Tdx);
        ref var tdx = ref exit.RunPage.Tdx;
        tdx.Nr = KvmTdxExit.GetQuoteNumber;
        tdx.GetQuote = new()
        {
            Ret = 0x8000_0000_0000_0000,
            Gpa = 0x1234_5000,
            Size = 0x2000,
        };

        Assert.Equal((0x8000_0000_0000_0000ul, 0x1234_5000ul, 0x2000ul), (exit.Tdx.Status, exit.Tdx.GetQuote.Gpa, exit.Tdx.GetQuote.Size));
        Assert.Equal("Tdx: TDVMCALL 0x10002", exit.ToString());
        Assert.Equal([0x1234_5000ul, 0x2000], exit.Tdx.Data[..2].ToArray());
        exit.Tdx.Answer(0);
        Assert.Equal(0u, exit.RunPage.Tdx.GetQuote.Ret);
        exit.Refuses<InvalidOperationException>(static exit => _ = exit.Tdx.SetupEventNotify);
        exit.Refuses<InvalidOperationException>(static exit => exit.Tdx.AnswerTdVmCallInfo(0, 0));

        tdx.Nr = KvmTdxExit.GetTdVmCallInfoNumber;
        tdx.GetTdvmcallInfo = new() { Ret = 1, Leaf = 1 };
        Assert.Equal(1u, exit.Tdx.GetTdVmCallInfo.Leaf);
        exit.Tdx.AnswerTdVmCallInfo(11, 12, 13, 14);
        var info = exit.RunPage.Tdx.GetTdvmcallInfo;
        Assert.Equal((0ul, 11ul, 12ul, 13ul, 14ul), (info.Ret, info.R11, info.R12, info.R13, info.R14));
        exit.Refuses<InvalidOperationException>(static exit => _ = exit.Tdx.GetQuote);

        tdx.Nr = KvmTdxExit.SetupEventNotifyNumber;
        tdx.SetupEventNotify = new() { Ret = 1, Vector = 0x51 };
        Assert.Equal(0x51u, exit.Tdx.SetupEventNotify.Vector);
    }

    [Fact]
    public void SNP_certificates()
    {
        using var guest = Stopped();
        var exit = Pretend(guest, KvmExitReason.SnpReqCerts);
        exit.RunPage.SnpReqCerts = new()
        {
            Gpa = 0x7000,
            Npages = 2,
            Ret = 99,
        };

        Assert.Equal((0x7000ul, 2ul), (exit.SnpCertificates.Address, exit.SnpCertificates.PageCount));
        Assert.Equal("SnpReqCerts: 2 pages at guest physical 0x7000", exit.ToString());
        exit.SnpCertificates.Answer();
        Assert.Equal(0u, exit.RunPage.SnpReqCerts.Ret);
        exit.SnpCertificates.AnswerTooSmall(5);
        Assert.Equal((5ul, (ulong)Errno.ENOSPC), (exit.RunPage.SnpReqCerts.Npages, exit.RunPage.SnpReqCerts.Ret));
        exit.SnpCertificates.Fail(tryAgain: true);
        Assert.Equal((ulong)Errno.EAGAIN, exit.RunPage.SnpReqCerts.Ret);
        exit.SnpCertificates.Fail();
        Assert.Equal((ulong)Errno.EIO, exit.RunPage.SnpReqCerts.Ret);
    }

    [Fact]
    public void System_event_of_an_SEV_guest_tells_why_it_ended()
    {
        using var guest = Stopped();
        var exit = Pretend(guest, KvmExitReason.SystemEvent);
        ref var page = ref exit.RunPage.SystemEvent;
        page.Type = KvmSystemEventType.SevTerm;
        page.Ndata = 1;
        page.Data[0] = 0x02_1100; // Set 1, reason 2.

        Assert.True(exit.SystemEvent.TryGetSevTermination(out var set, out var reason));
        Assert.Equal((1, 0x02), (set, reason));
        page.Data[0] = 0x02_1006; // Another request than to end.
        Assert.False(exit.SystemEvent.TryGetSevTermination(out _, out _));
        page.Data[0] = 0x02_1100;
        page.Ndata = 0;
        Assert.False(exit.SystemEvent.TryGetSevTermination(out _, out _));
        page.Ndata = 1;
        page.Type = KvmSystemEventType.Reset;
        Assert.False(exit.SystemEvent.TryGetSevTermination(out _, out _));
        Assert.Equal("SystemEvent: Reset, data 21100", exit.ToString());
    }

    [Fact]
    public void Smaller_payloads()
    {
        using var guest = Stopped();

        var exit = Pretend(guest, KvmExitReason.Unknown);
        exit.RunPage.Hw.HardwareExitReason = 0x55;
        Assert.Equal((0x55ul, "Unknown: hardware reason 0x55"), (exit.Unknown.HardwareExitReason, exit.ToString()));

        exit = Pretend(guest, KvmExitReason.SetTpr);
        exit.RunPage.Cr8 = 9;
        Assert.Equal((9, "SetTpr: task priority 9"), (exit.TaskPriority, exit.ToString()));

        exit = Pretend(guest, KvmExitReason.TprAccess);
        exit.RunPage.TprAccess = new() { Rip = 0x1234, IsWrite = 1 };
        Assert.Equal((0x1234ul, "TprAccess: write by the instruction at 0x1234"), (exit.TprAccess.Rip, exit.ToString()));

        exit = Pretend(guest, KvmExitReason.IoapicEoi);
        exit.RunPage.Eoi.Vector = 0x31;
        Assert.Equal((0x31, "IoapicEoi: vector 0x31"), (exit.IoapicEoiVector, exit.ToString()));

        exit = Pretend(guest, KvmExitReason.Notify);
        exit.RunPage.Notify.Flags = KvmNotifyFlags.ContextInvalid;
        Assert.Equal((KvmNotifyFlags.ContextInvalid, "Notify: the vCPU cannot go on"), (exit.Notify, exit.ToString()));
        exit.RunPage.Notify.Flags = 0;
        Assert.Equal("Notify: the vCPU can go on", exit.ToString());

        exit = Pretend(guest, KvmExitReason.X86BusLock);
        exit.RunPage.Flags = KvmRunFlags.BusLock | KvmRunFlags.GuestMode;
        Assert.Equal(KvmRunFlags.BusLock | KvmRunFlags.GuestMode, exit.Flags);
        Assert.Equal("X86BusLock: the guest took a bus lock", exit.ToString());

        exit = Pretend(guest, KvmExitReason.IrqWindowOpen);
        exit.RunPage.ReadyForInterruptInjection = 1;
        exit.RunPage.IfFlag = 1;
        Assert.True(exit.IsReadyForInterruptInjection);
        Assert.True(exit.IsInterruptFlagSet);
        exit.RunPage.ReadyForInterruptInjection = 0;
        exit.RunPage.IfFlag = 0;
        Assert.False(exit.IsReadyForInterruptInjection);
        Assert.False(exit.IsInterruptFlagSet);
    }

    [Fact]
    public void Payload_of_another_reason_is_refused()
    {
        using var guest = Stopped();
        ExitUse[] uses =
        [
            static exit => _ = exit.HypervHypercall,
            static exit => _ = exit.HypervSynic,
            static exit => _ = exit.HypervSyndbg,
            static exit => _ = exit.XenHypercall,
            static exit => _ = exit.Tdx,
            static exit => _ = exit.SnpCertificates,
            static exit => _ = exit.Unknown,
            static exit => _ = exit.TaskPriority,
            static exit => _ = exit.TprAccess,
            static exit => _ = exit.IoapicEoiVector,
            static exit => _ = exit.Notify,
        ];

        var exit = Pretend(guest, KvmExitReason.Io);
        foreach (var use in uses)
            exit.Refuses<InvalidOperationException>(use);
        guest.Vcpu.Dispose();
        exit.Refuses<InvalidOperationException>(static exit => _ = exit.Flags);
    }

    [Fact]
    public void Every_exit_reason_of_x86_describes_itself_and_none_throws()
    {
        using var guest = Stopped();

        foreach (var reason in Enum.GetValues<KvmExitReason>())
            Assert.StartsWith(reason.ToString(), Pretend(guest, reason).ToString(), StringComparison.Ordinal);
    }

    private static Guest Stopped()
    {
        var guest = Guest.Create(GuestMode.Real, static code => code.@out(Port, al));
        guest.RunToOut(Port);
        return guest;
    }

    // The vCPU's last exit, made to look like another one.
    private static KvmExit Pretend(Guest guest, KvmExitReason reason)
    {
        var exit = new KvmExit(guest.Vcpu, guest.Vcpu.Generation);
        exit.RunPage.Padding = default;
        exit.RunPage.ExitReason = reason;
        return exit;
    }
}
