using System;
using System.Threading;

namespace VmcsGen.Vmx;

/// <summary>Whose cancellation an exception tells of.</summary>
internal static class Cancellations
{
    /// <summary>Whether it was thrown because a token was cancelled, and not for a reason of the thrower's own.</summary>
    internal static bool IsOf(this OperationCanceledException canceled, CancellationToken token) =>
        token.IsCancellationRequested && canceled.CancellationToken == token;
}
