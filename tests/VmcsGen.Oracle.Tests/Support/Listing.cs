using System;
using System.Collections.Generic;
using System.Linq;
using Xunit;

namespace VmcsGen.Oracle.Tests.Support;

/// <summary>Assertions that name every offender; those of xunit stop after a few.</summary>
internal static class Listing
{
    /// <summary>Fails with all items if there are any.</summary>
    /// <param name="items">The offenders.</param>
    /// <param name="meaning">What is wrong with them.</param>
    public static void AssertEmpty(IEnumerable<string> items, string meaning)
    {
        var all = items.Order(StringComparer.Ordinal).ToArray();
        Assert.True(all.Length == 0, $"{meaning} ({all.Length}):{Environment.NewLine}{string.Join(Environment.NewLine, all)}");
    }
}
