namespace VmcsGen.SideBySide;

/// <summary>An operation that is timed as it is repeated.</summary>
internal abstract class RepeatedOperation : Operation
{
    public sealed override long Measure(int count)
    {
        var begin = Now();
        Repeat(count);
        return Now() - begin;
    }

    protected abstract void Repeat(int count);
}
