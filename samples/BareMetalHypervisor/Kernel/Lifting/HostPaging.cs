namespace BareMetal.Lifting;

/// <summary>The hypervisor's own page tables: the first 4 GiB, mapped to themselves by pages of 2 MiB (SDM 3A 5.5).</summary>
internal static unsafe class HostPaging
{
    private const ulong EntriesPerTable = 512;
    private const ulong Directories = 4;
    private const ulong PresentWritable = 0x03;
    private const ulong LargePage = 0x83;
    private const ulong LargePageSize = 0x20_0000;

    /// <summary>Makes them.</summary>
    /// <returns>What CR3 must have.</returns>
    public static nuint Create()
    {
        var root = Memory.Page();
        var pointers = Memory.Page();
        var directories = Memory.Pages(Directories);
        root[0] = (ulong)pointers | PresentWritable;
        for (ulong i = 0; i < Directories; i++)
            pointers[i] = ((ulong)directories + (i * Memory.PageSize)) | PresentWritable;
        for (ulong i = 0; i < Directories * EntriesPerTable; i++)
            directories[i] = (i * LargePageSize) | LargePage;
        return (nuint)root;
    }
}
