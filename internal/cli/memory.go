package cli

import (
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"sync"

	"github.com/dustin/go-humanize"

	"github.com/amgen/amgen/backends/simd"
	"github.com/amgen/amgen/run"
)

// collectBeforeLimit sets the limit of the process (ulimit -v) as the garbage collector's. Go's runtime doesn't know
// it, and crashes if garbage doesn't fit.
var collectBeforeLimit = sync.OnceFunc(func() {
	const least = 128 << 20 // below it, collecting would take all the time
	if simd.Limited() && os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(max(simd.InstalledMemory(), least))
	}
})

// plausibleMemory is assumed on machines whose memory isn't known.
const plausibleMemory = 1 << 40

// memoryThere is the memory of the machine, or the process's limit, in bytes.
func memoryThere() int64 {
	most := min(simd.InstalledMemory(), 1<<62)
	if most == 1<<62 {
		return plausibleMemory
	}
	return most
}

// checkMemory is a usage error if n things of so many bytes don't fit into memory, since the runtime would crash. The
// error ends with advice.
func checkMemory(what string, n int, bytes float64, advice string) error {
	most := float64(memoryThere())
	if need := float64(n) * bytes; need > most {
		return usagef("%s need %s of memory, and there is %s; %s", what, humanize.SIWithDigits(need, 1, "B"),
			humanize.SIWithDigits(most, 1, "B"), advice)
	}
	return nil
}

// checkNetworkMemory is a usage error where a network can't be trained in the memory that there is.
func checkNetworkMemory(plan *run.Plan) error {
	what := fmt.Sprintf("the parameters and activations of %s in batches of %d", plan.Config.Network(),
		plan.Config.Batch)
	return checkMemory(what, 1, plan.LeastMemory(),
		"use a smaller network, a smaller --batch or a larger --accumulate")
}

// checkFileMemory is an error if a file of tensors is larger than the machine's memory. A sparse file may have any
// size.
func checkFileMemory(path string) error {
	st, err := os.Stat(path)
	if err != nil || !st.Mode().IsRegular() {
		return nil // the reader says it
	}
	if err := checkMemory("the tensors of "+path, 1, float64(st.Size()), "use a machine with more, or copy the file "+
		"again if it should be smaller"); err != nil {
		return errors.New(err.Error()) // not a mistake of the command line
	}
	return nil
}
