using System;
using System.Threading;
using Xunit;

namespace VmcsGen.Vmx.Bochs.Tests.Testing;

/// <summary>Waits for what another process does.</summary>
internal static class Patience
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    public static void Await(Func<bool> condition, string what)
    {
        var end = DateTime.UtcNow + s_limit;
        while (!condition())
        {
            Assert.True(DateTime.UtcNow < end, $"It has not happened within {s_limit.TotalSeconds} seconds: {what}.");
            Thread.Sleep(20);
        }
    }
}
