package draw

import (
	"image"
	"math"
	"path/filepath"
	"slices"

	"github.com/gomlx/gomlx/pkg/core/tensors"

	"github.com/amgen/amgen/flows/science"
)

// dataSeed draws the points of the data that are shown.
const dataSeed = 1

// scatter has the data on the left and the samples over it on the right, both in the first two coordinates that
// [units.seen] gives.
func (s *Samples) scatter(at State, layout Layout) (image.Image, error) {
	problem := s.Source.Problem
	const most = 2000
	last := problem.Marginals[len(problem.Marginals)-1]
	points, err := last.Points(dataSeed, most)
	if err != nil {
		return nil, err
	}
	defer points.MustFinalizeAll()
	data, err := tensors.CopyFlatData[float32](points)
	if err != nil {
		return nil, err
	}
	samples, err := Resampled(at.LogWeights, at.X, layout.Seed)
	if err != nil {
		return nil, err
	}
	dim, units := problem.Dim, s.units()
	shown := [][]float64{units.seen(data), units.seen(s.X)}
	for _, state := range s.States {
		shown = append(shown, units.seen(state.X))
	}
	bounds := boundsOf(dim, shown...)
	return sideBySide(units.axes(), bounds, inPlane(dim, shown[0]), inPlane(dim, units.seen(samples)))
}

// Trajectories shows the data of all times, those left out as rings, under the trajectories of the first points.
func (s *Samples) Trajectories() (image.Image, error) {
	problem, units := s.Source.Problem, s.units()
	const shown, perTime = 200, 500
	var layers []science.Layer
	var states []*tensors.Tensor
	defer func() {
		for _, layer := range layers {
			layer.Points.MustFinalizeAll()
		}
		for _, state := range states {
			state.MustFinalizeAll()
		}
	}()
	for _, m := range problem.Marginals {
		points, err := m.Points(dataSeed, perTime)
		if err != nil {
			return nil, err
		}
		flat, err := tensors.CopyFlatData[float32](points)
		dims := points.Shape().Dimensions
		points.MustFinalizeAll()
		if err != nil {
			return nil, err
		}
		points = tensors.FromFlatDataAndDimensions(units.seen(flat), dims...)
		layers = append(layers, science.Layer{Name: m.Name, Points: points, Hollow: m.LeftOut})
	}
	for _, state := range s.States {
		n := min(shown, len(state.X)/problem.Dim)
		states = append(states, tensors.FromFlatDataAndDimensions(units.seen(state.X[:n*problem.Dim]), n, problem.Dim))
	}
	return science.Picture(title(problem), units.axes(), layers, states)
}

// title is that of a picture: a problem's name; of a file of snapshots its name, without a matrix in it.
func title(p *science.Problem) string {
	if p.Snapshots != nil && p.Name != science.EmbryoName {
		return p.Snapshots.Population.Name
	}
	return filepath.Base(p.Name)
}

// plane is points in two coordinates.
type plane [][2]float64

// inPlane are the first two coordinates of points; those of a line are spread out evenly in the second.
func inPlane(dim int, points []float64) plane {
	n := len(points) / dim
	out := make(plane, n)
	for i := range out {
		out[i] = [2]float64{points[i*dim], (float64(i) + 0.5) / float64(n)}
		if dim > 1 {
			out[i][1] = points[i*dim+1]
		}
	}
	return out
}

// bounds are the least and the greatest of each coordinate that a picture shows.
type bounds struct{ low, high [2]float64 }

// boundsOf leaves out the outermost 0.2 % of points on every side, so that a stray one hides nothing.
func boundsOf(dim int, sets ...[]float64) bounds {
	var b bounds
	for axis := range 2 {
		low, high := math.Inf(1), math.Inf(-1)
		for _, set := range sets {
			var values []float64
			for _, p := range inPlane(dim, set) {
				values = append(values, p[axis])
			}
			if len(values) == 0 {
				continue
			}
			slices.Sort(values)
			skip := len(values) / 500
			low, high = min(low, values[skip]), max(high, values[len(values)-1-skip])
		}
		margin := 0.05 * (high - low)
		if margin == 0 {
			margin = max(1e-9, 0.05*math.Abs(high))
		}
		b.low[axis], b.high[axis] = low-margin, high+margin
	}
	return b
}
