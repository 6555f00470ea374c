// Package simd is a GoMLX backend for one multi-core CPU: an optimising graph compiler and an engine of
// vector kernels, in Go with generated assembly and no cgo.
//
// Importing it registers the backend under the name "simd". Its configuration is a comma-separated list:
//
//	workers=N     spread work over N goroutines (default: GOMAXPROCS)
//	memory=SIZE   hold at most SIZE for arrays, a number of bytes or one with a unit as in 512MiB or 6GB; what needs
//	              more is an error (default: what the machine has available)
//	winograd=off  sum convolutions as they are defined: slower, with other rounding errors (package conv bounds both)
//	fuse=off      run every op on its own; for debugging and for tests of the fusion pass
//	profile=on    measure every step, for Backend.Profile
//
// A computation's result has the same bits for any number of workers: work is cut by shape alone.
//
// A Builder collects nodes (node.go says how to add an op). Compile simplifies the graph (graph.go and the passes that
// it calls), decides what to keep in memory and what to recompute (pass_fuse.go), gathers the rest into clusters of
// fused ops (pass_cluster.go, pass_band.go) with a program each (step.go, program.go), and assigns memory (plan.go).
// Execute runs the steps one after another (run.go), each on all workers: an op by its entry in the op table, a cluster
// by the tile interpreter (tile.go).
package simd

import (
	"fmt"
	"sync/atomic"

	"github.com/amgen/amgen/backends/simd/internal/kernels"
	"github.com/amgen/amgen/backends/simd/internal/pool"
	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/backends/notimplemented"
	"github.com/pkg/errors"
)

// BackendName is the name the backend is registered under.
const BackendName = "simd"

func init() {
	backends.Register(BackendName, New)
}

// Backend compiles and runs GoMLX graphs on the CPU. Its methods may be called from several goroutines.
type Backend struct {
	notimplemented.Backend
	pool       *pool.Pool
	memory     memory
	noFusion   bool
	noWinograd bool
	profile    profile
	finalized  atomic.Bool
}

var _ backends.Backend = (*Backend)(nil)

// New returns a backend for the configuration described in the package documentation. An option that there is not is
// an error.
func New(config string) (backends.Backend, error) {
	o, err := parseOptions(config)
	if err != nil {
		return nil, err
	}
	b := &Backend{noFusion: !o.fuse, noWinograd: !o.winograd}
	b.memory.limit = o.memory
	b.profile.enabled = o.profile
	b.profile.reset()
	b.pool = pool.New(o.workers)
	return b, nil
}

// Name implements backends.Backend.
func (b *Backend) Name() string { return BackendName }

// String implements backends.Backend.
func (b *Backend) String() string { return BackendName }

// Description implements backends.Backend.
func (b *Backend) Description() string {
	return fmt.Sprintf("CPU engine of amgen, %d workers", b.pool.Workers())
}

// NumDevices implements backends.Backend: the CPU is one device.
func (b *Backend) NumDevices() int { return 1 }

// DeviceDescription implements backends.Backend. It names the vector instructions, by which results are rounded.
func (b *Backend) DeviceDescription(backends.DeviceNum) string {
	return fmt.Sprintf("CPU, %s", kernels.Active())
}

// Capabilities implements backends.Backend: the ops that have an executor.
func (b *Backend) Capabilities() backends.Capabilities { return capabilities() }

// DirectConvolutions reports that a convolution costs its products alone. The zeros that dilation inserts are not
// multiplied, and several convolutions of few channels take as long as one of their sum. A model can ask for this method
// by a type assertion, and choose between two forms of a layer.
func (b *Backend) DirectConvolutions() bool { return true }

// Builder implements backends.Backend.
func (b *Backend) Builder(name string) backends.Builder {
	builder := &Builder{backend: b, name: name}
	builder.Builder.ErrFn = func(op backends.OpType) error {
		return errors.Wrapf(notimplemented.NotImplementedError, "simd: op %s; %s", op, alternativeTo(op))
	}
	return builder
}

// Finalize implements backends.Backend: it stops the workers and lets go of all memory. Executions that are under way
// end on their callers' goroutines.
func (b *Backend) Finalize() {
	if b.finalized.Swap(true) {
		return
	}
	b.pool.Close()
	b.memory.close()
}

// IsFinalized implements backends.Backend.
func (b *Backend) IsFinalized() bool { return b.finalized.Load() }

func (b *Backend) checkUsable(what string) error {
	if b.finalized.Load() {
		return errors.Errorf("simd: %s, got a finalized backend; create a new one", what)
	}
	return nil
}
