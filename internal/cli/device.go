package cli

import (
	"fmt"

	"github.com/dustin/go-humanize"

	"github.com/amgen/amgen/backends/engine"
	"github.com/amgen/amgen/run"
)

// residentBytes is how large a data set may be to be kept on a device whole: CIFAR-10 has 154 MB, and a GPU tens of GB.
const residentBytes = 4 << 30

// resident reports whether training keeps the data on the device. It does on XLA, whose memory is not the program's: to
// send a batch there takes time.
func resident(d *run.Data, choice engine.Choice) bool {
	return choice.XLA() && d.Size > 0 && d.Size <= residentBytes
}

// readEvery is the number of steps after which training reads its loss. On XLA reading takes time, and the loss is read
// when it is logged.
func readEvery(c run.Config, choice engine.Choice) int {
	if choice.XLA() {
		return c.LogEvery
	}
	return 1
}

// memoryUsed says how much memory training has taken at most.
func memoryUsed(e *engine.Engine) string {
	if _, peak, ok := e.Memory(); ok {
		return fmt.Sprintf("at most %s in buffers on the device, %.0f MB of memory here", humanize.IBytes(uint64(peak)), peakRSS())
	}
	return fmt.Sprintf("at most %.0f MB of memory", peakRSS())
}
