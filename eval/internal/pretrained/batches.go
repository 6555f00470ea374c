package pretrained

import (
	"fmt"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/dtypes"
	. "github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/shapes"
	"github.com/gomlx/gomlx/pkg/core/tensors"
	"github.com/gomlx/gomlx/pkg/ml/context"

	"github.com/amgen/amgen/eval/resize"
	"github.com/amgen/amgen/weights"
)

// Network is a network of images.
type Network struct {
	Owner, Name  string // of its package, with which errors begin, and its own
	Side         int    // height and width of the images that it takes
	Dim, Classes int    // lengths of a feature and of the logits
	// Graph is x [batch, Side, Side, 3] in grey levels → features [batch, Dim], logits [batch, Classes].
	Graph func(vars *context.Context, x *Node) []*Node
}

// Batches runs images through a network in batches of one size. It isn't for use by several goroutines at once: one
// call keeps all cores busy.
type Batches struct {
	Network
	Mode  resize.Mode // the rule by which images are resized
	Batch int
	exec  *context.Exec

	resizer *resize.Resizer // of the size of the last images
	size    [2]int
}

// New makes the network of its weights, which were checked. An unknown mode, and a batch that isn't from 1 to 1024, are
// errors.
func New(backend backends.Backend, n Network, list []weights.Tensor, mode resize.Mode, batch int) (*Batches, error) {
	if _, err := resize.Parse(string(mode)); err != nil {
		return nil, err
	}
	if batch < 1 || batch > 1024 {
		return nil, fmt.Errorf("%s: batch, got %d images; use 1 to 1024, or 0 for the default", n.Owner, batch)
	}
	vars := context.New()
	if err := weights.Install(vars, list); err != nil {
		return nil, err
	}
	exec, err := context.NewExec(backend, vars.Reuse(), n.Graph)
	if err != nil {
		return nil, fmt.Errorf("%s: %s, got %w", n.Owner, n.Name, err)
	}
	return &Batches{Network: n, Mode: mode, Batch: batch, exec: exec}, nil
}

// Extract returns the features and logits of pixels, uint8 [n, height, width, channels] with 1 or 3 channels: n rows
// of Dim and of Classes. Pixels of another shape or type are an error.
func (b *Batches) Extract(pixels *tensors.Tensor) (features, logits []float32, err error) {
	if pixels.DType() != dtypes.Uint8 || pixels.Rank() != 4 {
		return nil, nil, fmt.Errorf("%s: pixels of %s; give uint8 [n, height, width, channels]", b.Owner,
			pixels.Shape())
	}
	d := pixels.Shape().Dimensions
	n, height, width, channels := d[0], d[1], d[2], d[3]
	if b.resizer == nil || b.size != [2]int{height, width} {
		if b.resizer, err = resize.New(b.Mode, height, width, b.Side, b.Side); err != nil {
			return nil, nil, err
		}
		b.size = [2]int{height, width}
	}
	features, logits = make([]float32, n*b.Dim), make([]float32, n*b.Classes)
	failed := pixels.ConstFlatData(func(flat any) {
		src := flat.([]uint8)
		image := height * width * channels
		for first := 0; first < n && err == nil; first += b.Batch {
			end := min(first+b.Batch, n)
			err = b.extract(src[first*image:end*image], end-first, channels, features[first*b.Dim:end*b.Dim],
				logits[first*b.Classes:end*b.Classes])
		}
	})
	if err == nil {
		err = failed
	}
	if err != nil {
		return nil, nil, err
	}
	return features, logits, nil
}

// extract computes n ≤ b.Batch images; the rest of the batch is black.
func (b *Batches) extract(src []uint8, n, channels int, features, logits []float32) (err error) {
	input := tensors.FromShape(shapes.Make(dtypes.Float32, b.Batch, b.Side, b.Side, 3))
	defer input.MustFinalizeAll()
	tensors.MustMutableFlatData(input, func(flat []float32) {
		err = b.resizer.Run(flat[:n*b.resizer.Len()], src, channels)
	})
	if err != nil {
		return err
	}
	out, err := b.exec.Exec(input)
	if err != nil {
		return fmt.Errorf("%s: %s on %d images, got %w", b.Owner, b.Name, n, err)
	}
	for i, dst := range [][]float32{features, logits} {
		tensors.MustConstFlatData(out[i], func(flat []float32) { copy(dst, flat) })
		out[i].MustFinalizeAll()
	}
	return nil
}

// ImageAxes are those of images [batch, height, width, channels] and kernels [height, width, in, out].
var ImageAxes = backends.ConvolveAxesConfig{
	InputBatch: 0, InputSpatial: []int{1, 2}, InputChannels: 3,
	KernelSpatial: []int{0, 1}, KernelInputChannels: 2, KernelOutputChannels: 3,
	OutputBatch: 0, OutputSpatial: []int{1, 2}, OutputChannels: 3,
}

// Variable is the value of a variable that was installed, in the graph of a node.
func Variable(vars *context.Context, like *Node, path, name string) *Node {
	v := vars.GetVariableByScopeAndName(path, name)
	if v == nil {
		panic("pretrained: no variable " + path + "/" + name) // the weights were checked before
	}
	return v.ValueGraph(like.Graph())
}
