namespace VmcsGen.Agent;

/// <summary>Where things lie in physical memory, which is also linear memory: the agent maps the first 4 GiB to themselves.</summary>
internal static class AgentMemory
{
    // Paging structures (SDM 3A 5.5): one page each, and a page directory for each GiB.
    public const int Pml4 = 0x1000;
    public const int Pdpt = 0x2000;
    public const int PageDirectories = 0x3000;
    public const int PageDirectoryCount = 4;

    /// <summary>The page directory of <see cref="UserAlias"/>.</summary>
    public const int UserDirectory = PageDirectories + (PageDirectoryCount * 0x1000);
    public const int PagingEnd = UserDirectory + 0x1000;

    /// <summary>Where the first 2 MiB are mapped once more, for CPL 3: the linear addresses from 4 GiB on.</summary>
    public const ulong UserAlias = 0x1_0000_0000;

    /// <summary>The agent itself: code and tables, copied out of the ROM.</summary>
    public const int Image = 0x8000;

    /// <summary>The command that is being executed: where its result begins.</summary>
    public const int Result = 0xC000;

    /// <summary>The command that is being executed: the byte after its operands; 0 outside of commands.</summary>
    public const int Next = 0xC008;

    /// <summary>The byte after the last command of the request.</summary>
    public const int RequestEnd = 0xC010;

    /// <summary>Whether interrupts were sent through the local APIC, which then has to be told of their end.</summary>
    public const int UsesLocalApic = 0xC018;

    /// <summary>The interrupt that the agent took last.</summary>
    public const int TakenInterrupt = 0xC020;

    /// <summary>What the second processor is to send after the next VM entry; 0 for nothing.</summary>
    public const int ArmedEvent = 0xC028;

    /// <summary>What it sends, or has sent.</summary>
    public const int SentEvent = 0xC030;

    /// <summary>The guest's general registers after a VM exit.</summary>
    public const int GuestRegisters = 0xC080;

    /// <summary>The stack grows down from here.</summary>
    public const int StackTop = 0x1_0000;

    /// <summary>The same for exceptions at CPL 3.</summary>
    public const int ExceptionStackTop = StackTop - 0x800;

    /// <summary>A selector for MOV SS to load.</summary>
    public const int DataSelector = 0xC038;

    /// <summary>
    /// For the VM exit of an entry with fields: whether it belongs to that command, where the fields' encodings are, and how many.
    /// </summary>
    public const int EntersWithFields = 0xC040;
    public const int EntryFields = 0xC048;
    public const int EntryFieldCount = 0xC050;

    /// <summary>The frame that was received.</summary>
    public const int Request = 0x1_0000;
    public const int RequestCapacity = 0x3_0000;

    /// <summary>The frame that will be sent.</summary>
    public const int Response = 0x4_0000;
    public const int ResponseCapacity = 0x5_0000;

    /// <summary>The interrupt descriptor table: a page.</summary>
    public const int InterruptTable = 0x9_0000;

    /// <summary>What the second processor executes, from the start of a page on, which is its start-up vector.</summary>
    public const int SecondProcessor = 0x9_1000;

    /// <summary>Room that every command has for its results; commands that may need more ask for it.</summary>
    public const int ResultRoom = 0x100;

    /// <summary>From here on the agent leaves memory alone. Devices and ROMs of a PC lie below.</summary>
    public const int Free = 0x10_0000;
}
