using System;
using VmcsGen.Oracle.Tests.Facts;
using VmcsGen.Oracle.Tests.Generated;
using VmcsGen.Oracle.Tests.Support;

namespace VmcsGen.Oracle.Tests.Vmx;

/// <summary>Generated VMCS fields against recorded ones.</summary>
internal static class FieldComparison
{
    // Where the kernel has no name.
    private static readonly CSharpNames Names = new(
        """
        HLAT_PREFIX=HlatPrefixSize EXECUTIVE_VMCS_PTR=ExecutiveVmcsPointer SPPTP=SubPagePermissionTablePointer
        LO_PASID_DIRECTORY_ADDR=LowPasidDirectoryAddress HI_PASID_DIRECTORY_ADDR=HighPasidDirectoryAddress
        EXTENDED_INSTRUCTION_INFO=ExtendedInstructionInformation GUEST_IA32_FRED_STACK_LEVELS=GuestIa32FredStklvls
        HOST_IA32_FRED_STACK_LEVELS=HostIa32FredStklvls
        """
    );

    /// <returns>How many fields were compared, and how many of them the kernel has a name for.</returns>
    public static (int Fields, int Named) Compare(VmcsFieldFacts facts, GeneratedVmx generated, Differences differences)
    {
        var fields = 0;
        var named = 0;
        foreach (var fact in facts.Fields)
        {
            // The suspect encodings contradict all other sources: nothing must be generated for them.
            if (fact.Suspect)
            {
                if (generated.Fields.ContainsKey(fact.Number))
                    differences.Add(fact.Encoding, "a field is generated for a suspect encoding");
                continue;
            }
            fields++;
            named += fact.LinuxName is null ? 0 : 1;
            if (generated.Fields.TryGetValue(fact.Number, out var actual))
                Compare(fact, actual, differences);
            else
                differences.Add(fact.Encoding, $"no generated field has this encoding ({fact.LinuxName})");
        }
        return (fields, named);
    }

    private static void Compare(VmcsFieldFact fact, GeneratedField actual, Differences differences)
    {
        var item = $"{fact.Encoding} {actual.Name}";
        differences.Check(item, "kernel's name", fact.LinuxName, actual.NativeName);
        if (actual.Property is not { } property)
        {
            differences.Add(item, "a VMCS has no such property");
            return;
        }
        differences.Check(item, "kernel's name of the property", fact.LinuxName, NativeNames.Declared(property));
        if (fact.LinuxName is null && !Names.Match(fact.OtherName, actual.Name))
            differences.Add(item, $"others call it {fact.OtherName}");
        differences.Check(item, "width", fact.Width, Width(property.PropertyType, fact.Width));
        differences.Check(item, "read-only", fact.ReadOnlyClass, property.SetMethod is null);
    }

    // A bit-field of 64 bits stands for fields of 64 bits and of natural width.
    private static string Width(Type type, string expected) =>
        type == typeof(nuint) ? "natural"
        : type == typeof(ulong) ? "64"
        : ManagedLayout.SizeOf(type) == 8 && expected == "natural" ? "natural"
        : $"{ManagedLayout.SizeOf(type) * 8}";
}
