package cli

import (
	"fmt"
	"image"
	"io"
	"time"

	"github.com/amgen/amgen/eval/arrayfile"
	"github.com/amgen/amgen/imaging"
	"github.com/amgen/amgen/internal/npy"
	"github.com/amgen/amgen/run/draw"
)

// frameDelay is how long a .gif shows a state.
const frameDelay = 80 * time.Millisecond

// write writes samples of a seed: a picture on stdout or in a file, an animation, numbers, or a file per image.
func (o output) write(s *draw.Samples, seed int64, std streams) error {
	switch {
	case !o.pictures():
		return o.writeNumbers(s, std)
	case o.manyFiles():
		return o.writeEach(s, seed, std)
	case o.kind() == ".gif":
		return o.writeGIF(s, seed)
	}
	show := func() (image.Image, error) { return s.Picture(o.layout(seed)) }
	if o.trajectories(s.Times) {
		show = s.Trajectories
	}
	picture, err := show()
	if err != nil {
		return err
	}
	if o.stdout() {
		return imaging.EncodePNG(std.out, picture)
	}
	return imaging.WritePNG(o.path, picture)
}

// writeGIF writes a picture for each time.
func (o output) writeGIF(s *draw.Samples, seed int64) error {
	var frames []image.Image
	for _, state := range s.States {
		frame, err := s.PictureAt(state, o.layout(seed))
		if err != nil {
			return err
		}
		frames = append(frames, frame)
	}
	return imaging.WriteGIF(o.path, frames, frameDelay)
}

// writeNumbers writes the samples: array samples, [n, ...], in a .npy; in a .npz also trajectory, [times, n, ...], and
// times, where there are any, and of an unbalanced run log_weights, [n], and with times trajectory_log_weights, [times,
// n]. Those of snapshots are in the units and columns of their file, times too; others as they are.
func (o output) writeNumbers(s *draw.Samples, std streams) error {
	units, n := unitsOf(s), s.Len()
	if units.own != nil {
		fmt.Fprintf(std.err, "sample: points and times are in the units and columns of %s\n", units.own.Population.Name)
	}
	samples := npy.Array{Name: chunkSamples, Shape: append([]int{n}, units.dims(s)...), Values: units.values(s.X)}
	switch o.kind() {
	case ".npy":
		return writeNPY(o.path, samples)
	case ".csv":
		return units.writeCSV(o.path, s)
	}
	arrays := []npy.Array{samples}
	if s.Times != nil {
		states := trajectory(s, n)
		states[0].Shape = append([]int{len(s.Times), n}, units.dims(s)...)
		states[0].Values = units.values(states[0].Values.([]float32))
		arrays = append(arrays, states...)
		arrays = append(arrays, npy.Array{Name: "times", Shape: []int{len(s.Times)}, Values: units.times(s.Times)})
	}
	if s.LogWeights != nil {
		arrays = append(arrays, npy.Array{Name: "log_weights", Shape: []int{n}, Values: s.LogWeights})
	}
	if s.Source.Problem == nil {
		return replaceFile(o.path, func(w io.Writer) error {
			return npy.WriteCommented(w, arrayfile.PixelComment+arrayfile.SignedPixels.Text(), arrays...)
		})
	}
	return writeNPZ(o.path, arrays)
}

// writeEach writes a picture of each image into a directory.
func (o output) writeEach(s *draw.Samples, seed int64, std streams) error {
	pixels, err := s.Pixels(s.State, seed) // points have been refused
	if err != nil {
		return err
	}
	n, tiles, dims := s.Len(), draw.Tiles(s.Source.Restores()), s.Dims()
	size := tiles * s.Size()
	err = pictureFolder{o.path, n}.write(func(k int) (image.Image, error) {
		return imaging.Grid(pixels[k*size:(k+1)*size], tiles, dims[0], dims[1], dims[2],
			imaging.GridOptions{Cols: tiles})
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(std.err, "sample: wrote %d images to %s\n", n, o.path)
	return nil
}
