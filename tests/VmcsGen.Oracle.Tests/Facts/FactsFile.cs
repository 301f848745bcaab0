using System;
using System.IO;
using System.Text.Json;

namespace VmcsGen.Oracle.Tests.Facts;

/// <summary>A file of recorded facts, as it lies beside the tests.</summary>
internal static class FactsFile
{
    public static JsonSerializerOptions Options { get; } = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public static T Read<T>(string name) =>
        JsonSerializer.Deserialize<T>(Bytes(name), Options) ?? throw new InvalidDataException($"{name} is empty.");

    public static JsonElement Read(string name) => Read<JsonElement>(name);

    private static byte[] Bytes(string name) => File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "facts", name));
}
