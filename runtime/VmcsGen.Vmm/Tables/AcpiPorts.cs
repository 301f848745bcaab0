namespace VmcsGen.Vmm;

/// <summary>Ports of the fixed ACPI hardware, and what the tables and the devices say about it in common.</summary>
internal static class AcpiPorts
{
    internal const ushort Events = 0x600;
    internal const byte EventsLength = 4;
    internal const ushort Control = 0x604;
    internal const byte ControlLength = 2;
    internal const ushort Timer = 0x608;
    internal const byte TimerLength = 4;
    internal const ushort Reset = 0xCF9;

    /// <summary>What is written to <see cref="Reset"/>: a full reset. Source: any PC chipset's manual, register RST_CNT.</summary>
    internal const byte ResetValue = 0x06;

    /// <summary>The sleep type of power-off, as the package _S5 tells it.</summary>
    internal const byte PowerOffType = 5;

    /// <summary>The line of ACPI's own interrupt.</summary>
    internal const byte Line = 9;

    /// <summary>The clock's register with the century.</summary>
    internal const byte CenturyRegister = 0x32;
}
