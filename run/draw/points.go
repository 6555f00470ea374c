package draw

import (
	"image"
	"math"
	"path/filepath"
	"slices"

	"github.com/gomlx/gomlx/pkg/core/tensors"

	"github.com/amgen/amgen/flows/science"
	"github.com/amgen/amgen/run/plane"
)

// dataSeed draws the points of the data that are shown.
const dataSeed = 1

// mostShown is how many points of the data a picture beside the samples shows.
const mostShown = 2000

// moment is a state of points and its time.
type moment struct {
	State
	t    float64 // of the model
	name string  // in the file's unit of time
}

// end is the state at t = 1.
func (s *Samples) end() moment {
	return moment{s.State, 1, s.units().called(s, s.units().times([]float64{1})[0])}
}

// moment is state i.
func (s *Samples) moment(i int) moment {
	return moment{s.States[i], s.Times[i], s.units().called(s, s.fileTimes()[i])}
}

// scatters has a picture of each moment: the data of the time next to it on the left, and the samples over them on the
// right, all in the same bounds.
func (s *Samples) scatters(moments []moment, layout Layout) ([]image.Image, error) {
	problem := s.Source.Problem
	in, err := plane.Of(problem, layout.Axes)
	if err != nil {
		return nil, err
	}
	data := make([][][2]float64, len(problem.Marginals))
	samples := make([][][2]float64, len(moments))
	var shown [][][2]float64
	for i, m := range moments {
		k := nearest(problem.Marginals, m.t)
		if data[k] == nil {
			if data[k], err = dataIn(in, problem.Marginals[k], mostShown); err != nil {
				return nil, err
			}
			shown = append(shown, data[k])
		}
		samples[i] = in.Points(m.X)
		shown = append(shown, samples[i])
	}
	bounds := boundsOf(shown...)
	pictures := make([]image.Image, len(moments))
	for i, m := range moments {
		chosen, err := Resampled(m.LogWeights, samples[i], layout.Seed)
		if err != nil {
			return nil, err
		}
		k := nearest(problem.Marginals, m.t)
		pictures[i], err = sideBySide(in, bounds, panel{"data, " + s.marginal(problem.Marginals[k]), data[k]},
			panel{"samples, " + m.name + " (data in grey)", chosen})
		if err != nil {
			return nil, err
		}
	}
	return pictures, nil
}

// nearest is the number of the marginal whose time is next to t, the earlier one of two.
func nearest(marginals []science.Marginal, t float64) int {
	best := 0
	for k, m := range marginals {
		if math.Abs(m.Time-t) < math.Abs(marginals[best].Time-t) {
			best = k
		}
	}
	return best
}

// dataIn are points of the data in a plane, so many of those that have no end.
func dataIn(in plane.Plane, m science.Marginal, count int) ([][2]float64, error) {
	points, err := m.Points(dataSeed, count)
	if err != nil {
		return nil, err
	}
	defer points.MustFinalizeAll()
	flat, err := tensors.CopyFlatData[float32](points)
	if err != nil {
		return nil, err
	}
	return in.Points(flat), nil
}

// Trajectories shows the data of all times, those left out as rings, under the trajectories of the first points.
func (s *Samples) Trajectories(layout Layout) (image.Image, error) {
	problem := s.Source.Problem
	const shown, perTime = 200, 500
	in, err := plane.Of(problem, layout.Axes)
	if err != nil {
		return nil, err
	}
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
		points, err := dataIn(in, m, perTime)
		if err != nil {
			return nil, err
		}
		layers = append(layers, science.Layer{Name: s.called(m), Points: flat(in, points), Hollow: m.LeftOut})
	}
	for _, state := range s.States {
		n := min(shown, len(state.X)/problem.Dim)
		states = append(states, flat(in, in.Points(state.X[:n*problem.Dim])))
	}
	return science.Picture(title(problem), []string{in.X.Name, in.Y.Name}, layers, states)
}

// flat is points in a plane as a tensor, [n, 2], or [n, 1] where they have one coordinate.
func flat(in plane.Plane, points [][2]float64) *tensors.Tensor {
	dim := 2
	if in.Line() {
		dim = 1
	}
	values := make([]float64, 0, dim*len(points))
	for _, p := range points {
		values = append(values, p[:dim]...)
	}
	return tensors.FromFlatDataAndDimensions(values, len(points), dim)
}

// called is the time of a marginal as a picture has it: that of snapshots with the name of the file's column.
func (s *Samples) called(m science.Marginal) string {
	u := s.units()
	if u.own == nil {
		return m.Name
	}
	return u.called(s, u.own.Population.TimeAt(m.Time))
}

// marginal is the same, and says whether the time was left out of training.
func (s *Samples) marginal(m science.Marginal) string {
	if m.LeftOut {
		return s.called(m) + ", left out"
	}
	return s.called(m)
}

// title is that of a picture: a problem's name; of a file of snapshots its name, without a matrix in it.
func title(p *science.Problem) string {
	if p.Snapshots != nil && p.Name != science.EmbryoName {
		return p.Snapshots.Population.Name
	}
	return filepath.Base(p.Name)
}

// bounds are the least and the greatest of each coordinate that a picture shows.
type bounds struct{ low, high [2]float64 }

// boundsOf leaves out the outermost 0.2 % of points on every side, so that a stray one hides nothing.
func boundsOf(sets ...[][2]float64) bounds {
	var b bounds
	for axis := range 2 {
		low, high := math.Inf(1), math.Inf(-1)
		for _, set := range sets {
			var values []float64
			for _, p := range set {
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
