using System.Runtime;
using System.Runtime.InteropServices;
using BareMetal.Lifting;

namespace BareMetal;

/// <summary>Where the assembly hands over: the whole story, or the lift of a system that runs.</summary>
internal static unsafe class Kernel
{
    /// <param name="system">The system that runs; <see langword="null"/> if there is none.</param>
    [UnmanagedCallersOnly(EntryPoint = "kernel_main")]
    public static void Main(RunningSystem* system)
    {
        Serial.Initialize();
        Serial.Line("A hypervisor in C#, without operating system and runtime.");
        VmxOperation.Enter();
        if (!Controls.HasEpt)
            Power.Fail("This processor has no EPT, without which this hypervisor runs no guest.");
        if (system == null)
            TellStory();
        else
            Lift.Run(system);
    }

    private static void TellStory()
    {
        var succeeded = Run("The first guest, in 64-bit mode:", GuestMode.Long);
        succeeded &= Run("The second guest, in 32-bit protected mode:", GuestMode.Protected);
        if (Controls.HasUnrestrictedGuest)
            succeeded &= Run("The third guest, in real mode:", GuestMode.Real);
        else
            Serial.Line("No third guest: without \"unrestricted guest\" this processor has no guests in real mode.");

        Serial.Line("Every field, by its generated property:");
        succeeded &= AccessorTour.Run();

        Serial.Line("A guest with mistakes in its state:");
        succeeded &= FailedEntry.Run();

        VmxInstructions.Off();
        Serial.Line("VMXOFF: the processor is out of VMX operation.");
        Power.Off(succeeded ? 0u : 1u);
    }

    /// <summary>The end of a program that does what C# does not allow, where a runtime would throw.</summary>
    [RuntimeExport("kernel_stop")]
    public static void Stop(string reason) => Power.Fail(reason);

    /// <summary>An exception of the processor, which this kernel never expects.</summary>
    /// <param name="frame">The vector, the error code, RIP, CS, RFLAGS, RSP and SS.</param>
    [UnmanagedCallersOnly(EntryPoint = "kernel_exception")]
    public static void OnException(ulong* frame)
    {
        Serial.Line($"Exception {frame[0]} with error code 0x{frame[1]:X} at 0x{frame[2]:X}.");
        Power.Off(1);
    }

    private static bool Run(string title, GuestMode mode)
    {
        Serial.Line(title);
        var guest = new Guest(mode);
        var succeeded = Hypervisor.Run(ref guest);
        if (!succeeded)
            Serial.Line($"  It ends in trouble: {guest.Trouble}");
        Serial.Line($"  {guest.Exits} VM exits, {guest.Interrupts} interrupts.");
        return succeeded;
    }
}
