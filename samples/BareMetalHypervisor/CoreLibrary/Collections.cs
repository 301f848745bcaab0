namespace System.Collections;

/// <summary>What the compiler wants of a class that is filled in braces.</summary>
public interface IEnumerable
{
    IEnumerator GetEnumerator();
}

public interface IEnumerator
{
    object Current { get; }

    bool MoveNext();
}
