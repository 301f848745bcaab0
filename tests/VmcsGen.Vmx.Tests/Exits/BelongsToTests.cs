using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using Xunit;

namespace VmcsGen.Vmx.Tests;

// [BelongsTo] says for tools what the properties themselves do.
public class BelongsToTests
{
    // A memory operand needs bit 10 clear, string I/O bit 4 of the qualification, an exception its vector.
    private static readonly VmExit[] Exits =
    [
        .. Enumerable.Range(0, 101).Select(static number => new VmExit { Reason = new ExitReason((uint)number), Qualification = 1 << 4 }),
        .. new uint[] { 1, 14 }.Select(static vector => new VmExit
        {
            Reason = new ExitReason((uint)BasicExitReason.ExceptionOrNmi),
            Interruption = default(ExitInterruptionInformation) with
            {
                Valid = true,
                Vector = (byte)vector,
                Type = InterruptionType.HardwareException,
            },
        }),
    ];

    public static TheoryData<string> Properties { get; } =
    [.. typeof(VmExit).GetProperties(BindingFlags.Public | BindingFlags.Instance).Select(static property => property.Name)];

    [Theory]
    [MemberData(nameof(Properties))]
    public void The_attribute_of_a_property_names_the_reasons_for_which_it_does_not_throw(string name)
    {
        var property = typeof(VmExit).GetProperty(name)!;
        var readable = Exits.Where(exit => IsReadable(property, exit)).Select(static exit => exit.BasicReason).ToHashSet();
        var all = Exits.Select(static exit => exit.BasicReason).ToHashSet();

        var stated = property.GetCustomAttribute<BelongsToAttribute<BasicExitReason>>();

        if (stated is null)
            Assert.Equal(Sorted(all), Sorted(readable));
        else
            Assert.Equal(Sorted(stated.Reasons), Sorted(readable));
    }

    private static bool IsReadable(PropertyInfo property, VmExit exit)
    {
        try
        {
            _ = property.GetValue(exit);
            return true;
        }
        catch (TargetInvocationException e) when (e.InnerException is InvalidOperationException)
        {
            return false;
        }
    }

    private static BasicExitReason[] Sorted(IEnumerable<BasicExitReason> reasons) => [.. reasons.Order()];
}
