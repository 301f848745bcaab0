namespace VmcsGen.Kvm;

/// <summary>What a bucket of a histogram counts: the values from <see cref="From"/> up to, not including, <see cref="To"/>.</summary>
/// <param name="From">The smallest value that belongs to it.</param>
/// <param name="To">The smallest value that is too large; null for the last bucket, which has no end.</param>
public readonly record struct KvmStatisticBucket(ulong From, ulong? To)
{
    /// <summary>The range, such as <c>[4, 8)</c>.</summary>
    public override string ToString() => To is { } to ? $"[{From}, {to})" : $"[{From}, ∞)";
}
