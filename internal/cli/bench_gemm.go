package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/tensors"
	"github.com/spf13/cobra"

	"github.com/amgen/amgen/backends/engine"
	"github.com/amgen/amgen/run"
)

// GemmReport is one line of `amgen bench gemm`: the best of the runs.
type GemmReport struct {
	Preset  string  `json:"preset,omitempty"` // that issues the product; none for the shapes of the design
	M       int     `json:"m"`
	K       int     `json:"k"`
	N       int     `json:"n"`
	TransA  bool    `json:"trans_a"` // the left operand lies in memory as [k, m]
	TransB  bool    `json:"trans_b"`
	Batch   int     `json:"batch"`
	MS      float64 `json:"ms"` // of the product, without the call into the engine where the engine tells
	GFLOPS  float64 `json:"gflops"`
	Backend string  `json:"backend"`
}

// newBenchGemm measures [designProducts], with --all also every product of the presets.
func newBenchGemm(o *benchOptions, sub func(use, short string, run benchRun) *cobra.Command) *cobra.Command {
	all := false
	cmd := sub("gemm", "Measure float32 matrix products of the shapes that networks need",
		func(ctx context.Context, o *benchOptions, e *engine.Engine, std streams) error {
			if err := o.gemm(ctx, "", designProducts, e.Backend, std); err != nil || !all {
				return err
			}
			for _, preset := range run.ImagePresets() {
				if err := o.gemm(ctx, preset, presetProducts(preset), e.Backend, std); err != nil {
					return err
				}
			}
			return nil
		})
	cmd.Flags().BoolVar(&all, "all", false, "also measure every product of the presets, in forward and backward passes")
	cmd.Flags().IntVar(&o.steps, "steps", o.steps, "runs of each product, of which the fastest counts; short ones "+
		"run more often")
	cmd.PreRunE = func(*cobra.Command, []string) error { return o.profileProducts() }
	return cmd
}

// profileProducts has the engine measure its ops where it can: small products take less time than the call that asks
// for them.
func (o *benchOptions) profileProducts() error {
	choice, err := engine.Parse(o.backend)
	if err != nil {
		return usageError{err}
	}
	_, o.profile = choice.Profiled()
	return nil
}

func (o *benchOptions) gemm(ctx context.Context, preset string, products []product, backend backends.Backend,
	std streams) error {
	for _, p := range products {
		best, err := productTime(ctx, backend, p, max(o.steps, 3)+1)
		if err != nil {
			return err
		}
		r := GemmReport{Preset: preset, M: p.m, K: p.k, N: p.n, TransA: p.transA, TransB: p.transB,
			Batch: max(p.batch, 1), MS: ms(best), GFLOPS: p.flops() / best.Seconds() / 1e9, Backend: backend.Name()}
		if o.json {
			if err := json.NewEncoder(std.out).Encode(r); err != nil {
				return fmt.Errorf("write report: %w", err)
			}
			continue
		}
		if _, err := fmt.Fprintf(std.out, "gemm %-20s %8.3f ms %7.1f GFLOP/s %s %s\n", p, r.MS, r.GFLOPS, r.Backend,
			preset); err != nil {
			return fmt.Errorf("write report: %w", err)
		}
	}
	return nil
}

// String is m×k×n, with a ᵀ next to a transposed operand: "32768×32×64ᵀ" for dy·wᵀ.
func (p product) String() string {
	s := fmt.Sprintf("%d×%d×%d", p.m, p.k, p.n)
	if p.transA {
		s = "ᵀ" + s
	}
	if p.transB {
		s += "ᵀ"
	}
	if p.batch > 1 {
		s = fmt.Sprintf("%d·(%s)", p.batch, s)
	}
	return s
}

// build multiplies in a graph.
func (p product) build(a, b *graph.Node) *graph.Node {
	left, right, batch := 1, 0, []int(nil)
	if p.transA {
		left = 0
	}
	if p.transB {
		right = 1
	}
	if p.batch > 0 {
		left, right, batch = left+1, right+1, []int{0}
	}
	return graph.DotGeneral(a, []int{left}, batch, b, []int{right}, batch)
}

// operands are numbers to multiply.
func (p product) operands() (a, b *tensors.Tensor) {
	shape := func(rows, cols int, transposed bool) []int {
		if transposed {
			rows, cols = cols, rows
		}
		if p.batch > 0 {
			return []int{p.batch, rows, cols}
		}
		return []int{rows, cols}
	}
	return ramp(shape(p.m, p.k, p.transA)...), ramp(shape(p.k, p.n, p.transB)...)
}

// productTime is the least time of a product over so many runs, and more while they are short; the first compiles. An
// engine that measures its ops tells the time of the product alone.
func productTime(ctx context.Context, backend backends.Backend, p product, runs int) (time.Duration, error) {
	const short, enough = 50 * time.Millisecond, 300
	exec, err := graph.NewExec(backend, p.build)
	if err != nil {
		return 0, fmt.Errorf("measure %s: %w", backend.Name(), err)
	}
	defer exec.Finalize()
	a, b := p.operands()
	defer a.MustFinalizeAll()
	defer b.MustFinalizeAll()
	best, began := time.Duration(1<<62), time.Now()
	for i := 0; i < runs || time.Since(began) < short && i < enough; i++ {
		resetProfile(backend)
		start := time.Now()
		out, err := exec.Exec(a, b)
		if err != nil {
			return 0, fmt.Errorf("measure %s: %w", backend.Name(), err)
		}
		elapsed := time.Since(start)
		if op, ok := opTime(backend, "DotGeneral"); ok {
			elapsed = op
		}
		best = min(best, elapsed)
		out[0].MustFinalizeAll()
		if ctx.Err() != nil {
			return 0, ctx.Err()
		}
	}
	return best, nil
}

// ramp is a tensor of small numbers, none of them denormal.
func ramp(dims ...int) *tensors.Tensor {
	size := 1
	for _, d := range dims {
		size *= d
	}
	flat := make([]float32, size)
	for i := range flat {
		flat[i] = float32(i%127)/127 - 0.5
	}
	return tensors.FromFlatDataAndDimensions(flat, dims...)
}
