using System;
using System.Linq;
using System.Runtime.InteropServices;
using System.Text;

namespace VmcsGen.Kvm;

// Answers that have names: vendor, brand and single features.
public sealed partial class CpuidBuilder
{
    private const int VendorLength = 12;
    private const int BrandLength = 48;
    private const uint HighestExtendedLeaf = 0x8000_0000;
    private const uint FirstBrandLeaf = 0x8000_0002;

    /// <summary>
    /// The vendor: 12 ASCII characters such as <c>GenuineIntel</c>, in leaf 0 and, on processors that repeat it there, in leaf
    /// 0x80000000. Empty if there is no leaf 0.
    /// </summary>
    /// <exception cref="ArgumentException">The value has another length or is not ASCII.</exception>
    public string Vendor
    {
        get => TryFind(0, 0, out KvmCpuidEntry2 entry) ? Text([entry.Ebx, entry.Edx, entry.Ecx]) : "";
        set
        {
            uint[] words = Words(value, VendorLength);
            if (words.Contains(0u))
                throw new ArgumentException($"A vendor has {VendorLength} characters, and '{value}' has {value.Length}.", nameof(value));
            Edit(0, 0, (ref entry) => (entry.Ebx, entry.Edx, entry.Ecx) = (words[0], words[1], words[2]));
            if (TryFind(HighestExtendedLeaf, 0, out KvmCpuidEntry2 extended) && extended.Ebx != 0)
                Edit(HighestExtendedLeaf, 0, (ref entry) => (entry.Ebx, entry.Edx, entry.Ecx) = (words[0], words[1], words[2]));
        }
    }

    /// <summary>The brand string: up to 48 ASCII characters in leaves 0x80000002 to 0x80000004. Empty if there are none.</summary>
    /// <exception cref="ArgumentException">The value is longer or not ASCII.</exception>
    public string BrandString
    {
        get
        {
            var words = new uint[BrandLength / 4];
            for (uint i = 0; i < 3; i++)
            {
                if (TryFind(FirstBrandLeaf + i, 0, out KvmCpuidEntry2 entry))
                    new[] { entry.Eax, entry.Ebx, entry.Ecx, entry.Edx }.CopyTo(words, 4 * (int)i);
            }
            return Text(words);
        }
        set
        {
            uint[] words = Words(value, BrandLength);
            for (uint i = 0; i < 3; i++)
            {
                uint[] part = words[(4 * (int)i)..];
                Edit(
                    FirstBrandLeaf + i,
                    0,
                    (ref entry) => (entry.Eax, entry.Ebx, entry.Ecx, entry.Edx) = (part[0], part[1], part[2], part[3])
                );
            }
        }
    }

    /// <summary>Whether the guest is told of a feature. One that the host lacks does not come to be by telling of it.</summary>
    /// <param name="feature">The feature.</param>
    public bool this[CpuidFeature feature]
    {
        get => TryFind(Leaf(feature), Subleaf(feature), out KvmCpuidEntry2 entry) && (Register(ref entry, feature) & Mask(feature)) != 0;
        set
        {
            if (!value && !TryFind(Leaf(feature), Subleaf(feature), out _))
                return; // Without an entry it is absent already.
            Edit(
                Leaf(feature),
                Subleaf(feature),
                (ref entry) =>
                {
                    ref uint register = ref Register(ref entry, feature);
                    register = value ? register | Mask(feature) : register & ~Mask(feature);
                }
            );
        }
    }

    private static uint Leaf(CpuidFeature feature) => ((uint)feature & 0xC000_0000) | ((uint)feature >> 15 & 0xFF);

    private static uint Subleaf(CpuidFeature feature) => (uint)feature >> 7 & 0xFF;

    private static uint Mask(CpuidFeature feature) => 1u << (int)((uint)feature & 31);

    private static ref uint Register(ref KvmCpuidEntry2 entry, CpuidFeature feature)
    {
        switch ((uint)feature >> 5 & 3)
        {
            case 0:
                return ref entry.Eax;
            case 1:
                return ref entry.Ebx;
            case 2:
                return ref entry.Ecx;
            default:
                return ref entry.Edx;
        }
    }

    private static string Text(ReadOnlySpan<uint> words) => Encoding.Latin1.GetString(MemoryMarshal.AsBytes(words)).TrimEnd('\0').Trim();

    private static uint[] Words(string text, int room)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length > room || !Ascii.IsValid(text))
            throw new ArgumentException($"There is room for {room} ASCII characters, and '{text}' has {text.Length}.", nameof(text));
        var words = new uint[room / 4];
        Encoding.ASCII.GetBytes(text, MemoryMarshal.AsBytes(words.AsSpan()));
        return words;
    }
}
