package cli

import (
	"fmt"
	"image"
	"io"
	"time"

	"github.com/amgen/amgen/imaging"
	"github.com/amgen/amgen/internal/npy"
)

// frameDelay is how long a .gif shows a state.
const frameDelay = 80 * time.Millisecond

// write puts the samples where the user wants them: a picture on stdout or in a file, pictures in an animation, numbers,
// or one file each.
func (o *sampleOptions) write(d *drawing, std streams) error {
	switch {
	case !o.pictures():
		return o.writeNumbers(d, std)
	case o.manyFiles():
		return o.writeEach(d, std)
	case o.kind() == ".gif":
		return o.writeGIF(d)
	}
	picture, err := d.picture(d.end(), o.look())
	if err != nil {
		return err
	}
	if o.out == "" {
		return imaging.EncodePNG(std.out, picture)
	}
	return imaging.WritePNG(o.out, picture)
}

// writeGIF writes a picture for each time.
func (o *sampleOptions) writeGIF(d *drawing) error {
	var frames []image.Image
	for _, state := range d.states {
		frame, err := d.picture(state, o.look())
		if err != nil {
			return err
		}
		frames = append(frames, frame)
	}
	return imaging.WriteGIF(o.out, frames, frameDelay)
}

// writeNumbers writes the samples: array samples, [n, ...], in a .npy; in a .npz also trajectory, [times, n, ...], and times,
// where there are any, and of an unbalanced run log_weights, [n], and with times trajectory_log_weights, [times, n]. Those of
// snapshots are in the units and columns of their file, times too; others as they are.
func (o *sampleOptions) writeNumbers(d *drawing, std streams) error {
	units := d.units()
	if units.own != nil {
		fmt.Fprintf(std.err, "sample: points and times are in the units and columns of %s\n", units.own.Population.Name)
	}
	samples := npy.Array{Name: chunkSamples, Shape: append([]int{o.n}, units.dims(d)...), Values: units.values(d.samples)}
	switch o.kind() {
	case ".npy":
		return writeNPY(o.out, samples)
	case ".csv":
		return units.writeCSV(o.out, d)
	}
	arrays := []npy.Array{samples}
	if d.times != nil {
		way := d.trajectory(o.n)
		way[0].Shape, way[0].Values = append([]int{len(d.times), o.n}, units.dims(d)...), units.values(way[0].Values.([]float32))
		arrays = append(arrays, way...)
		arrays = append(arrays, npy.Array{Name: "times", Shape: []int{len(d.times)}, Values: units.times(d.times)})
	}
	if d.logWeights != nil {
		arrays = append(arrays, npy.Array{Name: "log_weights", Shape: []int{o.n}, Values: d.logWeights})
	}
	if len(d.dims) == 3 { // images
		return replaceFile(o.out, func(w io.Writer) error { return npy.WriteCommented(w, pixelComment+signedRange.typed(), arrays...) })
	}
	return writeNPZ(o.out, arrays)
}

// writeEach writes a picture of each image into a directory.
func (o *sampleOptions) writeEach(d *drawing, std streams) error {
	pixels, err := d.pixels(d.end(), o.seed) // points have been refused
	if err != nil {
		return err
	}
	tiles := tiles(d.from.Path)
	size := tiles * d.size()
	err = pictureFolder{o.out, o.n}.write(func(k int) (image.Image, error) {
		return imaging.Grid(pixels[k*size:(k+1)*size], tiles, d.dims[0], d.dims[1], d.dims[2], imaging.GridOptions{Cols: tiles})
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(std.err, "sample: wrote %d images to %s\n", o.n, o.out)
	return nil
}
