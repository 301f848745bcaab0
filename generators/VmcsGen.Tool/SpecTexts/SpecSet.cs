using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using VmcsGen.Generators.Model;
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

    /// <param name="files">The specs. What is about other machines is not looked at.</param>
    /// <param name="architecture">The machine.</param>
    public SpecSet(IEnumerable<SpecFile> files, Architecture architecture)
    {
        Architecture = architecture;
        // What a spec says about this machine counts, and not what one about several says.
        Files =
        [
            .. files.Where(file => s_kinds.Contains(file.Kind) && file.Holds(architecture)).OrderBy(file => !HasNumbersOf(file) ? 1 : 0),
        ];
        var own = Files.Where(file => !Architecture.IsX64 && HasNumbersOf(file)).SelectMany(Names).ToHashSet(StringComparer.Ordinal);
        bool Counts(SpecFile file, string name) => HasNumbersOf(file) || !own.Contains(name);
        _structs = Files
            .SelectMany(static file => file.Structs)
            .GroupBy(static item => item.Name)
            .ToDictionary(static group => group.Key, static group => group.First());
        AllConstants = [.. Files.SelectMany(static file => file.Constants).Where(item => Exists(item) && Counts(item.File, item.Name))];
        _constants = AllConstants.ToLookup(static item => item.Name);
        _ioctls = Files
            .SelectMany(static file => file.Ioctls)
            .Where(item => Counts(item.File, item.Name))
            .ToLookup(static item => item.Name);
    }

    private bool Exists(SpecConstant constant) => SpecFile.Exists(constant.Node, Architecture);

    /// <summary>The constants, in the order of the specs.</summary>
    public IReadOnlyList<SpecConstant> AllConstants { get; }

    /// <summary>The machine.</summary>
    public Architecture Architecture { get; }

    /// <summary>Whether the sizes and request numbers that a spec states are those of the machine.</summary>
    public bool HasNumbersOf(SpecFile file) => Architecture.IsX64 || !file.IsShared;

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
        new(Files.Select(other => other.Path == file.Path ? new SpecFile(file.Path, text) : other), Architecture);

    private static IEnumerable<string> Names(SpecFile file) =>
        file
            .Structs.Select(static item => item.Name)
            .Concat(file.Constants.Select(static item => item.Name))
            .Concat(file.Ioctls.Select(static item => item.Name));

    /// <summary>Reads all specs below a folder that are about a machine.</summary>
    public static SpecSet Read(string folder, Architecture architecture)
    {
        try
        {
            return new(
                Directory
                    .EnumerateFiles(folder, "*.yaml", SearchOption.AllDirectories)
                    .Order(StringComparer.Ordinal)
                    .Select(static path => new SpecFile(path, File.ReadAllText(path))),
                architecture
            );
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{folder}: the specs cannot be read: {e.Message}");
        }
    }
}
