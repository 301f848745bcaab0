using System;

namespace VmcsGen.Vmm;

/// <summary>A file that a guest was to be made of is not what it must be.</summary>
public sealed class ImageException : Exception
{
    /// <summary>Says what is wrong with a file, and where.</summary>
    /// <param name="image">The file.</param>
    /// <param name="offset">Where in it, in bytes.</param>
    /// <param name="problem">What is wrong, as a sentence.</param>
    public ImageException(string image, ulong offset, string problem)
        : base($"{image}, offset 0x{offset:X}: {problem}")
    {
        Image = image;
        Offset = offset;
    }

    /// <summary>The file.</summary>
    public string Image { get; }

    /// <summary>Where in it, in bytes.</summary>
    public ulong Offset { get; }
}
