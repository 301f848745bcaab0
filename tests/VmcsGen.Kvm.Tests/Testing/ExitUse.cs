using System;
using Xunit;

namespace VmcsGen.Kvm.Tests.Testing;

/// <summary>Something done with an exit, which lambdas cannot capture.</summary>
internal delegate void ExitUse(KvmExit exit);

/// <summary>Checks that a use of an exit is refused.</summary>
internal static class ExitUses
{
    public static TException Refuses<TException>(this KvmExit exit, ExitUse use)
        where TException : Exception
    {
        try
        {
            use(exit);
        }
        catch (TException refusal)
        {
            return refusal;
        }
        Assert.Fail($"Expected {typeof(TException).Name}.");
        return null;
    }
}
