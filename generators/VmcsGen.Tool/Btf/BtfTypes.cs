using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Linq;
using System.Text;

namespace VmcsGen.Tool.Btf;

/// <summary>
/// The types of a kernel or of a module, from BTF (Linux Documentation/bpf/btf.rst). That of a module continues that of its kernel: numbers
/// of types and places of names go on where the kernel's end.
/// </summary>
internal sealed class BtfTypes
{
    private const ushort Magic = 0xEB9F;

    private readonly byte[] _bytes;
    private readonly string _path;
    private readonly BtfTypes? _base;
    private readonly List<BtfType> _types = [];
    private readonly int _firstType;
    private readonly int _firstName;
    private readonly int _names;
    private readonly int _namesLength;
    private int _at;

    /// <param name="path">What messages call it.</param>
    /// <param name="bytes">BTF.</param>
    /// <param name="kernel">The kernel's, for that of a module.</param>
    public BtfTypes(string path, byte[] bytes, BtfTypes? kernel)
    {
        (_path, _bytes, _base) = (path, bytes, kernel);
        if (bytes.Length < 24 || BinaryPrimitives.ReadUInt16LittleEndian(bytes) != Magic)
            throw Broken("it does not begin with the number of BTF");
        if (bytes[2] != 1)
            throw Broken($"it is of version {bytes[2]}, and 1 is known");
        var header = At(4);
        var (types, typesLength) = (checked(header + At(8)), At(12));
        (_names, _namesLength) = (checked(header + At(16)), At(20));
        if (header < 24 || !IsInside(types, typesLength) || !IsInside(_names, _namesLength))
            throw Broken("its parts do not lie in it");
        _firstType = kernel?.End ?? 0;
        _firstName = kernel?.NamesEnd ?? 0;
        // The kernel's first type is void, which has no number in the file.
        if (kernel is null)
            _types.Add(new(BtfKind.Void, "void", 0, 0, 0, false, []));
        for (_at = types; _at < types + typesLength; )
            _types.Add(Read(types + typesLength));
    }

    /// <summary>The number behind the last type's.</summary>
    public int End => _firstType + _types.Count;

    private int NamesEnd => _firstName + _namesLength;

    /// <summary>A type by its number.</summary>
    public BtfType this[int number] =>
        number < 0 ? throw Broken($"there is no type {number}")
        : number < _firstType ? _base![number]
        : number < End ? _types[number - _firstType]
        : throw Broken($"there is no type {number}");

    /// <summary>The struct or union with a tag; the module's before the kernel's.</summary>
    public BtfType? Find(string tag) =>
        _types.Find(type => type.Kind is BtfKind.Struct or BtfKind.Union && type.Name == tag) ?? _base?.Find(tag);

    /// <summary>Tags of structs and unions.</summary>
    public IEnumerable<string> Tags =>
        _types
            .Where(static type => type.Kind is BtfKind.Struct or BtfKind.Union && type.Name.Length > 0)
            .Select(static type => type.Name)
            .Concat(_base?.Tags ?? []);

    private bool IsInside(int start, int length) => start >= 0 && length >= 0 && start <= _bytes.Length - length;

    private int At(int index) => BinaryPrimitives.ReadInt32LittleEndian(_bytes.AsSpan(index));

    private int Next()
    {
        if (_at > _bytes.Length - 4)
            throw Broken("it ends inside a type");
        var value = At(_at);
        _at += 4;
        return value;
    }

    private BtfType Read(int end)
    {
        var name = Name(Next());
        var info = (uint)Next();
        var value = Next();
        var kind = (BtfKind)(info >> 24 & 0x1F);
        var count = (int)(info & 0xFFFF);
        var hasBits = info >> 31 != 0;
        var type = kind switch
        {
            BtfKind.Int => new BtfType(kind, name, value, 0, 0, (Next() >> 24 & 1) != 0, []),
            BtfKind.Array => new BtfType(kind, name, 0, Next(), Skipped(1, Next), false, []),
            BtfKind.Struct or BtfKind.Union => new BtfType(kind, name, value, 0, 0, false, Members(count, hasBits)),
            BtfKind.Enum => Skip(new(kind, name, value, 0, 0, hasBits, []), count * 8),
            BtfKind.Enum64 => Skip(new(kind, name, value, 0, 0, hasBits, []), count * 12),
            BtfKind.FunctionPrototype => Skip(new(kind, name, 0, value, 0, false, []), count * 8),
            BtfKind.Variable or BtfKind.DeclarationTag => Skip(new(kind, name, 0, value, 0, false, []), 4),
            BtfKind.DataSection => Skip(new(kind, name, value, 0, 0, false, []), count * 12),
            BtfKind.Float => new(kind, name, value, 0, 0, false, []),
            > BtfKind.Void and <= BtfKind.TypeTag => new(kind, name, 0, value, 0, false, []),
            _ => throw Broken($"a type is of the kind {(int)kind}, which is not known"),
        };
        return _at <= end ? type : throw Broken("a type ends outside");
    }

    private BtfType Skip(BtfType type, int bytes)
    {
        _at += bytes;
        return type;
    }

    private int Skipped(int words, Func<int> next)
    {
        _at += words * 4;
        return next();
    }

    private BtfMember[] Members(int count, bool hasBits)
    {
        var members = new BtfMember[count];
        for (var i = 0; i < count; i++)
        {
            var (name, type, offset) = (Name(Next()), Next(), (uint)Next());
            members[i] = hasBits ? new(name, type, (int)(offset & 0xFFFFFF), (int)(offset >> 24)) : new(name, type, (int)offset, 0);
        }
        return members;
    }

    private string Name(int offset)
    {
        if (_base is not null && offset >= 0 && offset < _firstName)
            return _base.Name(offset);
        offset -= _firstName;
        if (offset < 0 || offset >= _namesLength)
            throw Broken("a name lies outside");
        var text = _bytes.AsSpan(_names + offset, _namesLength - offset);
        var end = text.IndexOf((byte)0);
        return end < 0 ? throw Broken("a name has no end") : Encoding.UTF8.GetString(text[..end]);
    }

    private InputException Broken(string why) => new($"{_path}: this is no BTF that can be read: {why}.");
}
