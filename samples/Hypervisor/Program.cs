using System;
using Hypervisor;
using VmcsGen.Vmx;
using VmcsGen.Vmx.Creation;

// A small hypervisor on Intel VMX: VMXON, a VMCS, VMLAUNCH, and a loop over VM exits. It runs
//   on a VMX processor in software, whose guests KVM runs:   dotnet run --project samples/Hypervisor
//   on an emulated Intel CPU:                                dotnet run --project samples/Hypervisor -- bochs
using var machine = Machine.Start(args, out var problem);
if (machine is null)
{
    Console.WriteLine(problem);
    return 0;
}
var processor = machine.Processor;
processor.Memory.Write(machine.GuestStart + GreetingGuest.Start, GreetingGuest.Code());

// Every step that KVM's own vmx_create_vcpu takes is a step of Build; if one fails, those before are undone.
using var vcpu = new VmxVcpuBuilder(processor, machine.Pages)
{
    Guest = VmxGuestState.RealMode(cs: 0, ip: GreetingGuest.Start, sp: 0x7000),
    Memory = [new EptMapping(0, machine.GuestStart, GreetingGuest.MemorySize)],
    Required = new()
    {
        PrimaryProcessorBased = new() { HltExiting = true, UnconditionalIoExiting = true },
    },
}.Build();
Console.WriteLine($"On {machine.Name}: controls {vcpu.Controls.PrimaryProcessorBased}");

var said = "";
while (true)
{
    var exit = vcpu.Run();
    switch (exit.BasicReason)
    {
        case BasicExitReason.Cpuid:
            // The guest asks who makes the processor; the registers are ours to answer in.
            (vcpu.Registers.Rbx, vcpu.Registers.Rdx, vcpu.Registers.Rcx) = GreetingGuest.Vendor;
            break;
        case BasicExitReason.IoInstruction when exit.IoInstruction is { Direction: IoDirection.Out, Port: GreetingGuest.Port }:
            said += (char)(byte)vcpu.Registers.Rax;
            break;
        case BasicExitReason.Hlt:
            var isRight = said == GreetingGuest.Greeting;
            Console.WriteLine($"The guest says \"{said}\" and halts at 0x{(ulong)vcpu.Vmcs.GuestRip:X}; {(isRight ? "right" : "WRONG")}.");
            return isRight ? 0 : 1;
        default:
            Console.WriteLine($"Unexpected: {exit.Describe()}");
            return 1;
    }
    vcpu.SkipInstruction(exit);
}
