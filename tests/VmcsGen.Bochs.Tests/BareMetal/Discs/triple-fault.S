# An exception without a table to deliver it through.
#include "disc.inc"
        begin
        lidt    nothing
        int3
        hlt
nothing:
        .word   0
        .long   0
