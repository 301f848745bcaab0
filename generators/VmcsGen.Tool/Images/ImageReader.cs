using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using VmcsGen.Tool.Machine;
using VmcsGen.Tool.Regions;
using VmcsGen.Tool.TraceFiles;
using VmcsGen.Tool.Traces;

namespace VmcsGen.Tool.Images;

/// <summary>Reads an image, whose kind its content tells.</summary>
/// <param name="Kind">The kind; null where the content is to tell it.</param>
/// <param name="Layout">The layout of a spec; null for none.</param>
/// <param name="Machine">The machine that the image is of; null if that is not known.</param>
internal sealed record ImageReader(ImageKind? Kind, RegionLayout? Layout, MachineFacts? Machine)
{
    /// <summary>Where in the file the image begins; null if the file is the image.</summary>
    public long? Offset { get; init; }

    /// <summary>What is looked at to tell the kind, and all that is read of an image that is no snapshot.</summary>
    public const int LongestImage = 1 << 16;

    /// <summary>The kinds that bytes at the beginning of a file look like.</summary>
    public static IEnumerable<ImageKind> KindsOf(ReadOnlySpan<byte> head)
    {
        var kinds = new List<ImageKind>();
        if (SnapshotImage.Fits(head))
            return [ImageKind.Snapshot];
        if (TraceFile.Fits(head))
            return [ImageKind.TraceFile];
        if (TraceReader.Fits(head))
            return [ImageKind.Trace];
        if (RegionLayout.Vmcs12.HasRevision(head) && head.Length >= RegionLayout.Vmcs12.UsedSize)
            kinds.Add(ImageKind.Vmcs12);
        if (NestedStateImage.Fits(head))
            kinds.Add(ImageKind.NestedState);
        if (new RegionSigns(RegionLayout.Enlightened).Find(head) is not null)
            kinds.Add(ImageKind.Evmcs);
        if (KvmRunImage.Fits(head))
            kinds.Add(ImageKind.KvmRun);
        return kinds;
    }

    /// <summary>Reads what a file begins with, and tells the kind.</summary>
    /// <param name="name">The file's name.</param>
    /// <param name="stream">The file.</param>
    /// <returns>The kind, and the file from its beginning.</returns>
    /// <exception cref="InputException">The file is of no kind, or of several.</exception>
    public (ImageKind Kind, Stream File) Recognize(string name, Stream stream)
    {
        if (Offset is { } offset)
            Skip(name, stream, offset);
        if (Layout is not null)
            return (ImageKind.Layout, stream);
        if (Kind is { } given)
            return (given, stream);
        var head = new byte[LongestImage];
        head = head[..stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false)];
        var kinds = KindsOf(head).ToArray();
        if (kinds.Length == 1)
            return (kinds[0], kinds[0] == ImageKind.TraceFile ? stream : new HeadStream(head, stream));
        var names = string.Join(", ", Enum.GetValues<ImageKind>().Where(static one => one != ImageKind.Layout).Select(Name));
        throw new InputException(
            kinds.Length == 0
                ? $"{name}: byte 0: the file is none of {names} by its content. Say by --as what it is, or find regions in it by 'vmcsgen scan'."
                : $"{name}: byte 0: the file may be {string.Join(" or ", kinds.Select(Name))} by its content. Say by --as what it is."
        );
    }

    /// <summary>Reads an image, of any kind but traces.</summary>
    /// <param name="name">The file's name.</param>
    /// <param name="kind">What it is.</param>
    /// <param name="file">The file.</param>
    /// <exception cref="InputException">The file is cut off, too long or damaged.</exception>
    public IReadOnlyList<DecodedPart> Read(string name, ImageKind kind, Stream file)
    {
        try
        {
            if (kind == ImageKind.Snapshot)
                return [.. SnapshotImage.Read(file)];
            var bytes = new byte[LongestImage + 1];
            bytes = bytes[..file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false)];
            if (bytes.Length > LongestImage && Offset is null)
            {
                throw new InputException(
                    $"byte {LongestImage}: the file goes on, but what is decoded has at most {LongestImage} bytes. Say by --offset where it begins; 'vmcsgen scan' finds regions."
                );
            }
            return [.. Parts(kind, bytes)];
        }
        catch (InputException e)
        {
            throw new InputException($"{name}: {e.Message}");
        }
    }

    /// <summary>What --as calls a kind.</summary>
    public static string Name(ImageKind kind) =>
        kind switch
        {
            ImageKind.Vmcs12 => "vmcs12",
            ImageKind.Evmcs => "evmcs",
            ImageKind.NestedState => "nested-state",
            ImageKind.Snapshot => "snapshot",
            ImageKind.KvmRun => "kvm-run",
            ImageKind.Trace => "trace",
            ImageKind.TraceFile => "trace-file",
            ImageKind.TracePages => "trace-pages",
            _ => "layout",
        };

    private static void Skip(string name, Stream stream, long offset)
    {
        var end = stream.CanSeek ? stream.Length : long.MaxValue;
        if (stream.CanSeek && offset <= end)
        {
            stream.Position = offset;
            return;
        }
        var buffer = new byte[LongestImage];
        for (var left = offset; left > 0; )
        {
            var read = stream.Read(buffer, 0, (int)Math.Min(left, buffer.Length));
            if (read == 0)
                throw new InputException($"{name}: the file ends at byte {offset - left}, before the offset 0x{offset:X}.");
            left -= read;
        }
    }

    private IEnumerable<DecodedPart> Parts(ImageKind kind, byte[] bytes) =>
        kind switch
        {
            ImageKind.Vmcs12 => [RegionImage.Read(RegionLayout.Vmcs12, bytes, 0, "vmcs12", Machine)],
            ImageKind.Evmcs => [RegionImage.Read(RegionLayout.Enlightened, bytes, 0, "enlightened VMCS", Machine)],
            ImageKind.Layout => [RegionImage.Read(Layout!, bytes, 0, Layout!.Name, Machine)],
            ImageKind.NestedState => NestedStateImage.Read(bytes, Machine),
            _ => KvmRunImage.Read(bytes),
        };
}
