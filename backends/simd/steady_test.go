package simd

import (
	"bytes"
	"os"
	"runtime"
	"strconv"
	"sync"
	"testing"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/dtypes"
	. "github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/shapes"

	"github.com/amgen/amgen/backends/simd/internal/dense"
)

// convNet describes a small network for 4 images of 8×8: its inputs, of which the first are its parameters, and one
// step of gradient descent, which returns the parameters and the loss.
var convNet = []shapes.Shape{
	shapes.Make(dtypes.Float32, 3, 3, 3, 32), shapes.Make(dtypes.Float32, 32), shapes.Make(dtypes.Float32, 32),
	shapes.Make(dtypes.Float32, 3, 3, 32, 32), shapes.Make(dtypes.Float32, 32, 10), // parameters
	shapes.Make(dtypes.Float32, 4, 8, 8, 3), shapes.Make(dtypes.Float32, 4, 10), // images and targets
}

const convNetParams = 5

func convNetStep(in []*Node) []*Node {
	params, images, targets := in[:convNetParams], in[5], in[6]
	y := Convolve(images, params[0]).PadSame().Done()
	y = groupNormSiLU(y, params[1], params[2])
	y = Convolve(y, params[3]).PadSame().Done()
	y = MeanPool(Tanh(y)).Window(2).Done()
	y = Dot(ReduceMean(y, 1, 2), params[4])
	loss := ReduceAllMean(Square(Sub(Softmax(y), targets)))
	var out []*Node
	for i, g := range Gradient(loss, params...) {
		out = append(out, Sub(params[i], MulScalar(g, 0.01)))
	}
	return append(out, loss)
}

// buffersOf fills a buffer of each shape with numbers in [-1, 1].
func (b *Backend) buffersOf(inputs []shapes.Shape) (buffers []backends.Buffer) {
	for k, shape := range inputs {
		buf := b.newBuffer(shape)
		for i := range dense.Cast[float32](buf.mem) {
			dense.Cast[float32](buf.mem)[i] = float32((i+k)*7919%10007)/5003 - 1
		}
		buffers = append(buffers, buf)
	}
	return buffers
}

// usage is what a process holds.
type usage struct {
	used, total int64 // of the backend's memory, handed out and in all
	heap        int64 // of Go's heap, in use after a collection
	resident    int64 // as the system sees it; 0 where it does not say
}

func (b *Backend) usage() usage {
	runtime.GC()
	runtime.GC() // the first leaves what lies in a sync.Pool
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	u := usage{used: b.memory.InUse(), total: b.memory.Held(), heap: int64(stats.HeapInuse)}
	if text, err := os.ReadFile("/proc/self/statm"); err == nil {
		pages, _ := strconv.ParseInt(string(bytes.Fields(text)[1]), 10, 64)
		u.resident = pages * int64(os.Getpagesize())
	}
	return u
}

// TestMemoryStaysLevel trains for a thousand steps with donated parameters: after the first hundred neither the
// backend's memory nor Go's heap nor the process may grow. Then it compiles the same step again and again.
func TestMemoryStaysLevel(t *testing.T) {
	engine, err := New("workers=2")
	if err != nil {
		t.Fatal(err)
	}
	defer engine.Finalize()
	b := engine.(*Backend)
	e := compiledOn(t, b, convNet, convNetStep)
	state := b.buffersOf(convNet)
	donate := make([]bool, len(convNet))
	for i := range convNetParams {
		donate[i] = true
	}
	step := func() {
		out, err := e.Execute(state, donate, 0)
		if err != nil {
			t.Fatal(err)
		}
		copy(state, out[:convNetParams])
		if err := b.BufferFinalize(out[convNetParams]); err != nil {
			t.Fatal(err)
		}
	}
	// How many tasks need scratch memory at once is chance, to less than 128 kB in all: a leak of the smallest block a
	// step would come to twice that. What else a collection leaves depends on its moment by less than 1 MB; the system
	// counts pages of the runtime's own too.
	level := func(what string, before usage) {
		after := b.usage()
		if after.used != before.used || after.total > before.total+128<<10 {
			t.Errorf("%s: the backend holds %d bytes of %d, before %d of %d", what, after.used, after.total,
				before.used, before.total)
		}
		if after.heap > before.heap+1<<20 {
			t.Errorf("%s: the heap grew from %d to %d bytes", what, before.heap, after.heap)
		}
		if after.resident > before.resident+16<<20 {
			t.Errorf("%s: the process grew from %d to %d bytes", what, before.resident, after.resident)
		}
		t.Logf("%s: %+v", what, after)
	}
	for range 100 {
		step()
	}
	before := b.usage()
	for range 900 {
		step()
	}
	level("after 1000 steps", before)
	if len(e.frames) != 1 {
		t.Errorf("%d frames are kept, want one", len(e.frames))
	}
	for range 20 {
		again := compiledOn(t, b, convNet, convNetStep)
		again.Finalize()
	}
	level("after 20 compilations", before)
}

// attention is softmax(x·w·xᵀ)·x and its gradient: products and reductions, where convNet has convolutions.
var attention = []shapes.Shape{shapes.Make(dtypes.Float32, 4, 40, 24), shapes.Make(dtypes.Float32, 24, 24)}

func attentionGradient(in []*Node) []*Node {
	x := in[0]
	scores := Einsum("bid,bjd->bij", Einsum("bid,de->bie", x, in[1]), x)
	y := Einsum("bij,bjd->bid", Softmax(scores), x)
	return append(Gradient(ReduceAllSum(Square(y)), in...), y)
}

// TestExecutablesAtOnce runs two executables of one backend and one of another from seven goroutines: every result must
// have the bits that it has alone. Run it with -race.
func TestExecutablesAtOnce(t *testing.T) {
	type job struct {
		e     *Executable
		input []shapes.Shape
		want  [][]byte
	}
	run := func(j *job) [][]byte {
		b := j.e.backend
		in := b.buffersOf(j.input)
		donate := make([]bool, len(in))
		donate[0] = true
		out, err := j.e.Execute(in, donate, 0)
		if err != nil {
			t.Error(err)
			return nil
		}
		var results [][]byte
		for _, o := range out {
			results = append(results, bytes.Clone(o.(*Buffer).mem))
		}
		for _, buf := range append(in[1:], out...) {
			if err := b.BufferFinalize(buf); err != nil {
				t.Error(err)
			}
		}
		return results
	}
	var jobs []*job
	for i, config := range []string{"workers=2", "workers=3"} {
		engine, err := New(config)
		if err != nil {
			t.Fatal(err)
		}
		defer engine.Finalize()
		jobs = append(jobs, &job{e: compiledOn(t, engine.(*Backend), convNet, convNetStep), input: convNet})
		if i == 0 {
			jobs = append(jobs, &job{e: compiledOn(t, engine.(*Backend), attention, attentionGradient),
				input: attention})
		}
	}
	for _, j := range jobs {
		j.want = run(j)
	}
	var running sync.WaitGroup
	for k := range 7 {
		j := jobs[k%len(jobs)]
		running.Go(func() {
			for range 10 {
				for i, got := range run(j) {
					if !bytes.Equal(got, j.want[i]) {
						t.Errorf("goroutine %d: output %d differs from that of a run alone", k, i)
					}
				}
			}
		})
	}
	running.Wait()
	for _, j := range jobs {
		if used := j.e.backend.memory.InUse(); used != 0 {
			t.Errorf("%d bytes count as handed out when all is done, want none", used)
		}
	}
}
