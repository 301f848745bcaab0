using System;
using System.IO;
using System.Runtime.InteropServices;
using System.Threading;
using Microsoft.Win32.SafeHandles;
using UserfaultfdSample;
using VmcsGen.Kvm;

// Memory whose pages do not exist until somebody touches them: this program is told of each page fault and makes the page. The interface
// is the kernel's userfaultfd, which VmcsGen knows from the *.vmcs.yaml files of this folder alone.
const int Pages = 16;
const int CloseOnExec = 0x8_0000;

using var faults = Open(CloseOnExec | (int)Uffd.UserModeOnly, out var reason);
if (faults is null)
{
    Console.WriteLine($"No userfaultfd here: {reason}");
    return 0;
}

using var memory = GuestMemory.Allocate(Pages * GuestMemory.PageSize);
var start = (ulong)memory.Handle.DangerousGetHandle();

var api = new UffdioApi { Api = Uffd.Version };
faults.EnableApi(ref api);
var range = new UffdioRegister
{
    Range = new UffdioRange { Start = start, Len = memory.Size },
    Mode = UffdioRegisterMode.Missing,
};
faults.RegisterRange(ref range);

var pager = new Thread(() => MakePages(faults, start)) { IsBackground = true };
pager.Start();

// The order shows that pages are made on demand. The copy runs as native code: there the garbage collector need not wait for this thread,
// which waits for the pager.
var numbers = new uint[GuestMemory.PageSize / sizeof(uint)];
var areRight = true;
for (var i = 0; i < Pages; i++)
{
    var page = (i * 7) % Pages;
    CopyMemory(numbers, start + (ulong)(page * GuestMemory.PageSize), GuestMemory.PageSize);
    for (var j = 0; j < numbers.Length; j++)
        areRight &= numbers[j] == Number(page, j);
}
pager.Join();
Console.WriteLine($"{Pages} pages were made when they were touched; {(areRight ? "right" : "WRONG")}.");
return areRight ? 0 : 1;

static SafeFileHandle? Open(int flags, out string reason)
{
    try
    {
        reason = "";
        using var device = File.OpenHandle("/dev/userfaultfd", FileMode.Open, FileAccess.ReadWrite);
        return device.NewUserfaultfd(flags);
    }
    catch (Exception e) when (e is IOException or UnauthorizedAccessException or SystemCallException)
    {
        // Without the device, there is the older system call; a container may have neither.
        const int UserfaultfdCall = 323;
        var descriptor = SystemCall(UserfaultfdCall, flags);
        reason = e.Message;
        return descriptor < 0 ? null : new SafeFileHandle(descriptor, ownsHandle: true);
    }
}

static void MakePages(SafeFileHandle faults, ulong start)
{
    var content = GC.AllocateArray<uint>(GuestMemory.PageSize / sizeof(uint), pinned: true);
    var source = (ulong)Marshal.UnsafeAddrOfPinnedArrayElement(content, 0);
    Span<UffdMsg> message = stackalloc UffdMsg[1];
    for (var made = 0; made < Pages; made++)
    {
        RandomAccess.Read(faults, MemoryMarshal.AsBytes(message), fileOffset: 0);
        if (message[0].Event != UffdEvent.Pagefault)
            throw new InvalidOperationException($"Event {message[0].Event} was not asked for.");
        var page = (message[0].Arg.Pagefault.Address - start) / GuestMemory.PageSize;
        for (var j = 0; j < content.Length; j++)
            content[j] = Number((int)page, j);
        var copy = new UffdioCopy
        {
            Dst = start + page * GuestMemory.PageSize,
            Src = source,
            Len = GuestMemory.PageSize,
        };
        faults.CopyPage(ref copy);
    }
}

static uint Number(int page, int index) => (uint)(page * 1_000_003 + index);

[DllImport("libc", EntryPoint = "memcpy")]
static extern nint CopyMemory([Out] uint[] destination, ulong source, nuint length);

[DllImport("libc", EntryPoint = "syscall")]
static extern nint SystemCall(nint number, nint argument);
