namespace VmcsGen.Kvm;

public partial struct KvmSegment
{
    /// <summary>Selector, base, limit and attributes, for people.</summary>
    public override readonly string ToString() =>
        Unusable != 0
            ? $"{Selector:X4} unusable"
            : $"{Selector:X4} base={Base:X} limit={Limit:X} type={Type:X} s={S} dpl={Dpl} p={Present} avl={Avl} l={L} db={Db} g={G}";
}
