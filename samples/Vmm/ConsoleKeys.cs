using System;
using VmcsGen.Vmm;

namespace VmmSample;

/// <summary>Keys behind Ctrl-A are for the VMM.</summary>
internal sealed class ConsoleKeys(PcMachine machine)
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
            else if (key == 'x')
                machine.End(new(MachineEndReason.Stopped));
            else if (key == 'p')
                machine.Acpi.PressPowerButton();
            _isEscaped = false;
        }
        return kept;
    }
}
