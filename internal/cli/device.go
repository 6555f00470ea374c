package cli

import (
	"fmt"

	"github.com/dustin/go-humanize"
	"github.com/gomlx/gomlx/backends"

	"github.com/amgen/amgen/backends/engine"
	"github.com/amgen/amgen/backends/simd"
)

// residentBytes is how large a data set may be to be kept on a device whole: CIFAR-10 has 154 MB, and a GPU tens of GB.
const residentBytes = 4 << 30

// ahead tells whether an engine's memory is not the program's, so that each batch that is sent there, and each number that
// is read, costs time.
func ahead(backend backends.Backend) bool { return backend.Name() != simd.BackendName }

// onGPU tells whether an engine computes on one.
func onGPU(backend backends.Backend) bool {
	choice, err := engine.Parse(backend.Name())
	return err == nil && choice.GPU()
}

// resident tells whether training keeps the data on the device.
func (m material) resident(backend backends.Backend) bool {
	return ahead(backend) && m.size > 0 && m.size <= residentBytes
}

// readEvery is how often training reads its loss: when it is logged, where reading has a price.
func (c Config) readEvery(backend backends.Backend) int {
	if ahead(backend) {
		return c.LogEvery
	}
	return 1
}

// memoryUsed says how much memory training has taken at most.
func memoryUsed(backend backends.Backend) string {
	if _, peak, ok := engine.Memory(backend); ok {
		return fmt.Sprintf("at most %s in buffers on the device, %.0f MB of memory here", humanize.IBytes(uint64(peak)), peakRSS())
	}
	return fmt.Sprintf("at most %.0f MB of memory", peakRSS())
}
