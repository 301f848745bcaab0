using System;
using System.Collections.Generic;

namespace VmcsGen.Tool.Dumps;

/// <summary>
/// Divides text into words, numbers and signs. Dumps are wrapped at any blank, so blanks and line ends mean nothing between them.
/// </summary>
internal static class Tokens
{
    /// <summary>Adds the tokens of a piece of a line.</summary>
    /// <param name="text">The line.</param>
    /// <param name="start">Where the piece begins.</param>
    /// <param name="line">The line's number.</param>
    /// <param name="tokens">Receives the tokens.</param>
    public static void Read(ReadOnlySpan<char> text, int start, int line, List<Token> tokens)
    {
        for (var i = start; i < text.Length; )
        {
            if (char.IsWhiteSpace(text[i]) || char.IsControl(text[i]))
            {
                i++;
                continue;
            }
            var end = i + 1;
            if (IsWord(text[i]))
            {
                while (end < text.Length && IsWord(text[end]))
                    end++;
            }
            else if (text[i] == '*')
            {
                while (end < text.Length && text[end] == '*')
                    end++;
            }
            tokens.Add(new(text[i..end].ToString(), line, i + 1));
            i = end;
        }
    }

    private static bool IsWord(char letter) => char.IsAsciiLetterOrDigit(letter) || letter == '_';
}
