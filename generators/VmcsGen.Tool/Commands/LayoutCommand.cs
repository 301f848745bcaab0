using System;
using System.CommandLine;
using VmcsGen.Kvm;
using VmcsGen.Tool.Output;
using VmcsGen.Tool.Probing;
using VmcsGen.Vmx;
using VmcsGen.Vmx.Bochs;
using VmcsGen.Vmx.Creation;
using VmcsGen.Vmx.Kvm;
using VmcsGen.Vmx.RingZero;

namespace VmcsGen.Tool.Commands;

/// <summary><c>vmcsgen layout</c>: how a processor lays out its VMCS regions, as a spec.</summary>
internal static class LayoutCommand
{
    /// <summary>The command.</summary>
    public static Command Create(Terminal terminal)
    {
        var machine = new Option<string>("--machine", "-m")
        {
            Description = "kvm (what nested VMX of this machine's KVM gives guests), or bochs (an emulated processor).",
            HelpName = "MACHINE",
            DefaultValueFactory = static _ => "kvm",
        };
        machine.AcceptOnlyFromAmong("kvm", "bochs");
        var model = new Option<string>("--model")
        {
            Description = "The processor that Bochs emulates.",
            HelpName = "MODEL",
            DefaultValueFactory = static _ => BochsMachine.DefaultModel,
        };
        var name = new Option<string>("--name")
        {
            Description = "What the layout is to be called.",
            HelpName = "NAME",
            DefaultValueFactory = static _ => "PrivateVmcs",
        };
        var output = new Option<string?>("--output", "-o") { Description = "Write into a file.", HelpName = "FILE" };
        var command = new ToolCommand(
            "layout",
            "Finds how a processor lays out its VMCS regions, and writes it as a spec for 'vmcsgen scan', 'vmcsgen decode' and the generator.\n"
                + "An agent in ring 0 of a virtual machine writes distinct values into all fields, VMCLEARs, and looks for them in the region.",
            ("vmcsgen layout --machine bochs -o private.vmcs.yaml", "Of an emulated processor:"),
            ("vmcsgen layout --machine bochs --model tigerlake", "Of another:")
        )
        {
            machine,
            model,
            name,
            output,
        };
        command.SetAction(parsed =>
        {
            var layout = parsed.GetValue(machine) == "bochs" ? OnBochs(parsed.GetValue(model)!) : OnKvm();
            NewFile.WriteText(terminal, parsed.GetValue(output), writer => LayoutSpec.Write(writer, layout, parsed.GetValue(name)!));
            return ExitCodes.Good;
        });
        return command;
    }

    private static ProbedLayout OnBochs(string model)
    {
        try
        {
            using var machine = BochsMachine.Start(model);
            return Probe(machine.Cpu, $"{model} of Bochs");
        }
        catch (Exception e) when (e is PlatformNotSupportedException or RingZeroException)
        {
            throw new InputException($"the layout cannot be found on Bochs: {e.Message}");
        }
    }

    private static ProbedLayout OnKvm()
    {
        if (!KvmHost.TryOpen(KvmHost.DefaultPath, out var host, out var unavailable))
            throw new InputException($"KVM: {unavailable} --machine bochs needs none.");
        using (host)
        {
            try
            {
                using var machine = KvmRingZeroMachine.Start(host);
                return Probe(machine.Cpu, "nested VMX of KVM");
            }
            catch (Exception e) when (e is KvmException or RingZeroException)
            {
                throw new InputException($"the layout cannot be found on KVM: {e.Message}");
            }
        }
    }

    private static ProbedLayout Probe(RingZeroCpu cpu, string description)
    {
        try
        {
            return LayoutProbe.Run(cpu, new PhysicalPageAllocator(cpu.Memory, cpu.FreeMemory), description);
        }
        catch (Exception e) when (e is ProcessorFaultException or VmxFailException or NotSupportedException)
        {
            throw new InputException($"{description} has no VMX, or none that works: {e.Message}");
        }
    }
}
