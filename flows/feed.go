package flows

import (
	"errors"
	"fmt"
	"io"

	"github.com/gomlx/gomlx/pkg/core/distributed"
	"github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/shapes"
	"github.com/gomlx/gomlx/pkg/core/tensors"
	"github.com/gomlx/gomlx/pkg/ml/train"
)

// Table is implemented by a dataset whose batches are examples of one tensor, which may be kept on the device.
type Table interface {
	train.Dataset

	// Examples are all of them, a new tensor of [examples, ...].
	Examples() (*tensors.Tensor, error)

	// YieldIndices does what Yield does, but returns the numbers of the batch's examples alone.
	YieldIndices() []int32
}

// batchOf is the batch in a graph: the one input, or the rows of the second, a table, that the first names.
func batchOf(inputs []*graph.Node) *graph.Node {
	if len(inputs) == 1 {
		return inputs[0]
	}
	return graph.Gather(inputs[1], graph.InsertAxes(inputs[0], -1)) // [batch, ...] of [examples, ...]
}

// feed serves a trainer the micro-batches of each step.
type feed struct {
	dataset train.Dataset
	indices Table // dataset, where its examples are on the device
	micro   int   // micro-batches to a batch

	tables []*tensors.Tensor // the examples, on each device
	mesh   *mesh             // of several devices, nil for one

	batch int               // examples in the present batch
	parts []*tensors.Tensor // of it that wait
}

// mesh is how tensors lie on several devices.
type mesh struct {
	batches, copies *distributed.ShardingSpec // cut along the first axis; whole on each
	devices         int
}

func newMesh(devices int) (*mesh, error) {
	const axis = "data"
	m, err := distributed.NewDeviceMesh([]int{devices}, []string{axis})
	if err != nil {
		return nil, err
	}
	batches, err := distributed.NewShardingSpec(m, distributed.AxisSpec{axis})
	return &mesh{batches, distributed.NewReplicatedShardingSpec(m), devices}, err
}

// newFeed moves a resident table to the devices.
func (t *Trainer) newFeed(dataset train.Dataset) (*feed, error) {
	f := &feed{dataset: dataset, micro: t.cfg.Accumulate}
	var err error
	if t.cfg.Devices > 1 {
		if f.mesh, err = newMesh(t.cfg.Devices); err != nil {
			return nil, fmt.Errorf("flows: %d devices: %w", t.cfg.Devices, err)
		}
	}
	table, ok := dataset.(Table)
	if !t.cfg.Resident || !ok {
		return f, nil
	}
	f.indices = table
	for range t.cfg.Devices {
		examples, err := table.Examples()
		if err != nil {
			f.close()
			return nil, fmt.Errorf("flows: examples of %s: %w", dataset.Name(), err)
		}
		f.tables = append(f.tables, examples)
	}
	return f, nil
}

// close frees what is on the devices.
func (f *feed) close() {
	for _, t := range append(f.tables, f.parts...) {
		t.MustFinalizeAll()
	}
	f.tables, f.parts = nil, nil
}

// next begins the next batch.
func (f *feed) next() error {
	batch, err := f.yield()
	if err != nil {
		return err
	}
	f.parts = []*tensors.Tensor{batch}
	f.batch = batch.Shape().Dimensions[0]
	share := f.micro
	if f.mesh != nil {
		share *= f.mesh.devices
	}
	if f.batch%share != 0 {
		return fmt.Errorf("a batch of %d examples of %s does not divide into %d equal parts; use a multiple",
			f.batch, f.dataset.Name(), share)
	}
	if f.micro > 1 {
		f.parts, err = cut(batch, f.micro)
		batch.MustFinalizeAll()
	}
	return err
}

// yield is the dataset's next batch, or its examples' numbers.
func (f *feed) yield() (*tensors.Tensor, error) {
	if f.indices != nil {
		return tensors.FromValue(f.indices.YieldIndices()), nil
	}
	_, inputs, labels, err := f.dataset.Yield()
	switch {
	case errors.Is(err, io.EOF):
		return nil, fmt.Errorf("dataset %s has come to its end; give one that goes on for ever", f.dataset.Name())
	case err != nil:
		return nil, err
	case len(inputs) != 1 || inputs[0].Rank() < 1:
		return nil, fmt.Errorf("dataset %s yielded %d inputs; yield one tensor, [batch, ...]",
			f.dataset.Name(), len(inputs))
	}
	for _, label := range labels {
		label.MustFinalizeAll()
	}
	if custom, ok := f.dataset.(train.DatasetCustomOwnership); ok && !custom.IsOwnershipTransferred() {
		return inputs[0].LocalClone()
	}
	return inputs[0], nil
}

// done tells whether no micro-batch of the step is left.
func (f *feed) done() bool { return len(f.parts) == 0 }

// train runs the graph of the next micro-batch and returns the metrics.
func (f *feed) train(trainer *train.Trainer) ([]*tensors.Tensor, error) {
	part := f.parts[0]
	f.parts = f.parts[1:]
	defer part.MustFinalizeAll()
	spec := gather
	if f.done() {
		spec = apply
	}
	if f.mesh == nil {
		return trainer.TrainStep(spec, append([]*tensors.Tensor{part}, f.tables...), nil)
	}
	shards, err := distributed.ShardTensor(f.mesh.batches, part)
	if err != nil {
		return nil, err
	}
	defer func() { _ = shards.Finalize() }() // nothing is lost if a freed shard isn't one
	inputs := []*distributed.Tensor{shards}
	if f.tables != nil {
		copies, err := distributed.NewTensor(f.mesh.copies, f.tables)
		if err != nil {
			return nil, err
		}
		inputs = append(inputs, copies)
	}
	return trainer.DistributedTrainStep(distributed.AutoSharding, nil, spec, inputs, nil)
}

// cut makes parts of [n, ...] each of x, [n·parts, ...].
func cut(x *tensors.Tensor, parts int) ([]*tensors.Tensor, error) {
	dims := append([]int{}, x.Shape().Dimensions...)
	dims[0] /= parts
	out := make([]*tensors.Tensor, parts)
	var failed error
	err := x.ConstBytes(func(all []byte) {
		size := len(all) / parts
		for i := range out {
			out[i] = tensors.FromShape(shapes.Make(x.DType(), dims...))
			failed = errors.Join(failed, out[i].MutableBytes(func(data []byte) { copy(data, all[i*size:]) }))
		}
	})
	return out, errors.Join(err, failed)
}
