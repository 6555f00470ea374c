package main

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"os"
	"slices"

	"github.com/amgen/amgen/eval"
	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/flows/science"
	"github.com/amgen/amgen/flows/solve"
	"github.com/amgen/amgen/internal/npy"
	"github.com/amgen/amgen/internal/transport"
)

// velocities compares learned velocities of all cells with those that were measured, and the velocities of optimal
// pairs with them once. Row says what was learned.
func (b bench) velocities(ctx context.Context, s set, file string, row score, snapshots *science.Snapshots,
	sampler *flows.Sampler) error {
	if s.velocities == "" {
		return nil
	}
	measured, err := readVelocities(file, s.velocities, snapshots)
	if err != nil {
		return err
	}
	row.Protocol = velocities
	pairs := score{Set: s.name, Protocol: velocities, Method: optimalPairs, Seed: 1}
	for k := range snapshots.Times {
		learned, err := velocitiesAt(ctx, sampler, snapshots, k)
		if err != nil {
			return err
		}
		row.Time, pairs.Time = k+1, k+1
		if err := b.compare(row, snapshots, learned, measured[k]); err != nil {
			return err
		}
		if b.record.has(pairs) {
			continue
		}
		paired, err := pairVelocities(snapshots, k)
		if err != nil {
			return err
		}
		if err := b.compare(pairs, snapshots, paired, measured[k]); err != nil {
			return err
		}
	}
	return nil
}

// compare adds the mean cosine of two sets of velocities to the record. Those in the coordinates that are learned are
// put in the units of the file.
func (b bench) compare(row score, s *science.Snapshots, learned, measured []float64) error {
	sum := 0.0
	for i := 0; i < len(learned); i += s.Dim {
		var dot, a, c float64
		for d := range s.Dim {
			v, w := learned[i+d]*s.Transform.Deviation[d], measured[i+d]
			dot, a, c = dot+v*w, a+v*v, c+w*w
		}
		sum += dot / max(math.Sqrt(a*c), 1e-30)
	}
	cosine := sum / float64(len(learned)/s.Dim)
	row.Cosine = &cosine
	fmt.Fprintf(os.Stderr, "%s, %s, seed %d, time %d, %s: cosine %.3f\n", row.Set, row.Protocol, row.Seed, row.Time,
		row.Method, cosine)
	return b.record.add(row)
}

// velocitiesAt are the learned ones of the cells of time point k: a short step of Euler's method over its length.
func velocitiesAt(ctx context.Context, sampler *flows.Sampler, s *science.Snapshots, k int) ([]float64, error) {
	step := 1e-3
	if k == len(s.Times)-1 {
		step = -step
	}
	end, err := sampler.Follow(ctx, solve.Euler{Steps: 1}, s.Points(k), s.Times[k], s.Times[k]+step,
		flows.FollowOptions{})
	if err != nil {
		return nil, err
	}
	defer end.Finalize()
	c, err := eval.CloudOf(end.X)
	if err != nil {
		return nil, err
	}
	for i, x := range s.Cells[k] {
		c.X[i] = (c.X[i] - x) / step
	}
	return c.X, nil
}

// pairVelocities go from each cell of time point k to the mean of its partners at the next, in an optimal plan; those
// of the last one come from the one before.
func pairVelocities(s *science.Snapshots, k int) ([]float64, error) {
	to, sign := k+1, 1.0
	if to == len(s.Times) {
		to, sign = k-1, -1
	}
	equal := func(n int) []float64 { return slices.Repeat([]float64{1 / float64(n)}, n) }
	plan, _, err := transport.Plan(equal(s.Len(k)), equal(s.Len(to)),
		transport.Euclidean(s.Dim, 2, s.Cells[k], s.Cells[to]))
	if err != nil {
		return nil, err
	}
	out := make([]float64, len(s.Cells[k]))
	for _, f := range plan {
		for d := range s.Dim {
			out[f.From*s.Dim+d] += sign * f.Mass * (s.Cells[to][f.To*s.Dim+d] - s.Cells[k][f.From*s.Dim+d])
		}
	}
	return out, nil
}

// readVelocities are the first coordinates of an array of the .npz, by time and in the order of the cells: rows of one
// time keep the order of the file.
func readVelocities(file, name string, s *science.Snapshots) ([][]float64, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	archive, err := npy.OpenArchive(f, info.Size())
	if err != nil {
		return nil, err
	}
	v, wide, err := readArray(archive, name)
	if err != nil {
		return nil, err
	}
	times, _, err := readArray(archive, "ts")
	if err != nil {
		return nil, err
	}
	if s.Transform.Axes != nil || wide < s.Dim || len(v) != wide*len(times) {
		return nil, fmt.Errorf("%s: %d velocities of %d coordinates for %d cells of %d", file, len(v)/max(wide, 1),
			wide, len(times), s.Dim)
	}
	order := make([]int, len(times))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(times[a], times[b]) })
	var all [][]float64
	for k := range s.Times {
		var cells []float64
		for _, row := range order[:s.Len(k)] {
			cells = append(cells, v[row*wide:row*wide+s.Dim]...)
		}
		all, order = append(all, cells), order[s.Len(k):]
	}
	return all, nil
}

// readArray is an array, and the length of its rows.
func readArray(archive *npy.Archive, name string) (values []float64, wide int, err error) {
	a, closer, err := archive.Open(name)
	if err != nil {
		return nil, 0, err
	}
	defer closer.Close()
	values = make([]float64, a.Len())
	return values, a.Len() / max(a.Shape[0], 1), npy.Read(a, values)
}
