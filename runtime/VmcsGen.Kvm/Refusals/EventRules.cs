using System.Collections.Generic;
using VmcsGen.Kvm.Interop;

namespace VmcsGen.Kvm;

/// <summary>What KVM_SET_VCPU_EVENTS demands. Source: Documentation/virt/kvm/api.rst 4.32.</summary>
internal static unsafe class EventRules
{
    private const byte LastException = 31;
    private const byte Nmi = 2;

    internal static void Check(List<string> broken, KvmDescriptor vcpu, in KvmVcpuEvents events)
    {
        CheckFlags(broken, vcpu, events.Flags);
        bool isException =
            events.Exception.Injected != 0 || (events.Exception.Pending != 0 && events.Flags.HasFlag(KvmVcpuEventFlags.Payload));
        if (isException && events.Exception.Nr is > LastException or Nmi)
        {
            broken.Add(
                $"exception.nr is {events.Exception.Nr}: exceptions have the vectors 0 to {LastException} but for {Nmi}, which is the NMI and "
                    + "has members of its own, as interrupts have."
            );
        }
        if (events.Flags.HasFlag(KvmVcpuEventFlags.Smm) && (events.Smi.Smm != 0 || events.Smi.Pending != 0) && IsInitReceived(vcpu))
            broken.Add("smi is set while the vCPU has received INIT (KVM_GET_MP_STATE): SMM takes a vCPU that is not waiting for SIPI.");
    }

    private static void CheckFlags(List<string> broken, KvmDescriptor vcpu, KvmVcpuEventFlags flags)
    {
        const KvmVcpuEventFlags Always =
            KvmVcpuEventFlags.NmiPending | KvmVcpuEventFlags.SipiVector | KvmVcpuEventFlags.Shadow | KvmVcpuEventFlags.Smm;
        KvmVcpuEvents now = default;
        // KVM reports the flags of what was enabled.
        KvmVcpuEventFlags enabled = vcpu.TryIoctl(KvmIoctl.KVM_GET_VCPU_EVENTS, (nuint)(&now)) >= 0 ? now.Flags : 0;
        Require(KvmVcpuEventFlags.Payload, KvmCapability.ExceptionPayload);
        Require(KvmVcpuEventFlags.TripleFault, KvmCapability.X86TripleFaultEvent);
        KvmVcpuEventFlags unknown = flags & ~(Always | KvmVcpuEventFlags.Payload | KvmVcpuEventFlags.TripleFault);
        if (unknown != 0)
            broken.Add($"The flags 0x{(uint)unknown:X} of kvm_vcpu_events are not defined.");

        void Require(KvmVcpuEventFlags flag, KvmCapability capability)
        {
            if (flags.HasFlag(flag) && !enabled.HasFlag(flag))
            {
                broken.Add(
                    $"The flag {flag} (0x{(uint)flag:X}) is set, and {KvmCapabilityTexts.NativeNameOf(capability)} is not enabled: enable it for "
                        + "the VM first."
                );
            }
        }
    }

    private static bool IsInitReceived(KvmDescriptor vcpu)
    {
        KvmMpState state = default;
        return vcpu.TryIoctl(KvmIoctl.KVM_GET_MP_STATE, (nuint)(&state)) >= 0 && state.MpState == KvmMultiprocessingState.InitReceived;
    }
}
