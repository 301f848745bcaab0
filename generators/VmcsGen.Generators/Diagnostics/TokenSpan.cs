namespace VmcsGen.Generators.Diagnostics;

/// <summary>Where a token stands in its file: zero-based lines and columns, and character offsets.</summary>
internal readonly record struct TokenSpan(int Start, int Length, int StartLine, int StartColumn, int EndLine, int EndColumn)
{
    /// <summary>A part of the token, or all of it where the text is not what stands in the file character by character.</summary>
    public TokenSpan Of(TokenPart? part)
    {
        if (part is not { } given || StartLine != EndLine || (Length != given.TextLength && Length != given.TextLength + 2))
            return this;
        // Quotation marks.
        var first = given.Offset + ((Length - given.TextLength) / 2);
        return new(Start + first, given.Length, StartLine, StartColumn + first, StartLine, StartColumn + first + given.Length);
    }
}

/// <summary>Some characters of a token's text.</summary>
/// <param name="Offset">The first.</param>
/// <param name="Length">How many.</param>
/// <param name="TextLength">How many the text has.</param>
internal readonly record struct TokenPart(int Offset, int Length, int TextLength);
