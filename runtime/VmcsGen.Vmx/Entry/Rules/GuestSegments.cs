using System;

namespace VmcsGen.Vmx.Entry;

/// <summary>
/// Several segment registers of the guest, in the order in which a rule looks at them. Going through them allocates nothing.
/// </summary>
internal ref struct GuestSegments(VmEntryState state, ReadOnlySpan<byte> indices, bool areChecked = false)
{
    private readonly ReadOnlySpan<byte> _indices = indices;
    private int _next;

    /// <summary>The segment register that the loop is at.</summary>
    public GuestSegment Current { get; private set; }

    /// <summary>Those of them whose access rights VM entry checks.</summary>
    internal readonly GuestSegments Checked => new(state, _indices, areChecked: true);

    public readonly GuestSegments GetEnumerator() => this;

    public bool MoveNext()
    {
        while (_next < _indices.Length)
        {
            Current = new GuestSegment(state, _indices[_next++]);
            if (!areChecked || Current.IsChecked)
                return true;
        }
        return false;
    }
}
