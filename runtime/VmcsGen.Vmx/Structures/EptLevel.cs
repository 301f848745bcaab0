namespace VmcsGen.Vmx.Structures;

/// <summary>A level of EPT paging structures, counted from the last one (SDM 3C 29.3.2).</summary>
public enum EptLevel
{
    /// <summary>EPT page table: maps 4-KByte pages.</summary>
    PageTable = 1,

    /// <summary>EPT page directory: maps 2-MByte pages or refers to page tables.</summary>
    PageDirectory = 2,

    /// <summary>EPT page-directory-pointer table: maps 1-GByte pages or refers to page directories.</summary>
    PageDirectoryPointerTable = 3,

    /// <summary>EPT PML4 table: refers to page-directory-pointer tables.</summary>
    Pml4 = 4,

    /// <summary>EPT PML5 table: refers to PML4 tables.</summary>
    Pml5 = 5,
}
