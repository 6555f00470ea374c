// Command train makes the weights of a network of package lenet, see `make lenet`:
//
//	go run ./eval/lenet/train -dataset mnist -o eval/lenet/mnist.safetensors
//
// The same flags on the same machine give the same file. It prints the test accuracy of what it writes, and writes
// nothing that falls short of what the evaluation promises.
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/gomlx/gomlx/backends"

	"github.com/amgen/amgen/eval/lenet"
	"github.com/amgen/amgen/imaging"
	"github.com/amgen/amgen/weights"

	_ "github.com/amgen/amgen/backends/simd"
)

// recipe is what differs between the data sets.
type recipe struct {
	// shift is the most that an image is moved, in pixels, along each axis; flip mirrors it half of the time.
	shift int
	flip  bool
	// steps of training, unless asked for others.
	steps int
	// accuracy on the test set that weights must reach to be written.
	accuracy float64
}

var recipes = map[string]recipe{
	"mnist":         {shift: 2, steps: 2400, accuracy: 0.99},
	"fashion-mnist": {flip: true, steps: 4000, accuracy: 0.90},
}

// options are the command line.
type options struct {
	dataset, out, state, backend string
	steps, batch                 int
	rate                         float64
	seed                         int64
}

func main() {
	var o options
	flag.StringVar(&o.dataset, "dataset", "mnist", "what to train on: "+strings.Join(lenet.Datasets(), ", "))
	flag.StringVar(&o.out, "o", "", "safetensors file to write; empty writes none")
	flag.StringVar(&o.state, "state", "", "file in which an interrupted run leaves its state, to go on from with the "+
		"same flags")
	flag.StringVar(&o.backend, "backend", "simd", "GoMLX backend")
	flag.IntVar(&o.steps, "steps", 0, "training steps; 0 are those that the embedded weights took")
	flag.IntVar(&o.batch, "batch", 128, "images a step")
	flag.Float64Var(&o.rate, "lr", 2e-3, "learning rate at its highest")
	flag.Int64Var(&o.seed, "seed", 1, "seed of the first weights, the order and the shifts")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, o, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run trains, tests and writes.
func run(ctx context.Context, o options, log io.Writer) error {
	r, known := recipes[o.dataset]
	if !known || o.steps < 0 || !(o.rate > 0) {
		return fmt.Errorf("lenet: options, got dataset %q, %d steps, learning rate %g; choose one of %s, and no "+
			"negative numbers",
			o.dataset, o.steps, o.rate, strings.Join(lenet.Datasets(), ", "))
	}
	if o.steps == 0 {
		o.steps = r.steps
	}
	training, err := imaging.Load(ctx, o.dataset, imaging.Train, imaging.Options{})
	if err != nil {
		return err
	}
	test, err := imaging.Load(ctx, o.dataset, imaging.Test, imaging.Options{})
	if err != nil {
		return err
	}
	backend, err := backends.NewWithConfig(o.backend)
	if err != nil {
		return fmt.Errorf("lenet: backend %s: %w", o.backend, err)
	}
	defer backend.Finalize()

	began := time.Now()
	variables, err := fit(ctx, backend, training, r, o, log)
	if err != nil {
		return err
	}
	file := weights.File{Tensors: variables, Metadata: provenance(training, o)}
	reached, err := judge(backend, file, test)
	if err != nil {
		return err
	}
	fmt.Fprintf(log, "%s: test accuracy %.4f after %d steps, %.0f s\n", o.dataset, reached, o.steps,
		time.Since(began).Seconds())
	if reached < r.accuracy {
		return fmt.Errorf("lenet: test accuracy %.4f; %g is promised, so nothing was written: take more -steps",
			reached, r.accuracy)
	}
	if o.out != "" {
		file.Metadata["test_accuracy"] = fmt.Sprintf("%.4f", reached)
		if err := file.WriteFile(o.out); err != nil {
			return err
		}
	}
	if err := os.Remove(o.state); o.state != "" && err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("lenet: state of the finished run, got %w; remove it", err)
	}
	return nil
}

// judge is the accuracy on the test set of the network as it would be written.
func judge(backend backends.Backend, file weights.File, test *imaging.Dataset) (float64, error) {
	var written bytes.Buffer
	if _, err := file.WriteTo(&written); err != nil {
		return 0, err
	}
	network, err := lenet.Read(backend, test.Name, written.Bytes())
	if err != nil {
		return 0, err
	}
	return accuracy(network, test)
}
