using System;
using System.Linq;
using System.Reflection;
using VmcsGen.Kvm;
using VmcsGen.Oracle.Tests.Generated;
using VmcsGen.Oracle.Tests.Support;

namespace VmcsGen.Oracle.Tests.Headers;

/// <summary>The values of errno against the installed header.</summary>
internal static class ErrnoComparison
{
    /// <param name="assembly">The generated code.</param>
    /// <param name="differences">Takes what differs.</param>
    public static void Compare(Assembly assembly, Differences differences)
    {
        var numbers = InstalledHeaders.ErrnoNumbers;
        var errors = assembly
            .GetType(typeof(Errno).FullName!, throwOnError: true)!
            .GetFields(BindingFlags.Static | BindingFlags.Public)
            .Select(static field => (field.Name, Value: Numbers.From(field.GetRawConstantValue()!)));
        foreach (var (name, value) in errors)
        {
            if (numbers.TryGetValue(name, out var number))
                differences.Check(name, "value", number, value);
            else
                differences.Add(name, "the header does not have it");
        }
    }
}
