using System;
using System.Buffers.Binary;
using System.IO;

namespace VmcsGen.Vmm;

/// <summary>Its devices.</summary>
public sealed partial class PcMachine
{
    /// <summary>Adds a serial port: the first is COM1, which Linux calls ttyS0.</summary>
    /// <param name="output">Where what the guest sends goes.</param>
    /// <returns>The port.</returns>
    /// <exception cref="InvalidOperationException">There are four already, or the program was loaded.</exception>
    public SerialPort AddSerialPort(Stream output)
    {
        if (_serialPorts == s_serialPorts.Length)
            throw new InvalidOperationException($"A PC has {s_serialPorts.Length} serial ports at most.");
        var (port, line) = s_serialPorts[_serialPorts++];
        SerialPort serial = new(output, InterruptLine(line));
        Buses.Ports.Add(port, SerialPort.PortCount, serial);
        _devices.Add(serial);
        _tableDevices.Add(new($"COM{_serialPorts}", "PNP0501", (uint)_serialPorts, port, SerialPort.PortCount, IsMmio: false, line));
        return serial;
    }

    /// <summary>
    /// Adds a virtio device: a disk, a console, a source of random bytes. The guest finds it in the ACPI tables and rings by
    /// ioeventfds; <see cref="Loop"/> serves it.
    /// </summary>
    /// <param name="device">The device. It stays the caller's: dispose of it after the machine.</param>
    /// <returns>Its transport.</returns>
    /// <exception cref="InvalidOperationException">There are eight already, or there are no interrupt controllers.</exception>
    public VirtioMmioTransport AddVirtio(VirtioDevice device)
    {
        if (_virtioDevices == MostVirtio)
            throw new InvalidOperationException($"A PC has {MostVirtio} virtio devices at most.");
        if (!_configuration.HasInterruptControllers)
            throw new InvalidOperationException("Virtio devices interrupt, and this PC has no interrupt controllers.");
        var address = FirstVirtio + VirtioStride * (ulong)_virtioDevices;
        var line = FirstVirtioLine + (uint)_virtioDevices;
        VirtioMmioTransport transport = new(device, Vm.Memory, InterruptLine(line));
        _bindings.Add(transport.ServeOn(Loop, Vm, address));
        Buses.Mmio.Add(address, VirtioMmioTransport.Size, transport);
        _devices.Add(transport);
        _tableDevices.Add(
            new($"VIO{_virtioDevices}", "LNRO0005", (uint)_virtioDevices, (uint)address, VirtioMmioTransport.Size, IsMmio: true, line)
        );
        _virtioDevices++;
        return transport;
    }

    /// <summary>
    /// Adds QEMU's firmware configuration device (fw_cfg), with the number of processors and the size of memory. The guest finds it in the
    /// ACPI tables. Add files to it before the machine starts.
    /// </summary>
    /// <returns>The device.</returns>
    /// <exception cref="InvalidOperationException">There is one already.</exception>
    public FirmwareConfiguration AddFirmwareConfiguration()
    {
        if (_hasFirmwareConfiguration)
            throw new InvalidOperationException("A PC has one firmware configuration device at most.");
        _hasFirmwareConfiguration = true;
        FirmwareConfiguration firmware = new(Vm.Memory);
        firmware.SetItem(FirmwareItem.RamSize, Number(Memory.Below4G + Memory.Above4G, sizeof(ulong)));
        firmware.SetItem(FirmwareItem.NoGraphics, Number(1, sizeof(ushort)));
        firmware.SetItem(FirmwareItem.Processors, Number((ulong)_vcpus.Length, sizeof(ushort)));
        firmware.SetItem(FirmwareItem.MostProcessors, Number((ulong)_vcpus.Length, sizeof(ushort)));
        Buses.Ports.Add(FirmwareConfiguration.FirstPort, FirmwareConfiguration.PortCount, firmware);
        _devices.Add(firmware);
        _tableDevices.Add(
            new("FWCF", "QEMU0002", 0, FirmwareConfiguration.FirstPort, FirmwareConfiguration.PortCount, IsMmio: false, InterruptLine: null)
        );
        return firmware;

        static byte[] Number(ulong value, int size)
        {
            var bytes = new byte[sizeof(ulong)];
            BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
            return bytes[..size];
        }
    }

    private void AddFixedDevices()
    {
        CmosClock clock = new(Memory.Below4G, Memory.Above4G, line: InterruptLine(CmosClock.Line), loop: Loop);
        _bindings.Add(clock);
        Acpi = new AcpiHardware(End, InterruptLine(AcpiPorts.Line));
        PciHost pci = new(End);
        KeyboardController keyboard = new(End);
        Buses.Ports.Add(CmosClock.FirstPort, CmosClock.PortCount, clock);
        Buses.Ports.Add(AcpiHardware.FirstPort, AcpiHardware.PortCount, Acpi);
        Buses.Ports.Add(PciHost.FirstPort, PciHost.PortCount, pci);
        Buses.Ports.Add(KeyboardController.DataPort, 1, keyboard);
        Buses.Ports.Add(
            KeyboardController.CommandPort,
            1,
            new OffsetDevice(keyboard, KeyboardController.CommandPort - KeyboardController.DataPort)
        );
        Buses.Ports.Add(DebugExitPort.FirstPort, DebugExitPort.PortCount, new DebugExitPort(End));
        _devices.AddRange([clock, Acpi, pci]);
        uint? line = _configuration.HasInterruptControllers ? CmosClock.Line : null;
        _tableDevices.Add(new("RTC_", "PNP0B00", 0, CmosClock.FirstPort, CmosClock.PortCount, IsMmio: false, line));
    }
}
