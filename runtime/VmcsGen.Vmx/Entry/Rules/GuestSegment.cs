namespace VmcsGen.Vmx.Entry;

/// <summary>A segment register of the guest: its four fields.</summary>
internal readonly struct GuestSegment
{
    // ES, CS, SS, DS, FS, GS, LDTR and TR follow each other in the encodings.
    private const byte Es = 0;
    private const byte Cs = 1;
    private const byte Ss = 2;
    private const byte Ds = 3;
    private const byte Fs = 4;
    private const byte Gs = 5;
    private const byte Ldtr = 6;
    private const byte Tr = 7;

    private readonly VmcsValues _values;
    private readonly int _index;

    internal GuestSegment(VmEntryState state, int index)
    {
        _values = state.Vmcs.Access;
        _index = index;
    }

    internal string Name =>
        _index switch
        {
            Es => "ES",
            Cs => "CS",
            Ss => "SS",
            Ds => "DS",
            Fs => "FS",
            Gs => "GS",
            Ldtr => "LDTR",
            _ => "TR",
        };

    internal VmcsField SelectorField => VmcsField.GuestEsSelector + (2 * (uint)_index);

    internal VmcsField BaseField => VmcsField.GuestEsBase + (2 * (uint)_index);

    internal VmcsField LimitField => VmcsField.GuestEsLimit + (2 * (uint)_index);

    internal VmcsField AccessRightsField => VmcsField.GuestEsAccessRights + (2 * (uint)_index);

    internal ushort Selector => (ushort)_values.Read(SelectorField);

    internal uint Rpl => Selector & 3u;

    internal bool TableIndicator => (Selector & 4) != 0;

    internal ulong Base => _values.Read(BaseField);

    internal uint Limit => (uint)_values.Read(LimitField);

    internal SegmentAccessRights AccessRights => new((uint)_values.Read(AccessRightsField));

    internal bool IsUsable => !AccessRights.Unusable;

    /// <summary>Whether VM entry checks the parts of the access rights: always for CS and TR, for the others if they are usable.</summary>
    internal bool IsChecked => _index is Cs or Tr || IsUsable;

    internal static GuestSegment CodeSegment(VmEntryState state) => new(state, Cs);

    internal static GuestSegment StackSegment(VmEntryState state) => new(state, Ss);

    internal static GuestSegment LocalDescriptorTable(VmEntryState state) => new(state, Ldtr);

    internal static GuestSegment TaskRegister(VmEntryState state) => new(state, Tr);

    /// <summary>CS, SS, DS, ES, FS and GS.</summary>
    internal static GuestSegments Six(VmEntryState state) => new(state, [Cs, Ss, Ds, Es, Fs, Gs]);

    /// <summary>DS, ES, FS and GS.</summary>
    internal static GuestSegments Data(VmEntryState state) => new(state, [Ds, Es, Fs, Gs]);

    /// <summary>SS, DS and ES, whose bases have 32 bits.</summary>
    internal static GuestSegments OfShortBase(VmEntryState state) => new(state, [Ss, Ds, Es]);

    /// <summary>TR and LDTR.</summary>
    internal static GuestSegments System(VmEntryState state) => new(state, [Tr, Ldtr]);
}
