// Package simd is a GoMLX backend for one multi-core CPU. It compiles a graph with optimising passes and runs it on
// vector kernels, which are generated assembly for AVX2 and AVX-512 on amd64 and for NEON on arm64, and Go elsewhere.
// It needs no cgo.
//
// Importing the package registers the backend under the name "simd". Its configuration is a comma-separated list of
// options:
//
//	workers=N     number of goroutines that share the work, 4096 at most (default: GOMAXPROCS)
//	memory=SIZE   limit of the memory for arrays, in bytes or with a unit as in 512MiB or 6GB; a computation that
//	              needs more returns an error (default: what the machine has available)
//	winograd=off  sum convolutions as they are defined, which is slower and rounds otherwise; internal/conv bounds the
//	              errors of both (default: on)
//	fuse=off      run every op on its own, for debugging and for tests of the fusion pass (default: on)
//	profile=on    measure every step, for [Backend.Profile] (default: off)
//
// Results have the same bits for any number of workers, because work is divided by shapes alone. Kernels for different
// instruction sets round differently; [Backend.DeviceDescription] names the set in use.
//
// The package has what implements GoMLX's interfaces; the engine is in packages below internal. A Builder checks ops
// and collects them in a graph (package graph; package exec says how to add an op). Compile copies what the outputs
// need, makes it smaller, and plans steps and their memory (package plan). Execute runs the steps in order, each on all
// workers. A step is an op, run by its function in package exec, or a cluster of fused ops, run by package tile a tile
// at a time: as machine code that package jit writes at Compile, or by the kernels of package element. Machine code
// needs a system that lets a process map memory and then make it executable; it is never writable at that time. The
// results are the same to the bit.
package simd

import (
	"fmt"
	"sync/atomic"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/backends/notimplemented"
	"github.com/pkg/errors"

	"github.com/amgen/amgen/backends/simd/internal/exec"
	"github.com/amgen/amgen/backends/simd/internal/graph"
	"github.com/amgen/amgen/backends/simd/internal/kernels"
	"github.com/amgen/amgen/backends/simd/internal/memory"
	"github.com/amgen/amgen/backends/simd/internal/pool"
)

// BackendName is the name under which the backend is registered.
const BackendName = "simd"

func init() {
	backends.Register(BackendName, New)
}

// Backend compiles and runs GoMLX graphs on the CPU. Its methods may be called from several goroutines.
type Backend struct {
	notimplemented.Backend
	pool       *pool.Pool
	memory     memory.Memory
	noFusion   bool
	noWinograd bool
	profile    profile
	finalized  atomic.Bool
}

var _ backends.Backend = (*Backend)(nil)

// New returns a backend for a configuration as the package documentation describes it. It returns an error for an
// unknown option and for a value that the option doesn't take.
func New(config string) (backends.Backend, error) {
	o, err := parseOptions(config)
	if err != nil {
		return nil, err
	}
	b := &Backend{noFusion: !o.fuse, noWinograd: !o.winograd}
	b.memory.Limit = o.memory
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

// DeviceDescription implements backends.Backend. It names the instruction set of the kernels, on which rounding
// depends.
func (b *Backend) DeviceDescription(backends.DeviceNum) string {
	return "CPU, " + Kernels()
}

// Kernels names the instruction set of the kernels in use: "avx512", "avx2", "neon" or, in plain Go,
// "generic".
func Kernels() string { return kernels.Active().String() }

// Capabilities implements backends.Backend. It lists the ops that the backend runs.
func (b *Backend) Capabilities() backends.Capabilities { return capabilities() }

// DirectConvolutions reports that a convolution costs its products alone. The zeros that dilation inserts are not
// multiplied, and several convolutions of few channels take as long as one of their sum. A model can look for this
// method with a type assertion, and choose between two forms of a layer.
func (b *Backend) DirectConvolutions() bool { return true }

// Builder implements backends.Backend.
func (b *Backend) Builder(name string) backends.Builder {
	builder := &Builder{backend: b, graph: &graph.Graph{Name: name}}
	builder.Builder.ErrFn = func(op backends.OpType) error {
		return errors.Wrapf(notimplemented.NotImplementedError, "simd: op %s; %s", op, alternativeTo(op))
	}
	return builder
}

// Finalize implements backends.Backend. It stops the workers and releases all memory. Executions that are under way end
// on their callers' goroutines.
func (b *Backend) Finalize() {
	if b.finalized.Swap(true) {
		return
	}
	b.pool.Close()
	b.memory.Close()
}

// IsFinalized implements backends.Backend.
func (b *Backend) IsFinalized() bool { return b.finalized.Load() }

func (b *Backend) checkUsable(what string) error {
	if b.finalized.Load() {
		return errors.Errorf("simd: %s, got a finalized backend; create a new one", what)
	}
	return nil
}

// newRun is what tasks see of one execution at a time.
func (b *Backend) newRun() exec.Run {
	return exec.Run{Pool: b.pool, Memory: &b.memory, NoWinograd: b.noWinograd}
}
