using System;
using System.Collections.Generic;
using System.IO;
using BareMetalHypervisor;
using VmcsGen.Vmx.Bochs.Tests.Testing;

namespace VmcsGen.Vmx.Bochs.Tests.BareMetal;

/// <summary>The sample's disk image in one of its forms, built once, and what it says on each model.</summary>
public abstract class ImageFixture : IDisposable
{
    private readonly Lazy<DirectoryInfo> _directory = new(static () => System.IO.Directory.CreateTempSubdirectory("vmcsgen-image-"));
    private readonly Dictionary<(string Model, string? Disc), (int Status, string[] Lines)> _stories = [];
    private readonly Lazy<string> _image;

    private protected ImageFixture(ImageForm form) => _image = new(() => DiskImage.Build(Directory, form));

    /// <summary>Where the image is, and what it is made of.</summary>
    public string Directory => _directory.Value.FullName;

    /// <summary>Builds the image, or skips the test where there is no Bochs.</summary>
    public string Build()
    {
        TestMachine.SkipWithoutBochs();
        return _image.Value;
    }

    /// <summary>Boots the image, and a CD if it gives up.</summary>
    public (int Status, string[] Lines) Boot(string model, string? disc = null)
    {
        var image = Build();
        if (_stories.TryGetValue((model, disc), out var story))
            return story;
        var lines = new List<string>();
        var status = EmulatedPc.Boot(image, model, disc, lines.Add);
        return _stories[(model, disc)] = (status, [.. lines]);
    }

    public void Dispose()
    {
        if (_directory.IsValueCreated)
            _directory.Value.Delete(recursive: true);
        GC.SuppressFinalize(this);
    }
}
