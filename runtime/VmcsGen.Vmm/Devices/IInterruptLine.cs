namespace VmcsGen.Vmm;

/// <summary>A device's interrupt line. May be used from any thread.</summary>
public interface IInterruptLine
{
    /// <summary>
    /// Whether the guest is told of each raise, not of the level. A device then raises the line for each reason that it has, also while it
    /// is raised.
    /// </summary>
    bool IsEdgeTriggered => false;

    /// <summary>Sets the line's level.</summary>
    /// <param name="isRaised">Whether it is raised.</param>
    void SetLevel(bool isRaised);
}
