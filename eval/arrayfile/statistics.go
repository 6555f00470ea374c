package arrayfile

import (
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"

	"github.com/amgen/amgen/eval"
	"github.com/amgen/amgen/internal/npy"
)

// Names of the arrays in files of statistics: mu and sigma as clean-fid, pytorch-fid and TTUR write them, pool_3 the
// features themselves, as score_sde does. count is ours.
const (
	npzMean       = "mu"
	npzCovariance = "sigma"
	npzCount      = "count"
	npzFeatures   = "pool_3"
)

// WriteMoments is [WriteGaussian] of moments, which [ReadMoments] reads as a part to merge. The covariance of a single
// sample is 0. Its errors are w's, and moments of no sample.
func WriteMoments(w io.Writer, m *eval.Moments) error {
	g := eval.Gaussian{Mean: m.Mean, Covariance: make([]float64, m.Dim()*m.Dim())}
	if m.Count != 1 {
		var err error
		if g, err = m.Gaussian(); err != nil {
			return err
		}
	}
	g.Count = m.Count
	return WriteGaussian(w, g)
}

// WriteGaussian writes a .npz of mu, [dim], and sigma, [dim, dim], in float64, which pytorch-fid, clean-fid and TTUR
// read as reference statistics, and of count, unless it is 0. Its errors are w's.
func WriteGaussian(w io.Writer, g eval.Gaussian) error {
	arrays := []npy.Array{
		{Name: npzMean, Shape: []int{g.Dim()}, Values: g.Mean},
		{Name: npzCovariance, Shape: []int{g.Dim(), g.Dim()}, Values: g.Covariance},
	}
	if g.Count > 0 {
		arrays = append(arrays, npy.Array{Name: npzCount, Values: []float64{float64(g.Count)}})
	}
	return npy.WriteArchive(w, arrays...)
}

// ReadMoments reads what [WriteMoments] wrote. Of moments that went through a file the last bits may differ. A file
// of another form, a damaged one and one without a count are errors.
func ReadMoments(path string) (*eval.Moments, error) {
	g, err := readArchive(path, readStatistics)
	switch {
	case err != nil:
		return nil, err
	case g.Count == 0:
		return nil, fmt.Errorf("eval: %s has no array %q; it is a reference, but can't be merged", filepath.Base(path),
			npzCount)
	}
	m := &eval.Moments{Count: g.Count, Mean: g.Mean, Scatter: g.Covariance}
	for i := range m.Scatter {
		m.Scatter[i] *= float64(g.Count - 1)
	}
	return m, nil
}

// ReadGaussian reads reference statistics from a .npz: mu, [dim], and sigma, [dim, dim]; or pool_3, [samples, dim],
// of which it takes the moments. A file of another form, a damaged one, and numbers that are no mean and covariance
// are errors.
func ReadGaussian(path string) (eval.Gaussian, error) {
	return readArchive(path, func(a *npy.Archive) (eval.Gaussian, error) {
		if !a.Has(npzFeatures) || a.Has(npzMean) {
			return readStatistics(a)
		}
		m, err := readFeatures(a)
		if err != nil {
			return eval.Gaussian{}, err
		}
		return m.Gaussian()
	})
}

// readArchive opens a .npz and names it in errors.
func readArchive(path string, read func(*npy.Archive) (eval.Gaussian, error)) (eval.Gaussian, error) {
	info, err := os.Stat(path)
	if err != nil {
		return eval.Gaussian{}, fmt.Errorf("eval: %v", err)
	}
	if !info.Mode().IsRegular() { // opening a FIFO would wait
		return eval.Gaussian{}, inFile(path, errors.New("no regular file; give one"))
	}
	f, err := os.Open(path)
	if err != nil {
		return eval.Gaussian{}, fmt.Errorf("eval: %v", err)
	}
	defer f.Close()
	a, err := npy.OpenArchive(f, info.Size())
	if err != nil {
		return eval.Gaussian{}, inFile(path, err)
	}
	g, err := read(a)
	if err != nil {
		return eval.Gaussian{}, inFile(path, err)
	}
	return g, nil
}

func inFile(path string, err error) error {
	return fmt.Errorf("eval: %s: %s", filepath.Base(path), strings.TrimPrefix(err.Error(), "eval: "))
}

// mostDim bounds the dimensions of statistics that are read: a covariance of 2 GiB.
const mostDim = 1 << 14

func readStatistics(a *npy.Archive) (eval.Gaussian, error) {
	if !a.Has(npzMean) || !a.Has(npzCovariance) {
		return eval.Gaussian{}, fmt.Errorf("no arrays %q and %q, but %s; give a mean and a covariance, or features "+
			"as %q",
			npzMean, npzCovariance, a, npzFeatures)
	}
	shape, mean, err := npy.Named[float64](a, npzMean)
	if err != nil {
		return eval.Gaussian{}, err
	}
	if len(shape) != 1 || shape[0] < 1 || shape[0] > mostDim {
		return eval.Gaussian{}, fmt.Errorf("array %q of shape %v; give [dim], of %d at most", npzMean, shape, mostDim)
	}
	r, entry, err := a.Open(npzCovariance)
	if err != nil {
		return eval.Gaussian{}, err
	}
	defer entry.Close()
	if dim := len(mean); len(r.Shape) != 2 || r.Shape[0] != dim || r.Shape[1] != dim {
		return eval.Gaussian{}, fmt.Errorf("array %q of shape %v beside a mean of %d; give [%d, %d]", npzCovariance,
			r.Shape, dim, dim, dim)
	}
	g := eval.Gaussian{Mean: mean}
	if g.Covariance, err = npy.All[float64](r); err != nil {
		return eval.Gaussian{}, fmt.Errorf("array %q with %v", npzCovariance, err)
	}
	if a.Has(npzCount) {
		if g.Count, err = readCount(a); err != nil {
			return eval.Gaussian{}, err
		}
	}
	return g, g.Check()
}

func readCount(a *npy.Archive) (int, error) {
	_, count, err := npy.Named[float64](a, npzCount)
	if err != nil {
		return 0, err
	}
	if len(count) != 1 || !(count[0] >= 1 && count[0] <= 1<<53) || count[0] != math.Trunc(count[0]) {
		return 0, fmt.Errorf("array %q = %.3g; give the number of samples", npzCount, count)
	}
	return int(count[0]), nil
}

// readFeatures takes the moments of rows, of any axes after the first, without holding them all.
func readFeatures(a *npy.Archive) (*eval.Moments, error) {
	r, entry, err := a.Open(npzFeatures)
	if err != nil {
		return nil, err
	}
	defer entry.Close()
	if len(r.Shape) < 2 || r.Len() == 0 || r.Len()/r.Shape[0] > mostDim {
		return nil, fmt.Errorf("array %q of shape %v; give rows, [samples, dim], of %d at most", npzFeatures, r.Shape,
			mostDim)
	}
	dim := r.Len() / r.Shape[0]
	m := eval.NewMoments(dim)
	const together = 512 // rows, as many as [eval.Moments] works on at a time
	rows := make([]float64, together*dim)
	for r.Len() > 0 {
		rows = rows[:min(len(rows), r.Len())]
		if err := npy.Read(r, rows); err != nil {
			return nil, fmt.Errorf("array %q with %v", npzFeatures, err)
		}
		if err := m.Add(rows); err != nil {
			return nil, err
		}
	}
	if err := r.End(); err != nil {
		return nil, fmt.Errorf("array %q with %v", npzFeatures, err)
	}
	return m, nil
}
