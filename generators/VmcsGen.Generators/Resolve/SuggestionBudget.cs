namespace VmcsGen.Generators.Resolve;

/// <summary>
/// How many suggestions are made for all files of a project together. Each looks at every name that there is: without a bound, the cost of
/// a project that is nothing but mistakes would grow with its square.
/// </summary>
internal sealed class SuggestionBudget
{
    private int _left = 300;

    public bool TakeOne() => _left > 0 && _left-- > 0;
}
