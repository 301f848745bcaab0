using System;
using System.Globalization;
using System.Linq;
using Iced.Intel;
using VmcsGen.Kvm;

namespace Debugger;

/// <summary>Commands on a guest, and what they print.</summary>
internal sealed class Session(GcdGuest guest) : IDisposable
{
    public const string Prompt = "(kvm) ";

    private const int LongestInstruction = 15;

    private static readonly NasmFormatter s_formatter = new();

    private readonly GuestDebugger _debugger = new(guest.Vcpu);

    /// <summary>What the guest wrote to its port.</summary>
    public uint? Output { get; private set; }

    /// <summary>Does what a line says; false to end the session.</summary>
    public bool Execute(string line)
    {
        try
        {
            return Do(line);
        }
        catch (Exception refusal) when (refusal is ArgumentException or GuestMemoryException)
        {
            Console.WriteLine($"  {refusal.Message}"); // An address where nothing is.
            return true;
        }
    }

    public void Dispose() => _debugger.Dispose();

    private bool Do(string line)
    {
        var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var argument = words.ElementAtOrDefault(1);
        switch (words.FirstOrDefault())
        {
            case "break" when TryParse(argument, out var address):
                _debugger.AddBreakpoint(address);
                break;
            case "hbreak" when TryParse(argument, out var address):
                _debugger.SetHardwareBreakpoint(0, HardwareBreakpoint.OnExecution(address));
                break;
            case "watch" when TryParse(argument, out var address):
                _debugger.SetHardwareBreakpoint(1, HardwareBreakpoint.OnWrite(address, length: 4));
                break;
            case "delete" when TryParse(argument, out var address):
                _debugger.RemoveBreakpoint(address);
                break;
            case "continue":
                Report(_debugger.Continue());
                break;
            case "step":
                for (var i = int.TryParse(argument, out var count) ? count : 1; i > 0; i--)
                    Report(_debugger.Step());
                break;
            case "registers":
                PrintRegisters();
                break;
            case "memory" when TryParse(argument, out var address):
                PrintMemory(address);
                break;
            case "list":
                for (var address = guest.Symbols["start"]; address < guest.Symbols["end"]; )
                    address = PrintInstruction(address);
                break;
            case "quit":
                return false;
            default:
                Console.WriteLine("break|hbreak|watch|delete|memory ADDRESS, continue, step [COUNT], registers, list, quit");
                break;
        }
        return true;
    }

    private void Report(KvmExit exit)
    {
        if (exit.Reason == KvmExitReason.Io)
            Output = exit.Io.Value;

        // A breakpoint is one by LastStop, whatever the exit's reason was on this host.
        if (_debugger.LastStop.Reasons == DebugStopReasons.None)
        {
            Console.WriteLine($"  {exit.ToString()}");
            return;
        }
        if (_debugger.LastStop.Reasons != DebugStopReasons.Step)
            Console.WriteLine($"  {_debugger.LastStop.Reasons}");
        PrintInstruction(_debugger.LastStop.Address);
    }

    private ulong PrintInstruction(ulong address)
    {
        // The debugger gives the code as it is without breakpoints.
        Span<byte> bytes = stackalloc byte[LongestInstruction];
        bytes = bytes[.._debugger.ReadMemory(address, bytes)];
        var decoder = Decoder.Create(bitness: 32, bytes.ToArray(), address);
        var instruction = decoder.Decode();
        var text = new StringOutput();
        s_formatter.Format(instruction, text);
        var symbol = guest.Symbols.FirstOrDefault(s => s.Value == address).Key;
        var mark = _debugger.Breakpoints.Contains(address) ? '*' : ' ';
        Console.WriteLine(
            $"{mark} {address:X4} {symbol, -6} {Convert.ToHexString(bytes[..instruction.Length]), -12} {text.ToStringAndReset()}"
        );
        return instruction.NextIP;
    }

    private void PrintRegisters()
    {
        guest.Vcpu.GetRegs(out var r);
        Console.WriteLine($"  EAX {r.Rax, 8}  EBX {r.Rbx, 8}  ECX {r.Rcx, 8}  EDX {r.Rdx, 8}");
        Console.WriteLine($"  EIP {r.Rip, 8:X}  ESP {r.Rsp, 8:X}  EFLAGS {r.Rflags:X8}");
    }

    private void PrintMemory(ulong address)
    {
        Span<byte> bytes = stackalloc byte[16];
        bytes = bytes[.._debugger.ReadMemory(address, bytes)];
        Console.WriteLine($"  {address:X4}: {Convert.ToHexString(bytes)}");
    }

    private bool TryParse(string? text, out ulong address) =>
        guest.Symbols.TryGetValue(text ?? "", out address)
        || ulong.TryParse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out address);
}
