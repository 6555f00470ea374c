package main

import (
	"encoding/binary"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/arch/arm64/arm64asm"
)

// Every instruction that is written as a WORD is the one in the comment beside it, as the disassembler of Go's authors
// reads it.
func TestWords(t *testing.T) {
	word := regexp.MustCompile(`WORD \$0x([0-9a-f]+) // (.*)`)
	plain := func(s string) string { return strings.ToLower(strings.ReplaceAll(s, " ", "")) }
	checked := map[string]bool{}
	for name, emit := range families {
		f := &file{}
		emit(f)
		for _, m := range word.FindAllStringSubmatch(f.assembly(), -1) {
			if checked[m[0]] {
				continue
			}
			checked[m[0]] = true
			bits, err := strconv.ParseUint(m[1], 16, 32)
			if err != nil {
				t.Fatal(err)
			}
			i, err := arm64asm.Decode(binary.LittleEndian.AppendUint32(nil, uint32(bits)))
			if err != nil {
				t.Errorf("%s: %s: %v", name, m[0], err)
			} else if got := arm64asm.GNUSyntax(i); plain(got) != plain(m[2]) {
				t.Errorf("%s: %s is %s", name, m[0], got)
			}
		}
	}
	if len(checked) < 1000 {
		t.Errorf("checked %d different words, want all", len(checked))
	}
}
