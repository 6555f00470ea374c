package cli

import (
	"fmt"

	"github.com/dustin/go-humanize"

	"github.com/amgen/amgen/backends/engine"
)

// memoryUsed says how much memory training has taken at most.
func memoryUsed(e *engine.Engine) string {
	if _, peak, ok := e.Memory(); ok {
		return fmt.Sprintf("at most %s in buffers on the device, %.0f MB of memory here", humanize.IBytes(uint64(peak)),
			peakRSS())
	}
	return fmt.Sprintf("at most %.0f MB of memory", peakRSS())
}
