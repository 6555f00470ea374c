package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/amgen/amgen/imaging"
	"github.com/amgen/amgen/internal/duration"
	"github.com/amgen/amgen/run"
	"github.com/dustin/go-humanize"
)

// longRun is the time from which training suggests a smaller preset.
const longRun = 12 * time.Hour

// describe is the line about the cost of training.
func describe(c cost) string {
	return fmt.Sprintf("%s parameters, about %s a step, %s for %s steps", humanize.Comma(int64(c.params)),
		duration.Text(c.step), duration.Text(c.total()), humanize.Comma(int64(c.steps)))
}

// warn writes a line about training that takes long: it names the largest smaller preset for the same data whose own run is shorter than longRun.
func warn(w io.Writer, c cost, plan *run.Plan) error {
	if c.total() <= longRun.Seconds() {
		return nil
	}
	smaller, err := plan.Smaller()
	if err != nil {
		return err
	}
	for _, other := range smaller {
		less := c.of(other)
		if less.total() < longRun.Seconds() {
			fmt.Fprintf(w, "train: that is long for this machine; --preset %s takes about %s for %s steps\n",
				other.Config.Preset, duration.Text(less.total()), humanize.Comma(int64(less.steps)))
			return nil
		}
	}
	fmt.Fprintf(w, "train: that is long for this machine; use fewer --steps, or a GPU (README, Limits)\n")
	return nil
}

// dryRun prints the resolved configuration on stdout, as a config file, and the cost on stderr.
func dryRun(ctx context.Context, plan *run.Plan, std streams) error {
	cfg := plan.Config
	name, _ := imaging.CutSplit(cfg.Dataset)
	if dir, folder := imaging.CutFolder(name); folder {
		if _, err := os.Stat(dir); err != nil {
			return usagef("image folder, got %w; name a folder that can be read", err)
		}
	}
	text, err := cfg.TOML()
	if err != nil {
		return err
	}
	if _, err := std.out.Write(text); err != nil {
		return fmt.Errorf("write configuration: %w", err)
	}
	e, err := run.OpenEngine(cfg.Backend, cfg.Devices, loading(std))
	if err != nil {
		return err
	}
	defer e.Backend.Finalize()
	c, err := estimate(ctx, e, plan)
	if err != nil {
		return err
	}
	fmt.Fprintf(std.err, "train: %s on %s\n", describe(c), e.Backend.Name())
	if err := checkNetworkMemory(plan); err != nil { // another machine may have it
		fmt.Fprintf(std.err, "train: not on this machine: %s\n", errorLine(err))
	}
	return warn(std.err, c, plan)
}
