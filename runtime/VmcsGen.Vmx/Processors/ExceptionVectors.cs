namespace VmcsGen.Vmx;

/// <summary>What is known of exceptions by their vector (SDM 3A, table 7-1).</summary>
public static class ExceptionVectors
{
    extension(ExceptionVector vector)
    {
        /// <summary>The exception as the SDM writes it, such as <c>#GP</c>; <c>vector 29</c> if it is not one of the architecture's.</summary>
        public string Mnemonic => ExceptionVectorTexts.NativeNameOf(vector) ?? $"vector {(byte)vector}";

        /// <summary>Whether the exception delivers an error code in protected mode.</summary>
        public bool HasErrorCode =>
            vector
                is ExceptionVector.DoubleFault
                    or ExceptionVector.InvalidTss
                    or ExceptionVector.SegmentNotPresent
                    or ExceptionVector.StackSegmentFault
                    or ExceptionVector.GeneralProtection
                    or ExceptionVector.PageFault
                    or ExceptionVector.AlignmentCheck
                    or ExceptionVector.ControlProtection;
    }
}
