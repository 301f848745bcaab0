using System;
using System.IO;
using VmcsGen.Vmm;

namespace VmmSample;

/// <summary>Keys behind Ctrl-A are for the VMM.</summary>
internal sealed class ConsoleKeys(PcMachine machine, Options options)
{
    private const byte CtrlA = 1;

    private bool _isEscaped;

    /// <summary>Leaves what is for the guest.</summary>
    public int Filter(Span<byte> keys)
    {
        var kept = 0;
        foreach (var key in keys)
        {
            if (!_isEscaped && key == CtrlA)
            {
                _isEscaped = true;
                continue;
            }
            if (!_isEscaped || key == CtrlA)
                keys[kept++] = key;
            else
                Obey((char)key);
            _isEscaped = false;
        }
        return kept;
    }

    private void Obey(char key)
    {
        switch (key)
        {
            case 'x':
                machine.End(new(MachineEndReason.Stopped));
                break;
            case 'p':
                machine.Acpi.PressPowerButton();
                break;
            case 's' when options.Snapshot is { } path:
                using (machine.Pause()) // It does not go on between the snapshot and its end.
                {
                    Write(path, stream => machine.Save(stream));
                    machine.End(new(MachineEndReason.Stopped));
                }
                break;
            case 'c' when options.Core is { } path:
                Write(path, machine.WriteCore);
                break;
        }
    }

    private static void Write(string path, Action<Stream> write)
    {
        using (var stream = File.Create(path))
            write(stream);
        Console.Error.WriteLine($"{path} has {new FileInfo(path).Length} bytes.");
    }
}
