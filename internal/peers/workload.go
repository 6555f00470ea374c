package main

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// workload is what programs are compared by: training steps of a preset by an estimator, or with [velocityOnly] in its
// place velocities at some batch sizes.
type workload struct {
	preset, estimator string
	batches           []int // of velocities
	steps             []int // that a turn times, of each batch size
}

// velocityOnly stands where a workload and its measurements have an estimator.
const velocityOnly = "velocity"

func (w workload) String() string { return w.preset + " " + w.estimator }

// kind is what sets a preset's workloads apart.
type kind struct {
	batch   int  // of points; images have those of the options
	many    int  // steps in the place of one, where a step is short
	classes bool // the network is told each image's class
}

// kinds are those of the presets that aren't plain U-Nets with long steps.
var kinds = map[string]kind{
	"toy": {batch: 256, many: 100}, "mlp": {batch: 512, many: 50}, "mlp-256": {batch: 512, many: 20},
	"tiny": {many: 2}, "mnist-small": {many: 2, classes: true},
}

// points tells whether a preset is a perceptron on points.
func points(preset string) bool { return kinds[preset].batch > 0 }

// workloads are those that the options ask for: of each preset its steps, then its velocities.
func (o options) workloads() ([]workload, error) {
	var batches []int
	for _, text := range list(o.velocities) {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return nil, fmt.Errorf("-velocities must be numbers from 1 on, got %q", text)
		}
		batches = append(batches, n)
	}
	var all []workload
	for _, preset := range list(o.presets) {
		k := kinds[preset]
		base := o.steps * cmp.Or(k.many, 1)
		for _, estimator := range list(o.estimators) {
			all = append(all, workload{preset: preset, estimator: estimator, steps: []int{base}})
		}
		w := workload{preset: preset, estimator: velocityOnly, batches: batches}
		switch {
		case len(batches) == 0:
			continue
		case points(preset):
			w.batches, w.steps = []int{k.batch}, []int{base}
		default: // about as long at each batch size
			for _, n := range batches {
				w.steps = append(w.steps, max(1, base*8/n))
			}
		}
		all = append(all, w)
	}
	return all, nil
}

// compiles tells whether PyTorch's compiler is given a workload.
func (o options) compiles(w workload) bool { return slices.Contains(list(o.compiled), w.preset) }

// scales tells whether a workload is also run by one worker, alone and beside another.
func (o options) scales(w workload) bool {
	return w.estimator != velocityOnly && slices.Contains(list(o.scaling), w.preset)
}

// texts are numbers as flags have them.
func texts(numbers []int) string {
	list := make([]string, len(numbers))
	for i, n := range numbers {
		list[i] = strconv.Itoa(n)
	}
	return strings.Join(list, ",")
}
