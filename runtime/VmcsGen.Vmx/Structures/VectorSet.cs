using System.Numerics;
using System.Runtime.CompilerServices;

namespace VmcsGen.Vmx.Structures;

/// <summary>A set of interrupt vectors: 256 bits, bit n for vector n. Enumerates the vectors from the lowest to the highest.</summary>
public struct VectorSet
{
    // 64 vectors each. A field of its own: foreach over an inline array itself would go through its words.
    internal WordArray Words;

    /// <summary>Whether there is no vector in the set.</summary>
    public readonly bool IsEmpty => (Words[0] | Words[1] | Words[2] | Words[3]) == 0;

    /// <summary>Whether a vector is in the set.</summary>
    /// <param name="vector">The vector.</param>
    public readonly bool Contains(byte vector) => ((Words[vector >> 6] >> (vector & 63)) & 1) != 0;

    /// <summary>Adds a vector.</summary>
    /// <param name="vector">The vector.</param>
    public void Add(byte vector) => Words[vector >> 6] |= 1UL << (vector & 63);

    /// <summary>Removes a vector.</summary>
    /// <param name="vector">The vector.</param>
    public void Remove(byte vector) => Words[vector >> 6] &= ~(1UL << (vector & 63));

    /// <summary>Enumerates the vectors.</summary>
    public readonly Enumerator GetEnumerator() => new(this);

    /// <summary>The vectors, from the lowest to the highest.</summary>
    public override readonly string ToString()
    {
        var text = "";
        foreach (var vector in this)
            text += text.Length == 0 ? $"0x{vector:X}" : $", 0x{vector:X}";
        return text.Length == 0 ? "none" : text;
    }

    [InlineArray(Count)]
    internal struct WordArray
    {
        internal const int Count = 4;

        private ulong _word;
    }

    /// <summary>Goes through the vectors of a set.</summary>
    public struct Enumerator
    {
        private VectorSet _rest;
        private int _word;

        internal Enumerator(VectorSet vectors) => _rest = vectors;

        /// <summary>The vector.</summary>
        public byte Current { get; private set; }

        /// <summary>Goes to the next vector.</summary>
        /// <returns>Whether there is one.</returns>
        public bool MoveNext()
        {
            for (; _word < WordArray.Count; _word++)
            {
                var bits = _rest.Words[_word];
                if (bits == 0)
                    continue;
                Current = (byte)((_word * 64) + BitOperations.TrailingZeroCount(bits));
                _rest.Words[_word] = bits & (bits - 1);
                return true;
            }
            return false;
        }
    }
}
