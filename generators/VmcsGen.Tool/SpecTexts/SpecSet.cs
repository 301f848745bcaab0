using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using VmcsGen.Tool.Headers;

namespace VmcsGen.Tool.SpecTexts;

/// <summary>The specs of a folder that are about interfaces of C.</summary>
internal sealed class SpecSet
{
    private static readonly string[] s_kinds = ["kvm-structs", "kvm-constants", "kvm-ioctls"];

    // Items of one name would be refused by the generator; here the first counts.
    private readonly Dictionary<string, SpecStruct> _structs;
    private readonly ILookup<string, SpecConstant> _constants;
    private readonly ILookup<string, SpecIoctl> _ioctls;

    /// <param name="files">The specs.</param>
    public SpecSet(IEnumerable<SpecFile> files)
    {
        Files = [.. files.Where(static file => s_kinds.Contains(file.Kind))];
        _structs = Files
            .SelectMany(static file => file.Structs)
            .GroupBy(static item => item.Name)
            .ToDictionary(static group => group.Key, static group => group.First());
        _constants = Files.SelectMany(static file => file.Constants).ToLookup(static item => item.Name);
        _ioctls = Files.SelectMany(static file => file.Ioctls).ToLookup(static item => item.Name);
    }

    /// <summary>The specs.</summary>
    public IReadOnlyList<SpecFile> Files { get; }

    /// <summary>The structs by name.</summary>
    public IReadOnlyDictionary<string, SpecStruct> Structs => _structs;

    /// <summary>The constants by name, each in all groups that it stands in.</summary>
    public ILookup<string, SpecConstant> Constants => _constants;

    /// <summary>The ioctls by name.</summary>
    public ILookup<string, SpecIoctl> Ioctls => _ioctls;

    /// <summary>The specs of items of some headers.</summary>
    public IEnumerable<SpecFile> Of(HeaderSet headers) => Files.Where(file => file.Header is { } header && headers.Names.Contains(header));

    /// <summary>The same with another text for a file.</summary>
    public SpecSet With(SpecFile file, string text) =>
        new(Files.Select(other => other.Path == file.Path ? new SpecFile(file.Path, text) : other));

    /// <summary>Reads all specs below a folder.</summary>
    public static SpecSet Read(string folder)
    {
        try
        {
            return new(
                Directory
                    .EnumerateFiles(folder, "*.yaml", SearchOption.AllDirectories)
                    .Order(StringComparer.Ordinal)
                    .Select(static path => new SpecFile(path, File.ReadAllText(path)))
            );
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{folder}: the specs cannot be read: {e.Message}");
        }
    }
}
