#!/usr/bin/env bash
# Makes a file of symbols for gdb out of what a kernel says about itself: samples/Vmm/symbols.sh KALLSYMS OUTPUT
# KALLSYMS is a copy of /proc/kallsyms, read by root, or a System.map. Addresses are those of a run with 'nokaslr', or of the run that it is
# from. It has no types, so gdb wants a cast: 'print (long)jiffies'. Names that several symbols have are left out.
set -eu -o pipefail
[ $# = 2 ] || { echo "Usage: $0 KALLSYMS OUTPUT" >&2; exit 2; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# A kernel is code, data, code of its start, data. Not every awk calculates with 64 bits, so addresses count from where the last 2 GiB begin.
awk -v places="$work/places" '
  function number(text,   i, n) { for (i = 1; i <= length(text); i++) n = n * 16 + index("0123456789abcdef", substr(text, i, 1)) - 1; return n }
  BEGIN { part["_text"] = 1; part["_etext"] = 2; part["_sinittext"] = 3; part["_einittext"] = 4 }
  NF == 3 && $1 ~ /^ffffffff[89a-f].......$/ && $3 ~ /^[A-Za-z_][A-Za-z0-9_.]*$/ {
    at = number(substr($1, 9)) - 2147483648
    if ($3 in part) { start[part[$3]] = at; text[part[$3]] = $1 }
    if ($3 in place) isTaken[$3] = 1
    place[$3] = at
    if (at >= start[5]) start[5] = at + 1
  }
  END {
    for (name in part) if (!(part[name] in start)) { print "There is no symbol " name "." >"/dev/stderr"; exit 1 }
    for (i = 1; i <= 4; i++) {
      printf ".section .part%d, \"%s\", @nobits\n.skip %d\n", i, i % 2 ? "ax" : "aw", start[i + 1] - start[i]
      printf "--section-start=.part%d=0x%s\n", i, text[i] >places
    }
    for (name in place) {
      if (name in isTaken || place[name] < start[1]) continue
      for (i = 4; place[name] < start[i]; i--) { }
      printf ".globl \"%s\"\n.type \"%s\", %s\n.set \"%s\", .part%d + %d\n", name, name, i % 2 ? "@function" : "@object", name, i, place[name] - start[i]
    }
  }' "$1" >"$work/symbols.s"
as -o "$work/symbols.o" "$work/symbols.s"
# shellcheck disable=SC2046 # One argument a line, without spaces.
ld -e _text --no-warn-rwx-segments -o "$2" $(cat "$work/places") "$work/symbols.o"
