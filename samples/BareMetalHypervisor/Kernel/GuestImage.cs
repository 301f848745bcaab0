using System.Runtime;
using System.Runtime.CompilerServices;

namespace BareMetal;

/// <summary>A guest's program as <c>Guests/guest.inc</c> lays it out: what the hypervisor must know, then code and tables.</summary>
internal readonly unsafe struct GuestImage
{
    /// <summary>Bytes to copy, with these.</summary>
    public ulong Size { get; }

    /// <summary>Where in the guest's memory they go.</summary>
    public ulong Base { get; }

    /// <summary>Where the guest begins.</summary>
    public ulong Entry { get; }

    public ulong StackTop { get; }
    public ulong GdtBase { get; }
    public ulong GdtLimit { get; }
    public ulong IdtBase { get; }
    public ulong IdtLimit { get; }

    /// <summary>A page of the guest's memory that is not there until the guest touches it.</summary>
    public ulong LatePage { get; }

    public static GuestImage* Of(GuestMode mode) =>
        mode switch
        {
            GuestMode.Long => Long(),
            GuestMode.Protected => Protected(),
            _ => Real(),
        };

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "address_of_guest64")]
    private static extern GuestImage* Long();

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "address_of_guest32")]
    private static extern GuestImage* Protected();

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "address_of_guest16")]
    private static extern GuestImage* Real();
}
