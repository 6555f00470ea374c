package cli

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/gomlx/gomlx/backends"
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
		return asUsage(err)
	}
	_, o.profile = choice.Profiled()
	return nil
}

func (o *benchOptions) gemm(ctx context.Context, preset string, list []product, backend backends.Backend,
	std streams) error {
	for _, p := range list {
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
