using VmcsGen.Vmx;

namespace BareMetal;

/// <summary>Runs a guest: enters it, and answers each VM exit, until it is done or in trouble.</summary>
internal static class Hypervisor
{
    // More than any of the guests makes.
    private const uint MostExits = 1000;

    public static bool Run(ref Guest guest)
    {
        while (!guest.IsDone && guest.Trouble.Length == 0)
        {
            var result = guest.Run();
            if (!result.IsSuccess)
            {
                guest.Trouble = "VM entry failed.";
                Serial.Line($"  VM-instruction error {(uint)result.Error}");
                return false;
            }
            guest.Exits++;
            ExitHandlers.Handle(ref guest, ProcessorVmcs.Current);
            if (guest.Exits > MostExits)
                guest.Trouble = "It makes VM exits without end.";
        }
        return guest.IsDone;
    }
}
