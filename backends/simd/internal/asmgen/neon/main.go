// Command neon writes the arm64 assembly of backends/simd/internal/kernels, which avo can't.
//
// It writes Go's mnemonics where Go's assembler has the instruction, and else its encoding as a WORD, with ARM's
// mnemonic beside it. The go:generate lines of package kernels run it once a family:
//
//	go run ./neon -kernels gemm -out gemm_arm64.s -stubs gemm_arm64.go
package main

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
)

// families maps the name of each family of kernels to the function that emits it. Each file that emits kernels adds
// its own in an init function.
var families = map[string]func(f *file){}

func main() {
	name := flag.String("kernels", "", "the family of kernels to write")
	out := flag.String("out", "", "the file of assembly to write")
	stubs := flag.String("stubs", "", "the Go file of declarations to write")
	flag.Parse()
	emit, ok := families[*name]
	if !ok {
		fail(fmt.Errorf("no kernels named %q; have %v", *name, slices.Sorted(maps.Keys(families))))
	}
	f := &file{command: fmt.Sprintf("go run ./neon -kernels %s -out %s -stubs %s", *name, *out, *stubs)}
	emit(f)
	for path, text := range map[string]string{*out: f.assembly(), *stubs: f.declarations()} {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			fail(err)
		}
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "neon:", err)
	os.Exit(2)
}
