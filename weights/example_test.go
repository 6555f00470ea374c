package weights_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/gomlx/gomlx/pkg/ml/context"

	"github.com/amgen/amgen/weights"
)

// A checkpoint written, found again and put into a new context.
func Example() {
	dir, err := os.MkdirTemp("", "run")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	trained := context.New()
	trained.In("unet").VariableWithValue("w", []float32{1, 2})
	trained.InAbsPath("/ema/unet").VariableWithValue("w", []float32{3, 4})

	state, err := weights.Snapshot(trained, "/ema", weights.State{})
	if err != nil {
		fmt.Println(err)
		return
	}
	state.Step = 300
	path, _, err := weights.Save(filepath.Join(dir, "checkpoints"), state)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(filepath.Base(path))

	saved, skipped, err := weights.Latest(filepath.Join(dir, "checkpoints"))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("step", saved.Step, "averages", saved.EMA, "skipped", len(skipped))

	other := context.New()
	other.In("unet").VariableWithValue("w", []float32{0, 0, 0})
	err = weights.Restore(other, saved.Tensors)
	fmt.Println("another architecture:", errors.Is(err, weights.ErrArchitecture))
	// Output:
	// step-000300
	// step 300 averages [/unet/w Float32[2]] skipped 0
	// another architecture: true
}
