package simd_test

import (
	"flag"
	"fmt"
	"math"
	"sync/atomic"
	"testing"

	"github.com/amgen/amgen/backends/simd"
	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/dtypes"
)

var (
	programCount = flag.Int("programs", 0,
		"the number of random programs that TestPrograms runs; 0 means 120, or 24 against XLA, whose "+
			"compilation is slow")
	programSeed = flag.Uint64("programs.seed", 1, "the seed of the first of them; the others' follow")
	programOps  = flag.Int("programs.ops", 200, "the number of ops of a program before gradients are taken")
)

// programRig is a set of backends that run the same programs.
type programRig struct {
	fused, single, plain, oracle, interpreted backends.Backend
	worst                                     map[string]float64 // by comparison: the largest error, of its tolerance
	compared                                  int                // programs with the oracle
	missing                                   map[backends.OpType]bool
}

func newProgramRig(t testing.TB) *programRig {
	oracle, err := openOracle()
	if err != nil {
		t.Fatalf("oracle %q: %v", oracleConfig, err)
	}
	r := &programRig{
		fused: newBackend(t, "simd:workers=2"), single: newBackend(t, "simd:workers=1"),
		plain: newBackend(t, "simd:workers=2,fuse=off,winograd=off"), oracle: oracle,
		interpreted: simd.Interpreted(newBackend(t, "simd:workers=2"), new(atomic.Int64)),
		worst:       map[string]float64{}, missing: map[backends.OpType]bool{},
	}
	for op := range r.fused.Capabilities().Operations {
		if !oracleIsXLA && !oracle.Capabilities().Operations[op] {
			r.missing[op] = true
		}
	}
	return r
}

// check runs a program everywhere and compares: one worker to two and machine code to kernels, to the bit; fused to
// plain and to the oracle, within what rounding does. The number of nodes comes from the graph before the engine
// simplifies it.
func (r *programRig) check(p program) (nodes int, err error) {
	got, nodes, err := p.run(r.fused)
	if err != nil {
		return nodes, fmt.Errorf("%v: %w", p, err)
	}
	for _, other := range []struct {
		name      string
		backend   backends.Backend
		tolerance float64
	}{{"one worker", r.single, 0}, {"kernels", r.interpreted, 0}, {"unfused", r.plain, p.tolerance()},
		{oracleConfig, r.oracle, p.oracleTolerance()}} {
		if other.backend == r.oracle {
			if len(r.missing) > 0 && !p.simple() {
				continue
			}
			r.compared++
		}
		want, _, err := p.run(other.backend)
		if err != nil {
			return nodes, fmt.Errorf("%v, %s: %w", p, other.name, err)
		}
		for k := range want {
			worst, err := compareScaled(got[k].flat.([]float64), want[k].flat.([]float64), other.tolerance)
			r.worst[other.name] = max(r.worst[other.name], worst)
			if err != nil {
				return nodes, fmt.Errorf("%v: output %d, %s, against %s: %w", p, k, got[k].shape, other.name, err)
			}
		}
	}
	return nodes, nil
}

// tolerance is relative to the largest element of a value, which counts as one at least. An op loses a few units of
// 2⁻²⁴, or 2⁻⁵³; those after it enlarge that, each by a factor of up to two, and derivatives by more. Of thousands of
// programs, none unfused came to half of it.
func (p program) tolerance() float64 {
	t := []float64{1e-5, 1e-4, 1e-3}[p.gradient]
	if p.dtype == dtypes.Float64 {
		t *= 1e-8
	}
	return t
}

// oracleTolerance is larger, since oracles sum in other orders: simplego adds thousands of numbers one after another.
func (p program) oracleTolerance() float64 {
	if oracleIsXLA {
		return 10 * p.tolerance()
	}
	return 100 * p.tolerance()
}

// compareScaled fails where two results differ by more than the tolerance times their largest element, and returns the
// largest difference as a part of that.
func compareScaled(got, want []float64, tolerance float64) (worst float64, err error) {
	scale := 1.0
	for _, w := range want {
		if !math.IsInf(w, 0) && !math.IsNaN(w) {
			scale = max(scale, math.Abs(w))
		}
	}
	for i, w := range want {
		g := got[i]
		if g == w || g != g && w != w {
			continue
		}
		e := math.Abs(g-w) / scale
		if !(e <= tolerance) {
			return worst, fmt.Errorf("element %d of %d is %v, want %v ± %.2g", i, len(want), g, w, tolerance*scale)
		}
		worst = max(worst, e/tolerance)
	}
	return worst, nil
}

// narrow finds the beginning of a failing program that fails first, with its last value as the only output.
func (r *programRig) narrow(p program) string {
	p.last = true
	for ops := 1; ops <= p.ops; ops++ {
		short := p
		short.ops = ops
		if _, err := r.check(short); err != nil {
			return fmt.Sprintf("the last value of %d ops fails first: %v", ops, err)
		}
	}
	return "no beginning of it fails for its last value alone"
}

// TestPrograms compares random programs of hundreds of ops on the engine, fused and unfused, with one worker and two,
// and on the oracle. To look for more: -programs=1000 -programs.seed=100.
func TestPrograms(t *testing.T) {
	r := newProgramRig(t)
	count, total, largest := *programCount, 0, 0
	if count == 0 {
		if count = 120; oracleIsXLA {
			count = 24
		}
	}
	for i := range count {
		p := newProgram(*programSeed+uint64(i), *programOps, r.missing)
		nodes, err := r.check(p)
		total, largest = total+nodes, max(largest, nodes)
		if err != nil {
			t.Errorf("%v\n%s", err, r.narrow(p))
		}
	}
	t.Logf("%d nodes in all, %d in the largest program; %d programs compared with %s; largest errors as parts of "+
		"their tolerances: %v",
		total, largest, r.compared, oracleConfig, r.worst)
	if r.compared < count/2 && !t.Failed() {
		t.Errorf("%s computed only %d of %d programs", oracleConfig, r.compared, count)
	}
}

// FuzzPrograms looks for seeds that fail.
func FuzzPrograms(f *testing.F) {
	r := newProgramRig(f)
	f.Add(uint64(1000), uint8(40))
	f.Fuzz(func(t *testing.T, seed uint64, ops uint8) {
		p := newProgram(seed, int(ops), r.missing)
		if _, err := r.check(p); err != nil {
			t.Errorf("%v\n%s", err, r.narrow(p))
		}
	})
}
