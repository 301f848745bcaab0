# What ilc's code expects of a runtime, as far as there is nothing to do here: one thread, no garbage collection, no signals.
        .text
        .globl  RhpPInvoke, RhpPInvokeReturn, RhpReversePInvoke, RhpReversePInvokeReturn, RhpGcPoll
RhpPInvoke:
RhpPInvokeReturn:
RhpReversePInvoke:
RhpReversePInvokeReturn:
RhpGcPoll:
        ret

# An object's field gets a reference: nobody else has to know.
        .globl  RhpAssignRef, RhpCheckedAssignRef
RhpAssignRef:
RhpCheckedAssignRef:
        movq    %rsi, (%rdi)
        ret

# A method overwrote its own stack: the invalid opcode ends in the exception handler.
        .globl  RhpFallbackFailFast
RhpFallbackFailFast:
        ud2

        .data
        .globl  RhpTrapThreads, __security_cookie
RhpTrapThreads:
        .quad   0
__security_cookie:
        .quad   0
        .section .note.GNU-stack, "", @progbits
