package conv

import (
	"bytes"
	"hash/maphash"
	"sync"
	"sync/atomic"

	"github.com/amgen/amgen/backends/simd/internal/dense"
	"github.com/amgen/amgen/backends/simd/internal/memory"
	"github.com/amgen/amgen/backends/simd/internal/pool"
)

// kept are the transformed weights of a plane, kept from one run to the next. A sampler evaluates a network hundreds of
// times with the same weights, and where there are few tiles their transform takes long. They serve as long as the
// kernel has the bits that they were made of, which every run compares with a copy: so whoever changes a kernel, and in
// whatever way, gets the new one's results.
//
// A kernel that changes from run to run, as those of a training step do, costs a look at a few of its elements.
type kept struct {
	mu      sync.Mutex
	sample  uint64 // of the kernel of the run before
	alike   int    // runs in a row with that sample
	losses  int    // times that kept weights had to go
	memory  *memory.Kept
	pending bool // a run fills memory
}

const (
	// keepTiles is the most tiles for which the transform of the weights is a part of the time that matters.
	keepTiles = 256
	// alikeRuns is the number of runs with the same sample of the kernel after which its transform is kept. That many
	// micro-batches of a training step keep nothing.
	alikeRuns = 4
	// maxLosses is how many times transforms are kept in vain.
	maxLosses = 3
	// sampledElements is how many elements of a kernel a run looks at.
	sampledElements = 64
	// comparedBytes is the size of the pieces of the comparison.
	comparedBytes = 256 << 10
)

// keep has the plane's method keep weights, if it has any.
func (c *plane) keep(k *kept) {
	switch m := c.method.(type) {
	case *winograd:
		if m.tiling.tiles() <= keepTiles {
			m.kept = k
		}
	case *transposed:
		m.dense.keep(k)
	}
}

// takeKept takes kept weights, or keeps those that it makes. It reports false if there are none and none are due.
func (g *winograd) takeKept(p *pool.Pool) bool {
	k := g.kept
	if k == nil || g.memory == nil {
		return false
	}
	kernel := dense.Bytes(g.kernel)
	size := tilePlanes * g.weightsStep
	mem, fill := k.find(g.memory, sampleOf(g.kernel), 4*size+len(kernel))
	if mem == nil {
		return false
	}
	weights, copied := dense.Cast[float32](mem[:4*size]), mem[4*size:]
	if fill {
		g.transformWeights(p, weights)
		copy(copied, kernel)
		k.filled()
		return true
	}
	if !equal(p, copied, kernel) {
		k.lose()
		return false
	}
	g.weights = weights
	return true
}

// find returns the kept memory, or if it is due new memory, which the caller is to fill.
func (k *kept) find(m *memory.Memory, sample uint64, size int) (mem []byte, fill bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.pending || k.losses > maxLosses {
		return nil, false
	}
	if sample != k.sample {
		k.sample, k.alike = sample, 0
	}
	k.alike++
	if k.memory != nil {
		if mem = k.memory.Bytes(); mem != nil && k.alike > 1 {
			return mem, false
		}
		k.drop()
	}
	if k.alike < alikeRuns {
		return nil, false
	}
	if k.memory = m.Keep(size); k.memory == nil {
		k.losses++
		k.alike = 0
		return nil, false
	}
	k.pending = true
	return k.memory.Bytes(), true
}

// filled makes the memory serve.
func (k *kept) filled() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.pending = false
}

// lose lets go of weights that another kernel was found for.
func (k *kept) lose() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.pending {
		k.drop()
	}
}

// drop lets go of the weights; the caller holds k.mu.
func (k *kept) drop() {
	k.memory.Drop()
	k.memory, k.alike = nil, 0
	k.losses++
}

var sampleSeed = maphash.MakeSeed()

// sampleOf hashes a few elements of the kernel.
func sampleOf(kernel []float32) uint64 {
	var few [sampledElements]float32
	n := min(len(few), len(kernel))
	for i := range n {
		few[i] = kernel[i*len(kernel)/n]
	}
	return maphash.Bytes(sampleSeed, dense.Bytes(few[:n]))
}

// equal compares two arrays.
func equal(p *pool.Pool, a, b []byte) bool {
	if len(a) != len(b) {
		return false
	}
	var differ atomic.Bool
	p.Run(ceilDiv(len(a), comparedBytes), func(i int) {
		from, to := i*comparedBytes, min((i+1)*comparedBytes, len(a))
		if !bytes.Equal(a[from:to], b[from:to]) {
			differ.Store(true)
		}
	})
	return !differ.Load()
}
