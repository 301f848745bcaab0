using System.Text;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

namespace VmcsGen.Testing;

/// <summary>An additional file in memory. Like a file that nobody touched, it is the same object from run to run.</summary>
/// <param name="path">The file's path.</param>
/// <param name="text">What the file holds.</param>
/// <param name="isSpec">Whether the project declares the file as a spec.</param>
public class SpecText(string path, string text, bool isSpec = true) : AdditionalText
{
    /// <inheritdoc/>
    public override string Path { get; } = path;

    /// <summary>What the file holds.</summary>
    public string Text { get; } = text;

    /// <summary>Whether the project declares the file as a spec.</summary>
    public bool IsSpec { get; } = isSpec;

    /// <inheritdoc/>
    public override SourceText? GetText(CancellationToken cancellationToken = default) => SourceText.From(Text, Encoding.UTF8);
}
