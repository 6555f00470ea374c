package unet_test

import (
	"fmt"

	_ "github.com/amgen/amgen/backends/simd"
	"github.com/amgen/amgen/unet"
	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/dtypes"
	. "github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/shapes"
	"github.com/gomlx/gomlx/pkg/core/tensors"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"
)

// The velocity of the flow is the gradient of the action by the image; an untrained action is zero.
func ExampleAction() {
	cfg, err := unet.Preset("tiny")
	if err != nil {
		fmt.Println(err)
		return
	}
	action := unet.Action(cfg)
	velocity := func(vars *mlcontext.Context, t, x *Node) (s, v *Node) {
		x = Identity(x)
		s = action(vars, t, x)
		return s, Gradient(ReduceAllSum(s), x)[0]
	}
	backend, err := backends.NewWithConfig("simd")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer backend.Finalize()
	exec := mlcontext.MustNewExec(backend, mlcontext.New(), velocity)
	images := tensors.FromShape(shapes.Make(dtypes.Float32, 2, 28, 28, 1))
	s, v, err := exec.Exec2([]float32{0, 1}, images)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(cfg.Params(), "parameters,", cfg.FLOPs(1)/1e6, "million operations an image")
	fmt.Println("action", s.Value(), "velocity", v.Shape())
	// Output:
	// 275889 parameters, 95 million operations an image
	// action [0 0] velocity (Float32)[2 28 28 1]
}
