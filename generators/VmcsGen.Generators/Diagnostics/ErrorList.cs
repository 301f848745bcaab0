using System.Collections;
using System.Collections.Generic;

namespace VmcsGen.Generators.Diagnostics;

/// <summary>
/// The mistakes in one file. Beyond the first hundred they are only counted: nobody reads more at once, and a file that is
/// nothing but mistakes must cost neither time nor memory.
/// </summary>
internal sealed class ErrorList : IReadOnlyCollection<SpecError>
{
    private const int Maximum = 100;

    private readonly List<SpecError> _errors = [];
    private int _more;
    private int _firstMore;

    public int Count => _errors.Count + (_more > 0 ? 1 : 0);

    /// <summary>Whether some mistake means that the text behind it could not be read.</summary>
    public bool HasSyntaxError { get; private set; }

    public void Add(SpecError error)
    {
        HasSyntaxError |= error.Id == DiagnosticIds.InvalidYaml;
        if (_errors.Count < Maximum)
            _errors.Add(error);
        else if (_more++ == 0)
            _firstMore = error.At;
    }

    /// <summary>The sentence " Did you mean 'x'?", or nothing: when no candidate is near, or when the mistake is only counted.</summary>
    public string Suggest(string word, IEnumerable<string> candidates) => _errors.Count < Maximum ? Suggestion.For(word, candidates) : "";

    public IEnumerator<SpecError> GetEnumerator()
    {
        foreach (var error in _errors)
            yield return error;
        if (_more > 0)
            yield return SpecError.Of(DiagnosticIds.TooManyMistakes, _firstMore, _more);
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
