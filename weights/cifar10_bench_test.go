package weights_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/amgen/amgen/flows/optimizer"
	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"github.com/gomlx/gomlx/pkg/ml/context"

	"github.com/amgen/amgen/unet"
	"github.com/amgen/amgen/weights"
)

// trainingState are the variables that a training of a preset has: the parameters, their averages and Adam's moments.
func trainingState(b *testing.B, preset string) (ctx *context.Context, bytes int64) {
	b.Helper()
	var list []weights.Tensor
	for _, scope := range []string{"/unet/", optimizer.EMAScope + "/unet/", "/optimizers/moment1/unet/",
		"/optimizers/moment2/unet/"} {
		for _, v := range unet.Variables(unet.Presets[preset]) {
			size := 4
			for _, d := range v.Shape {
				size *= d
			}
			t := weights.Tensor{Name: scope + v.Name, DType: dtypes.Float32, Shape: v.Shape, Data: make([]byte, size)}
			for i := 0; i < size; i += 4 {
				t.Data[i], t.Data[i+1], t.Data[i+3] = byte(i*2654435761>>12), byte(i*40503>>4), 0x3c
			}
			list = append(list, t)
			bytes += int64(size)
		}
	}
	ctx = context.New()
	if err := weights.Install(ctx, list); err != nil {
		b.Fatal(err)
	}
	return ctx, bytes
}

// BenchmarkCheckpoint measures what a checkpoint of the preset cifar10 takes: the copy, for which training waits, the
// writing behind it, and the reading; beside dd with the same bytes in the same folder. What is read the system still
// has in memory, but for dd-direct, which asks the disk.
func BenchmarkCheckpoint(b *testing.B) {
	ctx, bytes := trainingState(b, "cifar10")
	state, err := weights.Snapshot(ctx, optimizer.EMAScope, weights.State{})
	if err != nil {
		b.Fatal(err)
	}
	dir := b.TempDir()
	plain := filepath.Join(dir, "plain")
	run := func(name string, work func() error) {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(bytes)
			for b.Loop() {
				if err := work(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	dd := func(args ...string) func() error {
		return func() error { return exec.Command("dd", append(args, "bs=1M", "status=none")...).Run() }
	}
	run("copy", func() error { state, err = weights.Snapshot(ctx, optimizer.EMAScope, state); return err })
	run("write/impl=amgen", func() error { _, _, err := weights.Save(dir, state); return err })
	run("write/impl=dd", dd("if=/dev/zero", "of="+plain, "conv=fsync", "count="+strconv.FormatInt(bytes>>20, 10)))
	run("read/impl=amgen", func() error { _, err := weights.Load(filepath.Join(dir, "step-000000")); return err })
	run("read/impl=dd", dd("if="+plain, "of="+os.DevNull))
	run("read/impl=dd-direct", dd("if="+plain, "of="+os.DevNull, "iflag=direct"))
}
