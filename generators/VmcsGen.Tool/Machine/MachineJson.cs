using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.Json;
using VmcsGen.Kvm;
using VmcsGen.Vmx;

namespace VmcsGen.Tool.Machine;

/// <summary>The file of <c>vmcsgen host --json</c>. Numbers of registers are hexadecimal texts, since JSON's numbers end at 2^53.</summary>
internal static class MachineJson
{
    private const int Format = 1;

    // What a machine fills is a hundredth of it.
    private const int LongestFile = 16 << 20;

    /// <summary>Writes the file.</summary>
    public static void Write(Utf8JsonWriter json, MachineFacts facts)
    {
        json.WriteStartObject();
        json.WriteNumber("format", Format);
        json.WritePropertyName("kvm");
        if (facts.KvmApiVersion is { } version)
        {
            json.WriteStartObject();
            json.WriteNumber("apiVersion", version);
            json.WriteStartObject("capabilities");
            foreach (var (name, value) in facts.KvmCapabilities)
                json.WriteNumber(name, value);
            json.WriteEndObject();
            json.WriteEndObject();
        }
        else
        {
            json.WriteNullValue();
        }
        WriteCpuid(json, facts);
        json.WritePropertyName("vmxMsrs");
        if (facts.Msrs is { } msrs)
        {
            json.WriteStartObject();
            foreach (var (msr, value) in msrs.OrderBy(static one => one.Key))
                json.WriteString($"0x{(uint)msr:X}", $"0x{value:X16}");
            json.WriteEndObject();
        }
        else
        {
            json.WriteNullValue();
        }
        json.WriteStartArray("missing");
        foreach (var text in facts.Missing)
            json.WriteStringValue(text);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteCpuid(Utf8JsonWriter json, MachineFacts facts)
    {
        json.WritePropertyName("cpuid");
        if (facts.Cpuid is not { } cpuid)
        {
            json.WriteNullValue();
            return;
        }
        json.WriteStartObject();
        json.WriteString("vendor", cpuid.Vendor);
        json.WriteNumber("physicalAddressWidth", facts.PhysicalAddressWidth ?? 0);
        json.WriteNumber("linearAddressWidth", facts.LinearAddressWidth ?? 0);
        json.WriteStartArray("features");
        foreach (var feature in facts.Features)
            json.WriteStringValue(feature.ToString());
        json.WriteEndArray();
        json.WriteStartArray("leaves");
        foreach (var entry in cpuid.Entries)
        {
            json.WriteStartObject();
            json.WriteString("leaf", $"0x{entry.Function:X}");
            json.WriteNumber("subleaf", entry.Index);
            json.WriteBoolean("hasSubleaves", entry.Flags == KvmCpuidFlags.SignificantIndex);
            json.WriteString("eax", $"0x{entry.Eax:X8}");
            json.WriteString("ebx", $"0x{entry.Ebx:X8}");
            json.WriteString("ecx", $"0x{entry.Ecx:X8}");
            json.WriteString("edx", $"0x{entry.Edx:X8}");
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>Reads the file.</summary>
    /// <exception cref="InputException">It cannot be read, or is no such file.</exception>
    public static MachineFacts Read(string path)
    {
        try
        {
            var file = new FileInfo(path);
            if (file.Length > LongestFile)
                throw new InputException(
                    $"{path}: the file has {file.Length} bytes. One of vmcsgen host --json has at most {LongestFile}."
                );
            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
            return Of(document.RootElement);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path}: the file cannot be read: {e.Message}");
        }
        catch (JsonException e)
        {
            throw new InputException(
                $"{path}: line {e.LineNumber + 1}, byte {e.BytePositionInLine}: this is no JSON. Write the file by 'vmcsgen host --json'."
            );
        }
        catch (Exception e) when (e is KeyNotFoundException or InvalidOperationException or FormatException or OverflowException)
        {
            throw new InputException($"{path}: this is not what 'vmcsgen host --json' writes: {e.Message}");
        }
    }

    private static MachineFacts Of(JsonElement root)
    {
        if (root.GetProperty("format").GetInt32() != Format)
            throw new FormatException($"'format' is not {Format}.");
        var kvm = root.GetProperty("kvm");
        var cpuid = root.GetProperty("cpuid");
        var msrs = root.GetProperty("vmxMsrs");
        return new MachineFacts
        {
            KvmApiVersion = kvm.ValueKind == JsonValueKind.Null ? null : kvm.GetProperty("apiVersion").GetInt32(),
            KvmCapabilities =
                kvm.ValueKind == JsonValueKind.Null
                    ? []
                    : kvm.GetProperty("capabilities")
                        .EnumerateObject()
                        .ToDictionary(static one => one.Name, static one => one.Value.GetInt32()),
            Cpuid = cpuid.ValueKind == JsonValueKind.Null ? null : CpuidOf(cpuid),
            Msrs = msrs.ValueKind == JsonValueKind.Null ? null : MsrsOf(msrs),
            Missing = [.. root.GetProperty("missing").EnumerateArray().Select(static one => one.GetString() ?? "")],
        };
    }

    private static CpuidBuilder CpuidOf(JsonElement cpuid)
    {
        var builder = new CpuidBuilder();
        foreach (var leaf in cpuid.GetProperty("leaves").EnumerateArray())
        {
            builder.Set(
                new KvmCpuidEntry2
                {
                    Function = (uint)Number(leaf.GetProperty("leaf"), 32),
                    Index = leaf.GetProperty("subleaf").GetUInt32(),
                    Flags = leaf.GetProperty("hasSubleaves").GetBoolean() ? KvmCpuidFlags.SignificantIndex : 0,
                    Eax = (uint)Number(leaf.GetProperty("eax"), 32),
                    Ebx = (uint)Number(leaf.GetProperty("ebx"), 32),
                    Ecx = (uint)Number(leaf.GetProperty("ecx"), 32),
                    Edx = (uint)Number(leaf.GetProperty("edx"), 32),
                }
            );
        }
        return builder;
    }

    private static MsrValues MsrsOf(JsonElement msrs)
    {
        var values = new MsrValues();
        foreach (var one in msrs.EnumerateObject())
            values[(VmxMsr)Number(one.Name, 32)] = Number(one.Value, 64);
        return values;
    }

    private static ulong Number(JsonElement element, int bits) => Number(element.GetString() ?? "", bits);

    private static ulong Number(string text, int bits) =>
        text.StartsWith("0x", StringComparison.Ordinal)
        && ulong.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value)
        && (bits == 64 || value >> bits == 0)
            ? value
            : throw new FormatException($"'{text}' is no hexadecimal number of {bits} bits.");
}
