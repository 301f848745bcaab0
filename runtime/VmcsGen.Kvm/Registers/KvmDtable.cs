namespace VmcsGen.Kvm;

public partial struct KvmDtable
{
    /// <summary>Base and limit, for people.</summary>
    public override readonly string ToString() => $"base={Base:X} limit={Limit:X}";
}
