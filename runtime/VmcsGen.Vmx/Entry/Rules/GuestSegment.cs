namespace VmcsGen.Vmx.Entry;

/// <summary>A segment register of the guest: its four fields.</summary>
internal readonly struct GuestSegment
{
    // ES, CS, SS, DS, FS, GS, LDTR and TR follow each other in the encodings.
    private const int Es = 0;
    private const int Cs = 1;
    private const int Ss = 2;
    private const int Ds = 3;
    private const int Fs = 4;
    private const int Gs = 5;
    private const int Ldtr = 6;
    private const int Tr = 7;

    private static readonly string[] Names = ["ES", "CS", "SS", "DS", "FS", "GS", "LDTR", "TR"];

    private readonly VmcsValues _values;
    private readonly int _index;

    private GuestSegment(VmEntryState state, int index)
    {
        _values = state.Vmcs.Access;
        _index = index;
    }

    internal string Name => Names[_index];

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
    internal static GuestSegment[] Six(VmEntryState state) =>
        [new(state, Cs), new(state, Ss), new(state, Ds), new(state, Es), new(state, Fs), new(state, Gs)];

    /// <summary>DS, ES, FS and GS.</summary>
    internal static GuestSegment[] Data(VmEntryState state) => [new(state, Ds), new(state, Es), new(state, Fs), new(state, Gs)];

    /// <summary>SS, DS and ES, whose bases have 32 bits.</summary>
    internal static GuestSegment[] OfShortBase(VmEntryState state) => [new(state, Ss), new(state, Ds), new(state, Es)];

    /// <summary>TR and LDTR.</summary>
    internal static GuestSegment[] System(VmEntryState state) => [new(state, Tr), new(state, Ldtr)];
}
