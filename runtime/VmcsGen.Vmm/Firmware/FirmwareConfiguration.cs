using System;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Threading;
using VmcsGen.Kvm;

namespace VmcsGen.Vmm;

/// <summary>
/// QEMU's firmware configuration device (fw_cfg), at ports 0x510 to 0x51B: items by key and files by name, which the guest reads byte by
/// byte or has copied into its memory. The guest writes none of them. Source: QEMU docs/specs/fw_cfg.rst.
/// </summary>
/// <remarks>
/// Linux shows the files in /sys/firmware/qemu_fw_cfg/by_name. Add items before the guest runs: it reads the directory once. A snapshot
/// has names and lengths of the files, not what is in them: a device with other files refuses it.
/// </remarks>
public sealed partial class FirmwareConfiguration : IStatefulDevice
{
    /// <summary>Its first port: the selector's. That of the data follows.</summary>
    public const ushort FirstPort = 0x510;

    /// <summary>Number of its ports.</summary>
    public const int PortCount = 12;

    /// <summary>Most characters of a file's name.</summary>
    public const int LongestName = 55;

    internal const ushort KeyMask = 0x3FFF;

    private const int DataOffset = 1;

    private readonly IDmaMemory? _memory;
    private readonly Lock _gate = new();
    private readonly FirmwareItems _items = new();
    private ReadOnlyMemory<byte> _selected;
    private FirmwareState _state;

    /// <summary>Creates the device, without files.</summary>
    /// <param name="memory">The memory that it accesses for the guest; null if it has no DMA interface.</param>
    public FirmwareConfiguration(GuestPhysicalMemory? memory = null)
        : this(memory is null ? null : (IDmaMemory)new GuestDmaMemory(memory)) { }

    internal FirmwareConfiguration(IDmaMemory? memory)
    {
        _memory = memory;
        var id = new byte[sizeof(FirmwareFeatures)];
        BinaryPrimitives.WriteUInt32LittleEndian(id, (uint)(FirmwareFeatures.Version | (memory is null ? 0 : FirmwareFeatures.VersionDma)));
        _items[(ushort)FirmwareItem.Id] = id;
        _items[(ushort)FirmwareItem.Signature] = "QEMU"u8.ToArray();
        Select((ushort)FirmwareItem.Signature);
    }

    /// <summary>Adds a file.</summary>
    /// <param name="name">
    /// Its name, up to 55 ASCII characters: <c>opt/</c>, a domain of one's own in reverse, and more. Other names are for firmware.
    /// </param>
    /// <param name="content">Its bytes; not copied.</param>
    /// <exception cref="ArgumentException">It is no name, or there is a file of that name.</exception>
    /// <exception cref="InvalidOperationException">There are 16,352 files already.</exception>
    public void AddFile(string name, ReadOnlyMemory<byte> content)
    {
        ArgumentNullException.ThrowIfNull(name);
        lock (_gate)
            _items.AddFile(name, content);
    }

    /// <summary>Adds what a file holds now.</summary>
    /// <param name="name">Its name for the guest, as above.</param>
    /// <param name="content">The file, which can be closed afterwards.</param>
    /// <exception cref="ArgumentException">It is no name, or there is a file of that name.</exception>
    /// <exception cref="InvalidOperationException">There are 16,352 files already.</exception>
    /// <exception cref="ImageException">The file has more than 2 GiB, or becomes shorter meanwhile.</exception>
    public void AddFile(string name, ImageFile content)
    {
        ArgumentNullException.ThrowIfNull(content);
        if (content.Length > (ulong)Array.MaxLength)
            throw content.Error(0, $"It has {content.Length} bytes, and {Array.MaxLength} can be given to a guest.");
        var bytes = new byte[content.Length];
        content.Read(0, bytes, "the file");
        AddFile(name, bytes);
    }

    /// <summary>Gives an item that has a key of its own.</summary>
    /// <param name="item">The item; those of the architecture have 0x8000 added.</param>
    /// <param name="content">Its bytes; not copied.</param>
    /// <exception cref="ArgumentOutOfRangeException">The device has this item itself, or it is the key of a file.</exception>
    public void SetItem(FirmwareItem item, ReadOnlyMemory<byte> content)
    {
        var key = (ushort)item;
        if (
            item is FirmwareItem.Signature or FirmwareItem.Id or FirmwareItem.FileDirectory
            || (key & ~(ushort)FirmwareKey.ArchLocal) >= (ushort)FirmwareKey.FileFirst
        )
            throw new ArgumentOutOfRangeException(nameof(item), item, "This item cannot be given: the device makes it, or it is a file.");
        lock (_gate)
            _items[key] = content;
    }

    /// <inheritdoc/>
    public void Read(ulong offset, Span<byte> data)
    {
        data.Fill(0xFF);
        lock (_gate)
        {
            if (offset >= DmaOffset && _memory is not null)
                DmaSignature.Slice((int)offset - DmaOffset, data.Length).CopyTo(data);
            else if (offset == DataOffset)
                data[0] = NextByte();
        }
    }

    /// <inheritdoc/>
    public void Write(ulong offset, ReadOnlySpan<byte> data)
    {
        lock (_gate)
        {
            if (offset == 0 && data.Length == sizeof(ushort))
                Select(BinaryPrimitives.ReadUInt16LittleEndian(data));
            else if (offset >= DmaOffset && data.Length == sizeof(uint) && _memory is not null)
                WriteDmaAddress(offset, BinaryPrimitives.ReadUInt32BigEndian(data));
        }
    }

    /// <inheritdoc/>
    public byte[] SaveState()
    {
        lock (_gate)
            return [.. DeviceState.ToBytes(_state), .. _items.Directory];
    }

    /// <inheritdoc/>
    public void RestoreState(ReadOnlySpan<byte> state)
    {
        var size = Math.Min(state.Length, Unsafe.SizeOf<FirmwareState>());
        var restored = DeviceState.FromBytes<FirmwareState>(state[..size]);
        lock (_gate)
        {
            if (!state[size..].SequenceEqual(_items.Directory))
                throw new ArgumentException("It is the state of a firmware configuration with other files.", nameof(state));
            Select(restored.Selected);
            _state = restored;
        }
    }

    /// <summary>What messages call it.</summary>
    public override string ToString() => "firmware configuration";

    private int Left => _selected.Length - (int)Math.Min(_state.Offset, (uint)_selected.Length);

    private void Select(ushort key)
    {
        _state.Selected = (ushort)(key & ~(ushort)FirmwareKey.WriteChannel);
        _state.Offset = 0;
        _selected = _items[_state.Selected];
    }

    // Behind its end an item has zeros.
    private byte NextByte() => Left == 0 ? (byte)0 : _selected.Span[(int)_state.Offset++];
}
