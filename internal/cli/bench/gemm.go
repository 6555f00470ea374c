package bench

import (
	"context"
	"fmt"

	"github.com/gomlx/gomlx/backends"
	"github.com/spf13/cobra"

	"github.com/amgen/amgen/backends/engine"
	"github.com/amgen/amgen/internal/cli/flags"
	"github.com/amgen/amgen/internal/cli/term"
	"github.com/amgen/amgen/internal/products"
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

// newGemm measures [designProducts], with --all also every product of the presets.
func newGemm(o *options, std term.Streams) *cobra.Command {
	all := false
	cmd := &cobra.Command{Use: "gemm", Short: "Measure float32 matrix products of the shapes that networks need",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			profiled, err := o.profilingProducts()
			if err != nil {
				return err
			}
			return profiled.execute(cmd.Context(), measureProducts(all), std)
		}}
	cmd.Flags().BoolVar(&all, "all", false, "also measure every product of the presets, in forward and backward passes")
	cmd.Flags().IntVar(&o.steps, "steps", o.steps, "number of runs of each product, the fastest of which is "+
		"reported; small products run more often")
	return cmd
}

// measureProducts measures products, all of the presets' too if asked to.
func measureProducts(all bool) measurement {
	return func(ctx context.Context, o options, e *engine.Engine, std term.Streams) error {
		if err := o.gemm(ctx, "", designProducts, e.Backend, std); err != nil || !all {
			return err
		}
		for _, preset := range run.ImagePresets() {
			if err := o.gemm(ctx, preset, presetProducts(preset), e.Backend, std); err != nil {
				return err
			}
		}
		return nil
	}
}

// profilingProducts are the options with which the engine measures its ops where it can: small products take less time
// than the call that asks for them.
func (o options) profilingProducts() (options, error) {
	choice, err := engine.Parse(o.backend)
	if err != nil {
		return o, flags.Usage(err)
	}
	_, o.profile = choice.Profiled()
	return o, nil
}

// gemm measures the products of a preset, or those of the design.
func (o options) gemm(ctx context.Context, preset string, list []products.Product, backend backends.Backend,
	std term.Streams) error {
	for _, p := range list {
		best, err := products.Time(ctx, backend, p, max(o.steps, 3)+1)
		if err != nil {
			return err
		}
		r := GemmReport{Preset: preset, M: p.M, K: p.K, N: p.N, TransA: p.TransA, TransB: p.TransB,
			Batch: max(p.Batch, 1), MS: ms(best), GFLOPS: p.FLOPs() / best.Seconds() / 1e9, Backend: backend.Name()}
		if o.json {
			if err := term.PrintObject(std.Out, "bench gemm", r); err != nil {
				return err
			}
			continue
		}
		if _, err := fmt.Fprintf(std.Out, "gemm %-20s %8.3f ms %7.1f GFLOP/s %s %s\n", p, r.MS, r.GFLOPS, r.Backend,
			preset); err != nil {
			return fmt.Errorf("write report: %w", err)
		}
	}
	return nil
}
