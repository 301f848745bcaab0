using VmcsGen.Kvm;

namespace VmcsGen.Vmm;

/// <summary>
/// The interrupt controllers and the timer as a BIOS leaves them. Multiboot demands it: the controllers are programmed with the BIOS's
/// values. Source: Multiboot Specification 0.6.96, 3.2; Intel 8259A and 8254 data sheets.
/// </summary>
internal static class BiosControllers
{
    // Lines of devices that this PC has and a BIOS serves: timer, second controller, clock. A 1 masks.
    private const byte MasterMask = 0xFF & ~(1 << 0 | 1 << 2);
    private const byte SlaveMask = 0xFF & ~(1 << 0);

    private const byte RateGenerator = 2;
    private const byte LowThenHigh = 3;
    private const uint LongestCount = 0x1_0000; // 18.2 times a second.

    internal static void SetUp(KvmVm vm)
    {
        SetUp(vm, KvmIrqchipId.PicMaster, InterruptHandlers.MasterVector, MasterMask);
        SetUp(vm, KvmIrqchipId.PicSlave, InterruptHandlers.SlaveVector, SlaveMask);
        vm.GetPit2(out var timer);
        timer.Channels[0] = timer.Channels[0] with { Mode = RateGenerator, RwMode = LowThenHigh, Count = LongestCount, Gate = 1 };
        vm.SetPit2(timer);
    }

    private static void SetUp(KvmVm vm, KvmIrqchipId id, byte vector, byte mask)
    {
        KvmIrqchip chip = new() { ChipId = id };
        vm.GetIrqchip(ref chip);
        chip.Chip.Pic.IrqBase = vector;
        chip.Chip.Pic.Imr = mask;
        chip.Chip.Pic.Init4 = 1; // It was told by ICW4 that this is a PC.
        vm.SetIrqchip(chip);
    }
}
