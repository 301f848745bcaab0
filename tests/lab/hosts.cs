// Keeps what runs of the tests of KVM left behind, for docs/hosts.md:
//
//     dotnet run tests/lab/hosts.cs NAME TITLE RESULTS...
//
// NAME is the file in tests/hosts, TITLE says which KVM it is, and each of RESULTS is a folder with a .trx and a .met.json (VMCSGEN_MET).
using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Xml.Linq;

const string Namespace = "VmcsGen.Kvm.Tests.";

if (args.Length < 3)
{
    Console.Error.WriteLine("Usage: dotnet run tests/lab/hosts.cs NAME TITLE RESULTS...");
    return 2;
}

var passed = new SortedDictionary<string, SortedSet<string>>(StringComparer.Ordinal);
var skipped = new SortedDictionary<string, string>(StringComparer.Ordinal);
var ioctls = new SortedDictionary<string, string>(StringComparer.Ordinal);
var exits = new SortedDictionary<string, string>(StringComparer.Ordinal);
foreach (var folder in args[2..])
{
    foreach (var file in Directory.GetFiles(folder, "*.trx"))
        AddTests(XDocument.Load(file));
    foreach (var file in Directory.GetFiles(folder, "*.met.json"))
    {
        using var met = JsonDocument.Parse(File.ReadAllBytes(file));
        AddMet(met.RootElement.GetProperty("ioctls"), ioctls);
        AddMet(met.RootElement.GetProperty("exits"), exits);
    }
}
var path = Path.Combine("tests", "hosts", args[0] + ".json");
using (var stream = File.Create(path))
{
    using var json = new Utf8JsonWriter(stream, new() { Indented = true, NewLine = "\n" });
    json.WriteStartObject();
    json.WriteString("title", args[1]);
    WriteMap(json, "ioctls", ioctls);
    WriteMap(json, "exits", exits);
    WriteMap(json, "skipped", skipped);
    json.WriteStartObject("passed");
    foreach (var (type, methods) in passed)
    {
        json.WriteStartArray(type);
        foreach (var method in methods)
            json.WriteStringValue(method);
        json.WriteEndArray();
    }
    json.WriteEndObject();
    json.WriteEndObject();
}
File.AppendAllText(path, "\n");
Console.WriteLine($"{path}: {passed.Values.Sum(static methods => methods.Count)} tests, {ioctls.Count} ioctls, {exits.Count} exits");
return 0;

// A test of several cases counts as skipped only if none of them ran.
void AddTests(XDocument document)
{
    var ns = document.Root!.Name.Namespace;
    foreach (var result in document.Descendants(ns + "UnitTestResult"))
    {
        var name = ((string)result.Attribute("testName")!)[Namespace.Length..];
        var arguments = name.IndexOf('(', StringComparison.Ordinal);
        name = arguments < 0 ? name : name[..arguments];
        var dot = name.LastIndexOf('.');
        var (type, method) = (name[..dot], name[(dot + 1)..]);
        switch ((string)result.Attribute("outcome")!)
        {
            case "Passed":
                (passed.TryGetValue(type, out var methods) ? methods : passed[type] = new(StringComparer.Ordinal)).Add(method);
                skipped.Remove(name);
                break;
            case "NotExecuted" when !(passed.TryGetValue(type, out var known) && known.Contains(method)):
                skipped[name] = Reason(result, ns);
                break;
        }
    }
}

static string Reason(XElement result, XNamespace ns)
{
    var text =
        result.Descendants(ns + "Message").FirstOrDefault()?.Value ?? result.Descendants(ns + "StdOut").FirstOrDefault()?.Value ?? "";
    return text.Split('\n')[0].Trim();
}

static void AddMet(JsonElement items, SortedDictionary<string, string> met)
{
    foreach (var item in items.EnumerateObject())
    {
        // One class is enough to find a test: the first by name, whatever the order of the run.
        var classes = item.Value.EnumerateArray().Select(static one => one.GetString()!);
        var first = classes.Append(met.GetValueOrDefault(item.Name)).Where(static one => one is not null).Min(StringComparer.Ordinal)!;
        met[item.Name] = first;
    }
}

static void WriteMap(Utf8JsonWriter json, string name, SortedDictionary<string, string> map)
{
    json.WriteStartObject(name);
    foreach (var (key, value) in map)
        json.WriteString(key, value);
    json.WriteEndObject();
}
