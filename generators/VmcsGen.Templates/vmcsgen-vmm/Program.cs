using Guest;
using VmcsGen.Kvm;

if (!KvmHost.TryOpen(out var opened, out var unavailable))
{
    Console.Error.WriteLine($"{unavailable.Message}\n{unavailable.Remedy}");
    return 1;
}

using var host = opened;
using var vm = host.CreateVm();
using var memory = GuestMemory.Allocate(0x1_0000);
vm.MapMemory(guestPhysicalAddress: 0, memory);

// The guest's memory: its code, a message, and the struct that says where the message is.
const ushort messageAddress = 0x600;
var message = "Hello from a guest on KVM.\n"u8;
memory.Write(GuestCode.Address, GuestCode.Bytes);
memory.Write(messageAddress, message);
memory.Write(GuestCode.BootInfoAddress, new BootInfo { Message = messageAddress, Length = (ushort)message.Length });

// The guest's devices: a serial port that prints what it is sent.
using var console = Console.OpenStandardOutput();
var buses = new DeviceBuses();
buses.Ports.Add(GuestCode.SerialPort, 8, read: null, write: (_, data) => console.Write(data));

// The guest's processor, in real mode at the first instruction. RFLAGS bit 1 is always set.
using var vcpu = vm.CreateVcpu(0);
vcpu.GetSregs(out var sregs);
sregs.Cs.Base = sregs.Cs.Selector = 0;
vcpu.SetSregs(sregs);
vcpu.SetRegs(new KvmRegs { Rip = GuestCode.Address, Rflags = 2 });

while (true)
{
    var exit = vcpu.Run();
    if (buses.Dispatch(exit))
        continue;
    switch (exit.Reason)
    {
        case KvmExitReason.Intr:
            continue;
        case KvmExitReason.Hlt:
            Console.WriteLine("The guest has halted.");
            return 0;
        default:
            Console.Error.WriteLine($"No handler for {exit.ToString()}.");
            return 1;
    }
}
