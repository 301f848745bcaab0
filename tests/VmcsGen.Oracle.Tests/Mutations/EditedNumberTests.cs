using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using VmcsGen.Oracle.Tests.Facts;
using VmcsGen.Oracle.Tests.Generated;
using VmcsGen.Oracle.Tests.Kvm;
using VmcsGen.Oracle.Tests.Support;
using VmcsGen.Oracle.Tests.Vmx;
using VmcsGen.Vmx;
using Xunit;

namespace VmcsGen.Oracle.Tests.Mutations;

/// <summary>The comparisons with the facts see the numbers in the specs: whichever is edited is named.</summary>
public sealed class EditedNumberTests(ITestOutputHelper output)
{
    private static readonly SpecEdit[] Edits =
    [
        new("spec/vmx/fields/guest-state.yaml", "GuestRip", "encoding", "0x683E", "0x681e"),
        new("spec/vmx/bitfields/controls.yaml", "EnableEpt", "bit", "29", "SecondaryProcessorBasedControls.enable_ept"),
        new("spec/vmx/bitfields/ept.yaml", "RootTableAddress", "bits", "12-50", "EptPointer.pml4_physical_page"),
        new("spec/vmx/bitfields/guest-state.yaml", "BlockingByNmi", "bit", "5", "InterruptibilityState.blocking_by_nmi"),
        new("spec/vmx/enums/exit-reasons.yaml", "Cpuid", "value", "86", "BasicExitReason.cpuid"),
        new("spec/vmx/enums/instruction-errors.yaml", "VmxonInVmxRoot", "value", "27", "VmInstructionError.vmxon_in_vmx_root"),
        new("spec/vmx/enums/exit-qualifications.yaml", "FourBytes", "value", "2", "IoAccessSize.4"),
        new("spec/vmx/msrs.yaml", "Ia32VmxProcbasedCtls", "index", "0x49A", "primary_proc_based, capability MSR"),
        new("spec/vmx/layouts/vmcs12.yaml", "Cr0GuestHostMask", "offset", "336", "cr0_guest_host_mask, offset"),
        new("spec/vmx/layouts/evmcs.yaml", "VpId", "offset", "844", "hv_vp_id, offset"),
        new("spec/kvm/structs/irqchip.yaml", "delivery_mode", "bits", "2", "kvm_ioapic_state.redirtbl[].fields.delivery_mode, place"),
        new("spec/kvm/structs/xen.yaml", "kvm_xen_hvm_config", "size", "64", "kvm_xen_hvm_config"),
        new("spec/kvm/ioctls/vcpu.yaml", "KVM_RUN", "number", "0x7F", "KVM_RUN, number"),
        new("spec/kvm/constants/exits.yaml", "KVM_EXIT_IO", "value", "200", "KVM_EXIT_IO, value"),
        new("spec/kvm/constants/memory.yaml", "KVM_MEM_LOG_DIRTY_PAGES", "value", "0x8", "KVM_MEM_LOG_DIRTY_PAGES, value"),
    ];

    [Fact]
    public void Each_edited_number_is_named_by_the_comparison_that_guards_it()
    {
        var found = Differences(EditedRuntime.Load(Edits));
        foreach (var line in found)
            output.WriteLine(line);
        Listing.AssertEmpty(
            from edit in Edits
            where !found.Any(line => line.StartsWith(edit.Named + ": ", StringComparison.Ordinal))
            select $"{edit.Path}: {edit.Item}",
            "edits that no comparison names"
        );
    }

    private static List<string> Differences(Assembly assembly)
    {
        var kvm = new GeneratedKvm(assembly, "VmcsGen.Kvm", static t => t.Name == "KvmIoctl");
        var vmx = new GeneratedVmx(assembly);
        var facts = KvmFacts.Read(KvmFacts.Newest);
        var differences = new Differences([.. KvmFactsTests.Always, .. ControlComparison.Unverified]);
        StructComparison.Compare(facts, kvm, differences);
        NumberComparison.CompareIoctls(facts, kvm, differences);
        NumberComparison.CompareConstants(facts.Constants.Select(static c => KeyValuePair.Create(c.Key, c.Value.Value)), kvm, differences);
        FieldComparison.Compare(VmcsFieldFacts.Read(), vmx, differences);
        LayoutComparison.Compare(LayoutFacts.ReadVmcs12("current"), vmx.Layouts[nameof(Vmcs12)], differences);
        LayoutComparison.Compare(LayoutFacts.ReadEnlightenedVmcs(), vmx.Layouts[nameof(EnlightenedVmcs)], differences);
        ControlComparison.CompareBits(vmx, differences);
        ControlComparison.CompareMsrs(vmx, differences);
        NumberedList.ExitReasons.Compare(vmx, differences);
        NumberedList.InstructionErrors.Compare(vmx, differences);
        return
        [
            .. differences.Unexpected,
            .. BitLayout.All.SelectMany(layout => layout.Compare(vmx).Unexpected),
            .. ValueList.All.SelectMany(list => list.Compare(vmx).Unexpected),
        ];
    }
}
