using System;
using System.Collections.Generic;
using System.IO;
using System.Text;

namespace VmcsGen.Tool.Dumps;

/// <summary>Reads the lines of a log, whatever else the file may be. It holds one line, of a length that it bounds.</summary>
/// <param name="stream">The file.</param>
/// <param name="report">Hears of what is no text.</param>
internal sealed class LogReader(Stream stream, Action<LogProblem> report)
{
    /// <summary>Bytes of a line that are read. The longest that a dump has, with prefixes, is a tenth of it.</summary>
    public const int LongestLine = 4096;

    private readonly byte[] _buffer = new byte[1 << 16];
    private readonly StringBuilder _line = new();
    private int _number = 1;
    private long _offset;
    private long _start;
    private bool _isTooLong;
    private bool _hasNul;

    /// <summary>The lines: number, offset of the first byte, text.</summary>
    public IEnumerable<(int Number, long Offset, string Text)> Lines()
    {
        for (int length; (length = stream.Read(_buffer)) != 0; )
        {
            for (var i = 0; i < length; i++, _offset++)
            {
                if (_buffer[i] == '\n')
                {
                    yield return Take();
                    _start = _offset + 1;
                    continue;
                }
                Add(_buffer[i]);
            }
        }
        if (_offset != _start)
        {
            // The end of the file may cut a number.
            var (number, start, text) = Take();
            var end = text.LastIndexOf(' ');
            report(new(number, start + end + 1, "the log ends within a line. The last word is not read, since it may be cut."));
            yield return (number, start, end < 0 ? "" : text[..end]);
        }
    }

    // Dumps are ASCII; any byte may stand in other lines.
    private void Add(byte letter)
    {
        if (letter == 0 && !_hasNul)
        {
            _hasNul = true;
            report(new(_number, _offset, "a NUL byte, which no text has. It and those that follow in the line count as blanks."));
        }
        if (_line.Length < LongestLine)
        {
            _line.Append(letter == 0 ? ' ' : (char)letter);
        }
        else if (!_isTooLong)
        {
            _isTooLong = true;
            report(new(_number, _offset, $"the line is longer than {LongestLine} bytes. The rest of it is not read."));
        }
    }

    private (int Number, long Offset, string Text) Take()
    {
        var line = (_number++, _start, _line.ToString());
        _line.Clear();
        (_isTooLong, _hasNul) = (false, false);
        return line;
    }
}
