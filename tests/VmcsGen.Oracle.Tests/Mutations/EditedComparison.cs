using System.Collections.Generic;
using System.Linq;
using System.Text.Json;
using VmcsGen.Oracle.Tests.Facts;
using VmcsGen.Oracle.Tests.Generated;
using VmcsGen.Oracle.Tests.Headers;
using VmcsGen.Oracle.Tests.Kvm;
using VmcsGen.Oracle.Tests.Support;
using VmcsGen.Oracle.Tests.Vmx;
using VmcsGen.Oracle.Tests.X86;
using VmcsGen.Vmx;

namespace VmcsGen.Oracle.Tests.Mutations;

/// <summary>All comparisons with the facts, on edited specs.</summary>
internal static class EditedComparison
{
    public static IEnumerable<string> Find(EditedSpecs specs)
    {
        var assembly = EditedRuntime.Load(specs);
        var kvm = new GeneratedKvm(assembly, "VmcsGen.Kvm", static t => t.Name == "KvmIoctl");
        var vmx = new GeneratedVmx(assembly);
        var facts = KvmFacts.Read(KvmFacts.Newest);
        var differences = Differences.WhereMet([.. KvmFactsTests.Always, .. ControlComparison.Unverified, .. LayoutFormats.BusyFlag]);
        StructComparison.Compare(facts, kvm, differences);
        NumberComparison.CompareIoctls(facts, kvm, differences);
        NumberComparison.CompareConstants(facts.Constants, kvm, differences);
        FieldComparison.Compare(VmcsFieldFacts.Read(), vmx, differences);
        EntryCheckComparison.Compare(EntryCheckFacts.Read(), vmx, differences);
        LayoutFormats.CompareVirtualizationException(vmx, differences);
        LayoutFormats.CompareSizes(vmx, differences);
        LayoutFormats.CompareFirstWord(vmx, differences);
        LayoutFormats.CompareCleanFields(vmx, differences);
        ControlComparison.CompareBits(vmx, differences);
        ControlComparison.CompareFields(vmx, differences);
        ControlComparison.CompareMsrs(vmx, specs.Read("spec/vmx/bitfields/controls.yaml"), differences);
        NumberedList.ExitReasons.Compare(vmx, differences);
        NumberedList.InstructionErrors.Compare(vmx, differences);
        MsrComparison.Compare(Msrs("spec/x86/msrs.yaml"), differences);
        MsrComparison.CompareForms(Msrs("spec/x86/msrs.yaml"), differences);
        MsrComparison.Compare(Msrs("spec/vmx/msrs.yaml"), differences);
        var features = specs.Read("spec/x86/cpuid.yaml").GetProperty("features");
        CpuidComparison.Compare(features.EnumerateArray(), differences);
        CpuidComparison.CompareWithHeader(features.EnumerateArray(), differences);
        ErrnoComparison.Compare(assembly, differences);
        SvmExitComparison.Compare(assembly, differences);
        return
        [
            .. differences.Unexpected,
            .. Layout(nameof(Vmcs12), LayoutFacts.ReadVmcs12("current")),
            .. Layout(nameof(EnlightenedVmcs), LayoutFacts.ReadEnlightenedVmcs()),
            .. BitLayout.All.SelectMany(layout => layout.Compare(vmx).Unexpected),
            .. ValueList.All.SelectMany(list => list.Compare(vmx).Unexpected),
        ];

        // The layouts' members have the same names.
        IEnumerable<string> Layout(string name, LayoutFacts facts)
        {
            var differences = new Differences();
            LayoutComparison.Compare(facts, vmx.Layouts[name], differences);
            return differences.Unexpected.Select(line => $"{name}.{line}");
        }

        IEnumerable<JsonElement> Msrs(string path) => specs.Read(path).GetProperty("msrs").EnumerateArray();
    }
}
