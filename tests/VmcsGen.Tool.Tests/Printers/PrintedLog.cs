using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text;
using VmcsGen.Tool.Dumps;
using VmcsGen.Vmx;

namespace VmcsGen.Tool.Tests.Printers;

/// <summary>Dumps as each kernel prints them, in the ways in which logs reach people.</summary>
internal static class PrintedLog
{
    /// <summary>Versions of Linux at which what is printed changed, and other hypervisors.</summary>
    public static string[] Dialects { get; } = ["4.19", "5.13", "5.18", "6.18", "Xen", "Xen 4.20", "HAXM"];

    /// <summary>What is put before lines, and how they are wrapped.</summary>
    public static (string Name, Func<PrintedVmcs, string> Send)[] Ways { get; } =
    [
        ("plain", static printed => printed.Text("")),
        ("journal", static printed => printed.Text("Jun 24 17:25:51 testhost kernel: ")),
        ("dmesg", static printed => printed.Text("[ 2311.499058] kvm_intel: ")),
        ("dmesg with thread", static printed => printed.Text("[   33.881551][ T1234] ")),
        ("syslog with both", static printed => printed.Text("2022-06-24T17:25:51.123456+02:00 host kernel: [12345.678901] ")),
        ("trace", static printed => printed.Text("<6>[  123.456789] ")),
        ("quoted", static printed => printed.Text("> ")),
        (
            "quoted twice and wrapped",
            static printed => printed.Wrapped("> > ", 72).Replace("\n", "\n> > ", StringComparison.Ordinal).TrimEnd(' ', '>')
        ),
        ("mail", static printed => printed.Wrapped("(XEN) [2019-11-02 14:09:46] ", 72)),
        ("mail of a journal", static printed => printed.Wrapped("Jun 24 17:25:51 testhost kernel: ", 76)),
        ("CRLF", static printed => printed.Text("[    1.000000] ").Replace("\n", "\r\n", StringComparison.Ordinal)),
    ];

    /// <summary>Who prints a dialect.</summary>
    public static DumpDialect WriterOf(string dialect) =>
        dialect.StartsWith("Xen", StringComparison.Ordinal) ? DumpDialect.Xen
        : dialect == "HAXM" ? DumpDialect.Haxm
        : DumpDialect.Kvm;

    /// <summary>Prints a VMCS.</summary>
    public static PrintedVmcs Print(IReadOnlyDictionary<VmcsField, ulong> fields, string dialect) =>
        dialect switch
        {
            "HAXM" => HaxmPrinter.Print(fields),
            "Xen" => XenPrinter.Print(fields, hasTertiary: false),
            "Xen 4.20" => XenPrinter.Print(fields, hasTertiary: true),
            _ => KvmPrinter.Print(fields, int.Parse(dialect.Replace(".", "", StringComparison.Ordinal), CultureInfo.InvariantCulture)),
        };

    /// <summary>Reads a log.</summary>
    public static List<Dump> Read(string log, out List<LogProblem> problems)
    {
        problems = [];
        using var stream = new MemoryStream(Encoding.Latin1.GetBytes(log));
        return [.. DumpReader.Read(stream, problems.Add)];
    }
}
