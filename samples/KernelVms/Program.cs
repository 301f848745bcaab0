using System;
using KernelVms;

// Which VMs does a machine run, and what do their vCPUs do? Asked of the memory of a kernel with KVM, whose structs the *.vmcs.yaml files
// of this folder know from its BTF. README.md says how to make a dump.
return args switch
{
    ["make"] => LabGuests.Make(Console.Out),
    [var dump, var vmList] => DumpReport.Write(dump, vmList, null, Console.Out, Console.Error),
    [var dump, var vmList, "--keep", var excerpt] => DumpReport.Write(dump, vmList, excerpt, Console.Out, Console.Error),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine(
        """
        Usage: KernelVms DUMP ADDRESS [--keep FILE]
               KernelVms make

        DUMP is an ELF core of a machine's physical memory, and ADDRESS that of the variable vm_list in its kernel
        (grep -w vm_list /proc/kallsyms). With --keep, the pages that were read are written into FILE, a dump in which nothing else is.
        'make' runs VMs to be found in a dump, in the lab of this repository.
        """
    );
    return 2;
}
