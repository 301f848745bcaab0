using System;
using System.Collections.Generic;
using VmcsGen.Kvm;

namespace SnapshotFuzzing;

/// <summary>
/// Runs the parser on one message after the other, each from the same moment. A HLT stands before each block that was not met yet: it ends
/// KVM_RUN on every KVM, and heals when it is met, so that in the end the parser runs as if there were none.
/// </summary>
internal sealed class Fuzzer : IDisposable
{
    private const byte Hlt = 0xF4;

    private readonly KvmVm _vm;
    private readonly KvmVcpu _vcpu;
    private readonly VmResetPoint _point;
    private readonly Dictionary<ulong, byte> _unmet = [];
    private readonly Random _random = new(1);

    public Fuzzer(KvmHost host, ParserGuest parser)
    {
        _vm = host.CreateVm();
        _vcpu = _vm.CreateVcpu(0);
        parser.Start(_vm, _vcpu);
        _point = VmResetPoint.Capture(host, _vm, _vcpu);
        foreach (var block in parser.Blocks)
        {
            _unmet.TryAdd(block, _vm.Memory.Read<byte>(block));
            _vm.Memory.Write(block, Hlt);
        }
    }

    /// <summary>The messages that led to something new.</summary>
    public List<byte[]> Corpus { get; } =
    [
        [(byte)'?'],
    ];

    /// <summary>How many blocks no message led to.</summary>
    public int UnmetBlocks => _unmet.Count;

    /// <summary>The moment from which each message is parsed.</summary>
    public VmState State => _point.State;

    /// <summary>Tries messages until one crashes the parser.</summary>
    /// <returns>The message, if there is one, and how many were tried.</returns>
    public (byte[]? Crash, int Tried) Run(int most)
    {
        for (var i = 1; i <= most; i++)
        {
            var message = Mutate(Corpus[_random.Next(Corpus.Count)]);
            var unmet = _unmet.Count;
            var crashes = Parse(message);
            _point.Reset();
            if (crashes)
                return (message, i);
            if (_unmet.Count < unmet)
                Corpus.Add(message);
        }
        return (null, most);
    }

    /// <summary>Parses a message in a VM that stands where each begins.</summary>
    /// <returns>Whether the parser crashed.</returns>
    public static bool Parse(KvmVm vm, KvmVcpu vcpu, byte[] message)
    {
        vm.Memory.Write(ParserGuest.InputAddress, message);
        vcpu.GetRegs(out var regs);
        vcpu.SetRegs(regs with { Rcx = (ulong)message.Length });
        return EndsInCrash(RunToExit(vcpu));
    }

    public void Dispose()
    {
        _point.Dispose();
        _vcpu.Dispose();
        _vm.Dispose();
    }

    private bool Parse(byte[] message)
    {
        _point.Write(ParserGuest.InputAddress, message);
        _vcpu.GetRegs(out var regs);
        _vcpu.SetRegs(regs with { Rcx = (ulong)message.Length });
        while (true)
        {
            var exit = RunToExit(_vcpu);
            if (exit.Reason != KvmExitReason.Hlt)
                return EndsInCrash(exit);
            Heal();
        }
    }

    // The page is healed in the guest alone: a reset puts back what the guest wrote, which is never its code.
    private void Heal()
    {
        _vcpu.GetRegs(out var regs);
        var block = regs.Rip - 1;
        if (!_unmet.Remove(block, out var first))
            throw new InvalidOperationException($"The parser halts at 0x{block:X}, where it should not.");
        _vm.Memory.Write(block, first);
        _vcpu.SetRegs(regs with { Rip = block });
    }

    private static KvmExit RunToExit(KvmVcpu vcpu)
    {
        var exit = vcpu.Run();
        while (exit.Reason == KvmExitReason.Intr)
            exit = vcpu.Run();
        return exit;
    }

    private static bool EndsInCrash(KvmExit exit) =>
        exit.Reason == KvmExitReason.Io && exit.Io.Port is ParserGuest.EndPort or ParserGuest.CrashPort
            ? exit.Io.Port == ParserGuest.CrashPort
            : throw new InvalidOperationException($"The parser does what nobody expects of it: {exit.ToString()}");

    private byte[] Mutate(byte[] message)
    {
        List<byte> mutated = [.. message];
        for (var changes = _random.Next(1, 4); changes > 0; changes--)
        {
            var at = _random.Next(mutated.Count);
            switch (_random.Next(4))
            {
                case 0 when mutated.Count < ParserGuest.LongestInput:
                    mutated.Insert(at, RandomByte());
                    break;
                case 1 when mutated.Count < ParserGuest.LongestInput:
                    mutated.Add(RandomByte());
                    break;
                case 2 when mutated.Count > 1:
                    mutated.RemoveAt(at);
                    break;
                default:
                    mutated[at] = RandomByte();
                    break;
            }
        }
        return [.. mutated];
    }

    // Small numbers are types and lengths in most formats.
    private byte RandomByte() => (byte)(_random.Next(2) == 0 ? _random.Next(8) : _random.Next(256));
}
