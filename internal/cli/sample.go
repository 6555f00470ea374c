package cli

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gomlx/gomlx/pkg/core/tensors"
	"github.com/spf13/cobra"

	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/flows/solve"
	"github.com/amgen/amgen/imaging"
	"github.com/amgen/amgen/unet"
)

type sampleOptions struct {
	run     string
	n       int
	batch   int
	solver  string
	set     solve.Settings
	seed    int64
	out     string
	cols    int
	scale   int
	raw     bool
	backend string

	tiles int // pictures of each sample in the grid
}

func newSample(std streams) *cobra.Command {
	o := &sampleOptions{}
	cmd := &cobra.Command{
		Use:   "sample",
		Short: "Draw images from a trained run",
		Long: "sample solves dx/dt = ∇ₓs(t, x) from noise at t = 0 to images at t = 1. Image k of a seed is the same\n" +
			"whatever -n is, with a solver of fixed steps. The report goes to stderr.",
		Example: "  amgen sample -n 64 > grid.png\n" +
			"  amgen sample --run runs/first -n 16 --solver euler --steps 50 --seed 7 -o a.png",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return o.execute(cmd.Context(), std) },
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.StringVar(&o.run, "run", "", "run `DIR` (default: the newest below "+runsDir+"/)")
	f.IntVarP(&o.n, "n", "n", 64, "images")
	f.IntVar(&o.batch, "batch", 64, "images solved together")
	f.StringVar(&o.solver, "solver", "dopri5", strings.Join(solve.Names(), ", "))
	f.IntVar(&o.set.Steps, "steps", 0, fmt.Sprintf("steps of a solver that doesn't choose them itself (default %d)", solve.DefaultSteps))
	f.Float64Var(&o.set.RTol, "rtol", 0, fmt.Sprintf("relative tolerance of an adaptive solver (default %g)", solve.DefaultTolerance))
	f.Float64Var(&o.set.ATol, "atol", 0, fmt.Sprintf("absolute tolerance of an adaptive solver (default %g)", solve.DefaultTolerance))
	f.Int64Var(&o.seed, "seed", 0, "of the noise")
	f.StringVarP(&o.out, "output", "o", "", "`FILE`.png for a grid, or a DIR/ for one PNG an image (default: a PNG grid to stdout)")
	f.IntVar(&o.cols, "cols", 0, "samples in a row of the grid (default: nearly square)")
	f.IntVar(&o.scale, "scale", 2, "pixels of the grid for each pixel of an image")
	f.BoolVar(&o.raw, "raw", false, "use the parameters themselves, not their moving average")
	f.StringVar(&o.backend, "backend", defaultBackend, backendHelp())
	return cmd
}

func (o *sampleOptions) execute(ctx context.Context, std streams) error {
	solver, err := o.validate(std)
	if err != nil {
		return err
	}
	if o.run == "" {
		if o.run, err = newestRun(); err != nil {
			return err
		}
	}
	cfg, err := readRunConfig(o.run)
	if err != nil {
		return err
	}
	net, err := cfg.network()
	if err != nil {
		return err
	}
	_, path, _, err := cfg.flow()
	if err != nil {
		return err
	}
	o.tiles = tiles(path)
	if err := o.fits(net); err != nil {
		return err
	}
	pixels, err := o.draw(ctx, cfg, net, solver, std)
	if err != nil {
		return err
	}
	return o.write(pixels, net, std)
}

// validate checks what the user typed, before anything is loaded.
func (o *sampleOptions) validate(std streams) (solve.Solver, error) {
	switch {
	case o.n < 1:
		return nil, usagef("-n must be at least 1, got %d", o.n)
	case o.batch < 1:
		return nil, usagef("--batch must be at least 1, got %d", o.batch)
	case o.cols < 0:
		return nil, usagef("--cols must be at least 0, got %d", o.cols)
	case o.scale < 1 || o.scale > 64:
		return nil, usagef("--scale must be in [1, 64], got %d", o.scale)
	case o.set.Steps < 0:
		return nil, usagef("--steps must be at least 1, got %d", o.set.Steps)
	case o.set.RTol < 0 || o.set.ATol < 0 || math.IsNaN(o.set.RTol+o.set.ATol):
		return nil, usagef("--rtol and --atol must be positive, got %g and %g", o.set.RTol, o.set.ATol)
	case o.out == "" && isTerminal(std.out):
		return nil, usagef("stdout is a terminal, which shows no PNG; redirect it (> grid.png) or pass -o FILE.png")
	}
	if o.out != "" && strings.ToLower(filepath.Ext(o.out)) != ".png" && !o.manyFiles() {
		return nil, usagef("-o takes FILE.png or a DIR/ (with the slash, if it is new), got %q", o.out)
	}
	if err := knownBackend(o.backend); err != nil {
		return nil, err
	}
	solver, err := solve.ByName(o.solver, o.set)
	if err != nil {
		return nil, usageError{err}
	}
	return solver, nil
}

// fits checks that what is about to be sampled can be written.
func (o *sampleOptions) fits(net unet.Config) error {
	if o.manyFiles() {
		return nil
	}
	if err := imaging.CheckGrid(o.n*o.tiles, net.Size, net.Size, o.grid()); err != nil {
		return usageError{err}
	}
	if dir := filepath.Dir(o.out); o.out != "" {
		if info, err := os.Stat(dir); err != nil || !info.IsDir() {
			return usagef("-o %s: there is no directory %s; make it first", o.out, dir)
		}
	}
	return nil
}

// manyFiles tells whether each image becomes a file of its own.
func (o *sampleOptions) manyFiles() bool {
	info, err := os.Stat(o.out)
	return strings.HasSuffix(o.out, "/") || err == nil && info.IsDir()
}

// grid has the pictures of one sample side by side.
func (o *sampleOptions) grid() imaging.GridOptions {
	cols := o.cols * o.tiles
	if cols == 0 {
		cols = gridColumns(o.n, o.tiles)
	}
	return imaging.GridOptions{Cols: cols, Gap: 2, Scale: o.scale}
}

// draw samples n images and returns their pixels, [n·tiles, height, width, channels].
func (o *sampleOptions) draw(ctx context.Context, cfg Config, net unet.Config, solver solve.Solver, std streams) ([]uint8, error) {
	vars, checkpoint, err := loadModel(o.run, net, o.raw || cfg.EMA == 0, std)
	if err != nil {
		return nil, err
	}
	backend, err := openBackend(o.backend)
	if err != nil {
		return nil, err
	}
	defer backend.Finalize()
	objective, path, _, err := cfg.flow()
	if err != nil {
		return nil, err
	}
	sampler, err := flows.NewSampler(backend, vars, modelOf(net, objective), path, flows.WithDynamics(objective.Motion()))
	if err != nil {
		return nil, err
	}
	defer sampler.Finalize()
	from := &source{backend: backend, path: path, net: net}
	if o.tiles > 1 {
		if from.images, err = loadDataset(ctx, cfg.Dataset, cfg.heldOut(), cfg.dataOptions(net), std); err != nil {
			return nil, err
		}
	}
	b := newShareBar(std.err, "sample")
	defer b.clear()

	var pixels []uint8
	var total solve.Report
	for first := 0; first < o.n; first += o.batch {
		count := min(o.batch, o.n-first)
		sampler.OnStep = func(t float64, _ *tensors.Tensor) error {
			b.set(int64(shareParts * (float64(first) + t*float64(count)) / float64(o.n)))
			return ctx.Err()
		}
		images, report, err := sampleBatch(sampler, solver, from, o.seed, first, count)
		if err != nil {
			return nil, err
		}
		pixels = append(pixels, images...)
		total.NFE, total.Steps = max(total.NFE, report.NFE), max(total.Steps, report.Steps)
		total.Rejected, total.Elapsed = max(total.Rejected, report.Rejected), total.Elapsed+report.Elapsed
	}
	b.clear()
	fmt.Fprintf(std.err, "sample: %d images from %s step %d, seed %d, %s: NFE %d, %d steps (%d rejected), %s, %s a batch of %d\n",
		o.n, o.run, checkpoint.Step, o.seed, solver.Name(), total.NFE, total.Steps, total.Rejected, roundDuration(total.Elapsed),
		roundDuration(total.Elapsed/time.Duration((o.n+o.batch-1)/o.batch)), min(o.batch, o.n))
	return pixels, nil
}

// sampleBatch draws images first, first+1, … of a seed.
func sampleBatch(sampler *flows.Sampler, solver solve.Solver, from *source, seed int64, first, count int) ([]uint8, solve.Report, error) {
	start, err := from.begin(seed, first, count)
	if err != nil {
		return nil, solve.Report{}, err
	}
	defer start.release()
	particles, err := sampler.Follow(solver, start.x, 0, 1, flows.FollowOptions{Seed: seed, First: first, Condition: start.condition})
	if err != nil {
		return nil, particles.Report, err
	}
	defer particles.Finalize()
	pixels, err := imaging.QuantizeTensor(particles.X)
	if err != nil {
		return nil, particles.Report, err
	}
	return start.besides(pixels, count), particles.Report, nil
}

// write puts the images where the user wants them: a grid on stdout or in a file, or one file each.
func (o *sampleOptions) write(pixels []uint8, net unet.Config, std streams) error {
	if o.manyFiles() {
		return o.writeEach(pixels, net, std)
	}
	grid, err := imaging.Grid(pixels, o.n*o.tiles, net.Size, net.Size, net.Channels, o.grid())
	if err != nil {
		return err
	}
	if o.out == "" {
		return imaging.EncodePNG(std.out, grid)
	}
	return imaging.WritePNG(o.out, grid)
}

func (o *sampleOptions) writeEach(pixels []uint8, net unet.Config, std streams) error {
	if err := os.MkdirAll(o.out, 0o755); err != nil {
		return fmt.Errorf("make directory: %w", err)
	}
	size := o.tiles * net.Size * net.Size * net.Channels
	for k := range o.n {
		img, err := imaging.Grid(pixels[k*size:(k+1)*size], o.tiles, net.Size, net.Size, net.Channels, imaging.GridOptions{Cols: o.tiles})
		if err != nil {
			return err
		}
		if err := imaging.WritePNG(filepath.Join(o.out, fmt.Sprintf("%06d.png", k)), img); err != nil {
			return err
		}
	}
	fmt.Fprintf(std.err, "sample: wrote %d images to %s\n", o.n, o.out)
	return nil
}
