package flows

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/amgen/amgen/flows/optimizer"
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

// LabelledTable is a [Table] whose examples have classes, as its Yield tells them.
type LabelledTable interface {
	Table

	// Labels are the classes of all examples; nil where there are none.
	Labels() []int32
}

// batchOf is the batch in a graph and, where it is labelled, the class of each example. They are the inputs, or the
// rows that the first input names of the others, which are tables.
func batchOf(inputs []*graph.Node, labelled bool) (batch, class *graph.Node) {
	width := 1
	if labelled {
		width = 2
	}
	if len(inputs) > width {
		rows, tables := graph.InsertAxes(inputs[0], -1), inputs[1:]
		inputs = nil
		for _, table := range tables {
			inputs = append(inputs, graph.Gather(table, rows)) // [batch, ...] of [examples, ...]
		}
	}
	if labelled {
		class = inputs[1]
	}
	return inputs[0], class
}

// feed serves a trainer the micro-batches of each step.
type feed struct {
	dataset train.Dataset
	model   Model
	indices Table // dataset, where its examples are on the device
	micro   int   // micro-batches to a batch

	tables [][]*tensors.Tensor // the examples on each device and, if the model has classes, their labels
	mesh   *mesh               // of several devices, nil for one

	batch int                 // examples in the present batch
	parts [][]*tensors.Tensor // of it that wait: the inputs of a micro-batch
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
	f := &feed{dataset: dataset, model: t.model, micro: t.cfg.Accumulate}
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
	f.tables = make([][]*tensors.Tensor, 1, 2)
	for range t.cfg.Devices {
		examples, err := table.Examples()
		if err == nil {
			f.tables[0] = append(f.tables[0], examples)
			err = f.keepLabels(examples.Shape().Dimensions[0])
		}
		if err != nil {
			f.close()
			return nil, fmt.Errorf("flows: examples of %s: %w", dataset.Name(), err)
		}
	}
	return f, nil
}

// keepLabels moves the labels of the table's n examples to a device, if the model has classes.
func (f *feed) keepLabels(n int) error {
	if f.model.Classes == 0 {
		return nil
	}
	var labels []*tensors.Tensor
	if table, ok := f.indices.(LabelledTable); ok && len(table.Labels()) > 0 {
		labels = []*tensors.Tensor{tensors.FromValue(table.Labels())}
	}
	if len(f.tables) == 1 {
		f.tables = append(f.tables, nil)
	}
	f.tables[1] = append(f.tables[1], labels...)
	return f.model.checkLabels(f.dataset.Name(), n, labels)
}

// close frees what is on the devices.
func (f *feed) close() {
	for _, list := range append(f.tables, f.parts...) {
		finalize(list)
	}
	f.tables, f.parts = nil, nil
}

// next begins the next batch.
func (f *feed) next() error {
	inputs, err := f.yield()
	if err != nil {
		return err
	}
	f.parts = [][]*tensors.Tensor{inputs}
	f.batch = inputs[0].Shape().Dimensions[0]
	share := f.micro
	if f.mesh != nil {
		share *= f.mesh.devices
	}
	if f.batch%share != 0 {
		return fmt.Errorf("a batch of %d examples of %s does not divide into %d equal parts; use a multiple",
			f.batch, f.dataset.Name(), share)
	}
	if f.micro > 1 {
		f.parts = make([][]*tensors.Tensor, f.micro)
		for _, input := range inputs {
			cuts, failed := cut(input, f.micro)
			err = errors.Join(err, failed)
			for i, part := range cuts {
				f.parts[i] = append(f.parts[i], part)
			}
		}
		finalize(inputs)
	}
	return err
}

func finalize(list []*tensors.Tensor) {
	for _, t := range list {
		t.MustFinalizeAll()
	}
}

// yield is the dataset's next batch and, if the model has classes, the labels; or its examples' numbers.
func (f *feed) yield() ([]*tensors.Tensor, error) {
	if f.indices != nil {
		return []*tensors.Tensor{tensors.FromValue(f.indices.YieldIndices())}, nil
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
	custom, ok := f.dataset.(train.DatasetCustomOwnership)
	owned := !ok || custom.IsOwnershipTransferred()
	if f.model.Classes > 0 {
		if err := f.model.checkLabels(f.dataset.Name(), inputs[0].Shape().Dimensions[0], labels); err != nil {
			return nil, err
		}
		inputs = []*tensors.Tensor{inputs[0], labels[0]}
	} else if owned {
		finalize(labels)
	}
	if owned {
		return inputs, nil
	}
	clones := make([]*tensors.Tensor, len(inputs))
	for i, input := range inputs {
		if clones[i], err = input.LocalClone(); err != nil {
			return nil, err
		}
	}
	return clones, nil
}

// done tells whether no micro-batch of the step is left.
func (f *feed) done() bool { return len(f.parts) == 0 }

// train runs the graph of the next micro-batch and returns the metrics.
func (f *feed) train(trainer *train.Trainer) ([]*tensors.Tensor, error) {
	part := f.parts[0]
	f.parts = f.parts[1:]
	defer finalize(part)
	spec := optimizer.Accumulate
	if f.done() {
		spec = optimizer.Apply
	}
	if f.mesh == nil {
		inputs := slices.Clone(part)
		for _, table := range f.tables {
			inputs = append(inputs, table...)
		}
		return trainer.TrainStep(spec, inputs, nil)
	}
	var inputs []*distributed.Tensor
	for _, input := range part {
		shards, err := distributed.ShardTensor(f.mesh.batches, input)
		if err != nil {
			return nil, err
		}
		defer func() { _ = shards.Finalize() }() // nothing is lost if a freed shard isn't one
		inputs = append(inputs, shards)
	}
	for _, table := range f.tables {
		copies, err := distributed.NewTensor(f.mesh.copies, table)
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
