package cli

import (
	"context"
	"fmt"
	"io"
	"math"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/gomlx/gomlx/backends"

	"github.com/amgen/amgen/flows"
)

// longRun is where training starts to say which smaller preset would do.
const longRun = 12 * time.Hour

// cost is what a run will take.
type cost struct {
	params int
	flops  int64         // of one training step
	step   time.Duration // estimated
	steps  int
}

// Shares of the forward pass's operations that a training step costs, and of the matrix rate that it reaches on
// the CPU engine: from measurements of the presets, good to a factor of two.
const (
	pathwiseForwards = 6
	boundaryForwards = 9
	efficiency       = 0.4
)

// stepOverhead is what a step takes however little it computes: two milliseconds of the perceptrons' are not products.
const stepOverhead = 2 * time.Millisecond

// estimate predicts the cost of a run from the network's operations and the backend's matrix rate, measured here.
func estimate(backend backends.Backend, cfg Config, task task) (cost, error) {
	rate, err := matrixRate(backend)
	if err != nil {
		return cost{}, err
	}
	c := cost{params: task.params(), flops: forwards(cfg.Estimator) * task.flops(cfg.Batch), steps: cfg.Steps}
	c.step = stepOverhead + time.Duration(float64(c.flops)/(efficiency*rate)*float64(time.Second))
	return c, nil
}

// forwards is what a training step costs in evaluations of the network.
func forwards(estimator string) int64 {
	if estimator == flows.Boundary.String() {
		return boundaryForwards
	}
	return pathwiseForwards
}

func (c cost) total() time.Duration { return c.step * time.Duration(c.steps) }

func (c cost) String() string {
	return fmt.Sprintf("%s parameters, about %s a step, %s for %s steps", humanize.Comma(int64(c.params)),
		roundDuration(c.step), roundDuration(c.total()), humanize.Comma(int64(c.steps)))
}

// warn names the largest smaller preset for the same data whose own run is shorter than longRun.
func (c cost) warn(w io.Writer, backend backends.Backend, task task) error {
	if c.total() <= longRun {
		return nil
	}
	smaller, err := task.smaller()
	if err != nil {
		return err
	}
	for _, other := range smaller {
		task, err := other.task()
		if err != nil {
			return err
		}
		less, err := estimate(backend, other, task)
		if err != nil {
			return err
		}
		if less.total() < longRun {
			fmt.Fprintf(w, "train: that is long for this machine; --preset %s takes about %s for %s steps\n", other.Preset,
				roundDuration(less.total()), humanize.Comma(int64(less.steps)))
			return nil
		}
	}
	fmt.Fprintf(w, "train: that is long for this machine; fewer --steps, or a GPU (README, Limits), will help\n")
	return nil
}

// matrixRate is the backend's rate of float32 matrix products in operations a second.
func matrixRate(backend backends.Backend) (float64, error) {
	n := 512
	if ahead(backend) { // large enough to fill a GPU
		n = 4096
	}
	best, err := productTime(context.Background(), backend, product{m: n, k: n, n: n}, 6)
	return 2 * math.Pow(float64(n), 3) / best.Seconds(), err
}

// roundDuration keeps what a person reads of a duration.
func roundDuration(d time.Duration) string {
	switch {
	case d >= 48*time.Hour:
		return fmt.Sprintf("%.0f days", d.Hours()/24)
	case d >= 2*time.Hour:
		return fmt.Sprintf("%.0f hours", d.Hours())
	case d >= 2*time.Minute:
		return fmt.Sprintf("%.0f minutes", d.Minutes())
	case d >= time.Second:
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
	return fmt.Sprintf("%.0f ms", float64(d)/1e6)
}

// seconds rounds a number of seconds for a person.
func seconds(s float64) string { return roundDuration(time.Duration(s * float64(time.Second))) }

// dryRun prints the resolved configuration on stdout, as a config file, and the cost on stderr.
func dryRun(cfg Config, task task, std streams) error {
	text, err := cfg.encode()
	if err != nil {
		return err
	}
	if _, err := std.out.Write(text); err != nil {
		return fmt.Errorf("write configuration: %w", err)
	}
	backend, err := openDevices(cfg.Backend, cfg.Devices, std)
	if err != nil {
		return err
	}
	defer backend.Finalize()
	c, err := estimate(backend, cfg, task)
	if err != nil {
		return err
	}
	fmt.Fprintf(std.err, "train: %s on %s\n", c, backend.Name())
	return c.warn(std.err, backend, task)
}
