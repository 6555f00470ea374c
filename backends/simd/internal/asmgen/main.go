// Command asmgen writes the amd64 assembly of backends/simd/internal/kernels with avo.
//
// It is a module of its own, so that nobody who uses amgen downloads avo. The go:generate lines of package
// kernels run it once a family:
//
//	go run . -kernels gemm -pkg kernels -out gemm_amd64.s -stubs gemm_amd64.go
package main

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"

	"github.com/mmcloughlin/avo/build"
)

// families maps the name of each family of kernels to the function that emits it into avo's global context.
// Each file that emits kernels adds its own in an init function.
var families = map[string]func(){}

func main() {
	name := flag.String("kernels", "", "the family of kernels to write")
	flag.Parse()
	emit, ok := families[*name]
	if !ok {
		fmt.Fprintf(os.Stderr, "asmgen: no kernels named %q; have %v\n", *name, slices.Sorted(maps.Keys(families)))
		os.Exit(2)
	}
	build.ConstraintExpr("!purego")
	emit()
	build.Generate()
}
