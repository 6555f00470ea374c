package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/tensors"
)

// gemmShapes are [m, k]·[k, n] products: a square, and what 3×3 convolutions of the presets come to.
var gemmShapes = [][3]int{{1024, 1024, 1024}, {8192, 1152, 128}, {8192, 288, 32}, {25088, 144, 16}, {6272, 288, 32}}

// GemmReport is one line of `amgen bench gemm`: the best of the steps.
type GemmReport struct {
	M       int     `json:"m"`
	K       int     `json:"k"`
	N       int     `json:"n"`
	MS      float64 `json:"ms"`
	GFLOPS  float64 `json:"gflops"`
	Backend string  `json:"backend"`
}

func benchGemm(ctx context.Context, o *benchOptions, backend backends.Backend, std streams) error {
	for _, shape := range gemmShapes {
		m, k, n := shape[0], shape[1], shape[2]
		best, err := productTime(ctx, backend, m, k, n, max(o.steps, 3)+1)
		if err != nil {
			return err
		}
		r := GemmReport{M: m, K: k, N: n, MS: ms(best), GFLOPS: 2 * float64(m*k*n) / best.Seconds() / 1e9, Backend: backend.Name()}
		if o.json {
			if err := json.NewEncoder(std.out).Encode(r); err != nil {
				return fmt.Errorf("write report: %w", err)
			}
			continue
		}
		fmt.Fprintf(std.out, "gemm %5d×%4d×%4d %8.2f ms %7.1f GFLOP/s %s\n", m, k, n, r.MS, r.GFLOPS, r.Backend)
	}
	return nil
}

// productTime is the least time of a float32 product [m, k]·[k, n] over so many runs, the first of which compiles.
func productTime(ctx context.Context, backend backends.Backend, m, k, n, runs int) (time.Duration, error) {
	product, err := graph.NewExec(backend, func(a, b *graph.Node) *graph.Node { return graph.Dot(a, b) })
	if err != nil {
		return 0, fmt.Errorf("measure %s: %w", backend.Name(), err)
	}
	defer product.Finalize()
	a, b := ramp(m, k), ramp(k, n)
	defer a.MustFinalizeAll()
	defer b.MustFinalizeAll()
	best := time.Duration(1 << 62)
	for range runs {
		start := time.Now()
		out, err := product.Exec(a, b)
		if err != nil {
			return 0, fmt.Errorf("measure %s: %w", backend.Name(), err)
		}
		out[0].MustConstFlatData(func(any) {}) // engines that run ahead are done when the data are there
		best = min(best, time.Since(start))
		out[0].MustFinalizeAll()
		if ctx.Err() != nil {
			return 0, ctx.Err()
		}
	}
	return best, nil
}

// ramp is a matrix of small numbers, none of them denormal.
func ramp(rows, cols int) *tensors.Tensor {
	flat := make([]float32, rows*cols)
	for i := range flat {
		flat[i] = float32(i%127)/127 - 0.5
	}
	return tensors.FromFlatDataAndDimensions(flat, rows, cols)
}
