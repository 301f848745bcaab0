using System;
using System.Linq;
using Iced.Intel;
using VmcsGen.Vmx.RingZero;

namespace VmcsGen.Agent;

/// <summary>The places that parts of the agent share.</summary>
internal sealed class AgentLabels(Assembler c)
{
    public const int ExceptionCount = 32;

    public Label SerialInitialize = c.CreateLabel("serial initialize");
    public Label SendByte = c.CreateLabel("send byte");
    public Label ReceiveBytes = c.CreateLabel("receive bytes");

    public Label SendHello = c.CreateLabel("send hello");
    public Label ReceiveRequest = c.CreateLabel("receive request");
    public Label SendResponse = c.CreateLabel("send response");
    public Label SendFrame = c.CreateLabel("send frame");
    public Label Stop = c.CreateLabel("stop");

    public Label ExecuteRequest = c.CreateLabel("execute request");
    public Label CommandSucceeded = c.CreateLabel("command succeeded");
    public Label CommandFailed = c.CreateLabel("command failed");
    public Label TruncatedCommand = c.CreateLabel("truncated command");
    public Label TooManyResults = c.CreateLabel("too many results");
    public Label VmxOutcome = c.CreateLabel("VMX outcome");

    /// <summary>Where VM exits go on: HOST_RIP.</summary>
    public Label VmExit = c.CreateLabel("VM exit");

    /// <summary>What is done about events before each VM entry.</summary>
    public Label PrepareEntry = c.CreateLabel("prepare entry");
    public Label NmiHandler = c.CreateLabel("NMI handler");
    public Label InterruptHandler = c.CreateLabel("interrupt handler");
    public Label SecondProcessor = c.CreateLabel("second processor");
    public Label TableInitialize = c.CreateLabel("table initialize");

    /// <summary>Reads fields. RSI: encodings; ECX: how many; RDI: where the results go.</summary>
    public Label ReadFields = c.CreateLabel("read fields");

    /// <summary>Writes RDX in short form at RDI. Changes RAX.</summary>
    public Label WriteShort = c.CreateLabel("write short");

    /// <summary>The rest of a VM exit with fields. RDI: where the results go.</summary>
    public Label ExitWithFields = c.CreateLabel("exit with fields");

    public Label Fault = c.CreateLabel("fault");
    public Label GdtDescriptor = c.CreateLabel("GDT descriptor");
    public Label Gdt = c.CreateLabel("GDT");
    public Label IdtDescriptor = c.CreateLabel("IDT descriptor");
    public Label Idt = c.CreateLabel("IDT");
    public Label TaskState = c.CreateLabel("TSS");
    public Label HelloPayload = c.CreateLabel("hello payload");

    /// <summary>An entry for each vector.</summary>
    public Label[] Exceptions = [.. Enumerable.Range(0, ExceptionCount).Select(vector => c.CreateLabel($"exception {vector}"))];

    /// <summary>A handler for each command.</summary>
    public Label[] Handlers = [.. Enum.GetNames<AgentCommand>().Select(name => c.CreateLabel(name))];
}
