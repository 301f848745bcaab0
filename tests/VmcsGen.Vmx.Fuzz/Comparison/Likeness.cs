namespace VmcsGen.Vmx.Fuzz;

/// <summary>How the software processor and the machine go together.</summary>
public enum Likeness
{
    /// <summary>They did the same.</summary>
    Alike,

    /// <summary>They did not, and it is known why.</summary>
    Explained,

    /// <summary>They did not, and nothing explains it.</summary>
    Unexplained,
}
