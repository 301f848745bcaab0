using System.Text.RegularExpressions;

namespace VmcsGen.Tool.Dumps;

/// <summary>What logs, mails and trackers put before a line.</summary>
internal static partial class Prefixes
{
    // A line with any of them costs as much as one without.
    private const int LongestPrefix = 256;

    /// <summary>Finds where a line's own text begins.</summary>
    /// <param name="line">The line.</param>
    /// <returns>
    /// Where the text begins; whether a log's prefix stands before it, so that the line does not continue another; and who wrote it, where
    /// the log tells threads or processors apart.
    /// </returns>
    public static (int Start, bool IsLogged, string Writer) Strip(string line)
    {
        var head = line.Length > LongestPrefix ? line[..LongestPrefix] : line;
        var quote = Quote().Match(head).Length;
        var start = quote;
        var writer = "";
        while (Logged().Match(head, start) is { Success: true, Length: > 0 } match)
        {
            start += match.Length;
            if (match.Groups["writer"] is { Success: true } named)
                writer = named.Value;
        }
        return (start, start != quote, writer);
    }

    // "> " of mails, "| " of tables, four blanks or a tab of trackers.
    [GeneratedRegex(@"\A(?:\s*[>|]\s?)*\s*", RegexOptions.CultureInvariant)]
    private static partial Regex Quote();

    // One prefix; several stand before one another.
    [GeneratedRegex(
        """
            \G(?:
                # dmesg and printk: severity, time, thread or processor
                <\d{1,3}>\s*
              | (?:(?:kern|user|daemon)\s*:\s*(?:emerg|alert|crit|err|error|warn|warning|notice|info|debug)\s*:\s*)
              | \[\s*\d+\.\d+\]\s*(?:\[\s*(?<writer>[TC]\d+)\]\s*)?
              | \[[A-Z][a-z]{2}\s[A-Z][a-z]{2}\s+\d+\s[\d:]+\s\d{4}\]\s*
                # Xen
              | \(XEN\)\s*(?:\[[^\]]{1,40}\]\s*)?
              | \(d\d+\)\s*
                # syslog and the journal: time, host, process
              | (?:[A-Z][a-z]{2}\s+\d+\s[\d:.]+|\d{4}-\d\d-\d\d[T\s][\d:.,]+(?:Z|[+-]\d\d:?\d\d)?)\s+(?:[\w.-]+\s+)?(?:kernel|kern|klogd|hypervisor|xen|haxm)(?:\[\d+\])?:\s*
              | [\w.-]+\s+kernel:\s*
              | kernel:\s*
              | \d{4}-\d\d-\d\d[T\s][\d:.,]+(?:Z|[+-]\d\d:?\d\d)?\s+
              | \[[\d:.,\sT+-]{8,40}\]\s*
                # ftrace's copy of the console: task, processor, flags, time
              | [^\s:]{1,40}-\d+\s+(?:\(\s*[\d-]+\)\s+)?\[\d+\]\s+(?:[\w.]{4,6}\s+)?\d+\.\d+:\s+console:\s+
                # what a module puts before its messages
              | (?:kvm_intel|kvm|haxm|HAX|hax)(?:\s?\[\d+\])?:\s+(?:vcpu\d+,\s+guest\srIP:\s0x[0-9a-f]+\s+)?
              | haxm_\w+:\s*
            )
            """,
        RegexOptions.IgnorePatternWhitespace | RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant
    )]
    private static partial Regex Logged();
}
