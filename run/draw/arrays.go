package draw

import (
	"io"

	"github.com/amgen/amgen/imaging"
	"github.com/amgen/amgen/internal/npy"
	"github.com/amgen/amgen/internal/replace"
)

// Arrays in a file of samples, as far as the samples have them. Those of pictures are in the file of a batch alone.
const (
	arraySamples      = "samples"                // [batch, dims...]
	arrayTrajectory   = "trajectory"             // [times, batch, dims...]
	arrayLogWeights   = "log_weights"            // [batch]
	arrayStateWeights = "trajectory_log_weights" // [times, batch]
	arrayGiven        = "given"                  // [batch, dims...], 8-bit
	arrayTruth        = "truth"                  // [batch, dims...], 8-bit
	arrayLabels       = "labels"                 // [batch], whole numbers
)

// trajectory has the states of n examples, and their weights if they have any.
func (s *Samples) trajectory(n int) []npy.Array {
	var x []float32
	var logWeights []float64
	for _, state := range s.States {
		x, logWeights = append(x, state.X...), append(logWeights, state.LogWeights...)
	}
	arrays := []npy.Array{{Name: arrayTrajectory, Shape: append([]int{len(s.Times), n}, s.Dims()...), Values: x}}
	if logWeights != nil {
		arrays = append(arrays, npy.Array{Name: arrayStateWeights, Shape: []int{len(s.Times), n}, Values: logWeights})
	}
	return arrays
}

// WriteNPY writes array samples, [n, ...], into a .npy. Samples of snapshots are in the units and columns of their
// file.
func (s *Samples) WriteNPY(path string) error { return replace.Output(path, s.own().Write) }

// WriteNPZ writes a .npz of array samples, [n, ...]; also trajectory, [times, n, ...], and times, where there are any;
// of a run with classes labels, [n], -1 for any; and of an unbalanced run log_weights, [n], and with times
// trajectory_log_weights, [times, n]. Those of snapshots are in the units and columns of their file, times too; others
// as they are. Samples of images have a comment in the archive.
func (s *Samples) WriteNPZ(path, comment string) error {
	units, n := s.units(), s.Len()
	arrays := []npy.Array{s.own()}
	if s.Times != nil {
		states := s.trajectory(n)
		states[0].Shape = append([]int{len(s.Times), n}, units.dims(s)...)
		states[0].Values = units.values(states[0].Values.([]float32))
		arrays = append(arrays, states...)
		arrays = append(arrays, npy.Array{Name: "times", Shape: []int{len(s.Times)}, Values: s.fileTimes()})
	}
	if s.LogWeights != nil {
		arrays = append(arrays, npy.Array{Name: arrayLogWeights, Shape: []int{n}, Values: s.LogWeights})
	}
	if s.Labels != nil {
		arrays = append(arrays, npy.Array{Name: arrayLabels, Shape: []int{n}, Values: s.Labels})
	}
	return replace.Output(path, func(w io.Writer) error {
		if s.Source.Problem == nil {
			return npy.WriteCommented(w, comment, arrays...)
		}
		return npy.WriteArchive(w, arrays...)
	})
}

// WriteUint8NPZ writes images into a .npz as the evaluator of guided-diffusion and other programs read them: arr_0,
// [n, height, width, 3], of 8 bits, in which a grey image has three equal channels; of a run with classes also arr_1,
// the labels, [n]. Images of an unbalanced run are chosen by their weights, by a seed, and have no labels. Of an image
// that was restored the result alone is written.
func (s *Samples) WriteUint8NPZ(path string, seed int64) error {
	levels := make([]uint8, len(s.X))
	imaging.Quantize(levels, s.X)
	levels, err := Resampled(s.LogWeights, levels, seed)
	if err != nil {
		return err
	}
	dims := s.Dims()
	if dims[2] == 1 {
		grey := levels
		levels = make([]uint8, 0, 3*len(grey))
		for _, level := range grey {
			levels = append(levels, level, level, level)
		}
	}
	arrays := []npy.Array{{Name: "arr_0", Shape: []int{s.Len(), dims[0], dims[1], 3}, Values: levels}}
	if s.Labels != nil && s.LogWeights == nil {
		arrays = append(arrays, npy.Array{Name: "arr_1", Shape: []int{s.Len()}, Values: s.Labels})
	}
	return replace.Output(path, func(w io.Writer) error { return npy.WriteArchive(w, arrays...) })
}

// own is the array of the samples in their own units.
func (s *Samples) own() npy.Array {
	units := s.units()
	return npy.Array{Name: arraySamples, Shape: append([]int{s.Len()}, units.dims(s)...), Values: units.values(s.X)}
}
