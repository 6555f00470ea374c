package sample

import (
	"fmt"
	"image"
	"time"

	"github.com/amgen/amgen/eval/arrayfile"
	"github.com/amgen/amgen/imaging"
	"github.com/amgen/amgen/internal/cli/term"
	"github.com/amgen/amgen/run/draw"
)

// frameDelay is how long a .gif shows a state.
const frameDelay = 80 * time.Millisecond

// write writes samples of a seed: a picture on stdout or in a file, an animation, numbers, or a file per image.
func (o output) write(s *draw.Samples, seed int64, std term.Streams) error {
	switch {
	case !o.pictures():
		return o.writeNumbers(s, seed, std)
	case o.manyFiles():
		return o.writeEach(s, seed, std)
	case o.kind() == ".gif":
		return o.writeGIF(s, seed)
	}
	show := func() (image.Image, error) { return s.Picture(o.layout(seed)) }
	if o.trajectories(s.Times) {
		show = func() (image.Image, error) { return s.Trajectories(o.layout(seed)) }
	}
	picture, err := show()
	if err != nil {
		return err
	}
	if o.stdout() {
		return imaging.EncodePNG(std.Out, picture)
	}
	return imaging.WritePNG(o.path, picture)
}

// writeGIF writes a picture for each time.
func (o output) writeGIF(s *draw.Samples, seed int64) error {
	frames, err := s.Frames(o.layout(seed))
	if err != nil {
		return err
	}
	return imaging.WriteGIF(o.path, frames, frameDelay)
}

// writeNumbers writes the samples of a seed as a .npy, .npz, .csv or .h5ad.
func (o output) writeNumbers(s *draw.Samples, seed int64, std term.Streams) error {
	if name := s.Own(); name != "" {
		fmt.Fprintf(std.Err, "sample: points and times are in the units and columns of %s\n", name)
	}
	switch o.kind() {
	case ".npy":
		if s.LogWeights != nil {
			fmt.Fprintf(std.Err, "sample: warning: %s has the samples without their weights, and those of an "+
				"unbalanced run count differently; .npz, .csv and .h5ad keep the weights\n", o.path)
		}
		return s.WriteNPY(o.path)
	case ".csv":
		return s.WriteCSV(o.path)
	case ".h5ad":
		return s.WriteH5AD(o.path)
	}
	if o.uint8 {
		return s.WriteUint8NPZ(o.path, seed)
	}
	return s.WriteNPZ(o.path, arrayfile.PixelComment+arrayfile.SignedPixels.Text())
}

// writeEach writes a picture of each image into a directory.
func (o output) writeEach(s *draw.Samples, seed int64, std term.Streams) error {
	pixels, err := s.Pixels(s.State, seed) // points have been refused
	if err != nil {
		return err
	}
	n, tiles, dims := s.Len(), draw.Tiles(s.Source.Restores()), s.Dims()
	size := tiles * s.Size()
	err = imaging.PictureFolder{Dir: o.path, N: n}.Write(func(k int) (image.Image, error) {
		return imaging.Grid(pixels[k*size:(k+1)*size], tiles, dims[0], dims[1], dims[2],
			imaging.GridOptions{Cols: tiles})
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(std.Err, "sample: wrote %d images to %s\n", n, o.path)
	return nil
}
