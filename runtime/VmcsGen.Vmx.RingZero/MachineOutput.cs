using System.Collections.Generic;

namespace VmcsGen.Vmx.RingZero;

/// <summary>Keeps the last lines that a machine wrote, for messages. Any thread may use it.</summary>
internal sealed class MachineOutput
{
    private const int Kept = 40;

    private readonly Queue<string> _lines = new();

    internal void Add(string? line)
    {
        if (string.IsNullOrWhiteSpace(line))
            return;
        lock (_lines)
        {
            _lines.Enqueue(line);
            if (_lines.Count > Kept)
                _lines.Dequeue();
        }
    }

    public override string ToString()
    {
        lock (_lines)
            return string.Join('\n', _lines);
    }
}
