// Package memory compares the memory of the machine with what work needs, before the work begins.
package memory

import (
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"sync"

	"github.com/dustin/go-humanize"

	"github.com/amgen/amgen/backends/simd"
	"github.com/amgen/amgen/internal/cli/flags"
	"github.com/amgen/amgen/run"
)

// CollectBeforeLimit sets the limit of the process (ulimit -v) as the garbage collector's. Go's runtime doesn't know
// it, and crashes if garbage doesn't fit.
var CollectBeforeLimit = sync.OnceFunc(func() {
	const least = 128 << 20 // below it, collecting would take all the time
	if simd.Limited() && os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(max(simd.InstalledMemory(), least))
	}
})

// plausibleMemory is assumed on machines whose memory isn't known.
const plausibleMemory = 1 << 40

// There is the memory of the machine, or the process's limit, in bytes.
func There() int64 {
	most := min(simd.InstalledMemory(), 1<<62)
	if most == 1<<62 {
		return plausibleMemory
	}
	return most
}

// Check is a usage error if n things of so many bytes don't fit into memory, since the runtime would crash. The
// error ends with advice.
func Check(what string, n int, bytes float64, advice string) error {
	most := float64(There())
	if need := float64(n) * bytes; need > most {
		return flags.Usagef("%s need %s of memory, and there is %s; %s", what, humanize.SIWithDigits(need, 1, "B"),
			humanize.SIWithDigits(most, 1, "B"), advice)
	}
	return nil
}

// CheckNetwork is a usage error where a network can't be trained in the memory that there is.
func CheckNetwork(plan *run.Plan) error {
	what := fmt.Sprintf("the parameters and activations of %s in batches of %d", plan.Config.Network(),
		plan.Config.Batch)
	return Check(what, 1, plan.LeastMemory(),
		"use a smaller network, a smaller --batch or a larger --accumulate")
}

// CheckFile is an error if a file of tensors is larger than the machine's memory. A sparse file may have any
// size.
func CheckFile(path string) error {
	st, err := os.Stat(path)
	if err != nil || !st.Mode().IsRegular() {
		return nil // the reader says it
	}
	if err := Check("the tensors of "+path, 1, float64(st.Size()), "use a machine with more, or copy the file "+
		"again if it should be smaller"); err != nil {
		return errors.New(err.Error()) // not a mistake of the command line
	}
	return nil
}
