package cli

import (
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/amgen/amgen/eval"
	"github.com/amgen/amgen/flows/science"
)

// openTable reads a .csv of points, as `amgen sample` writes it: with names of columns or none, a column of weights where points
// count differently, and of several times the last.
func openTable(path string, limit int) (*side, error) {
	points, err := science.ReadPoints(path)
	if index := (science.ColumnsError{}); errors.As(err, &index) {
		return nil, fmt.Errorf("read %s: %w: write the file with index=False in pandas, with row.names=FALSE in R, or delete the column", path, err)
	} else if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	f, err := os.Open(path) // a regular file, or it hadn't been read
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	hash, err := hashOf(f, info.Size())
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	cloud := eval.Cloud{Dim: points.Dim, X: points.X}
	if logs := points.LogWeights; logs != nil && slices.Max(logs) != slices.Min(logs) { // equal ones are none
		cloud.Weights = relativeWeights(logs)
	}
	if limit > 0 {
		cloud = cloud.Spread(limit)
	}
	s := &side{name: path, points: &cloud, hash: hash, count: cloud.Len(), fileHash: hash, weights: cloud.Weights, notes: points.Notes}
	if s.weights != nil {
		s.weightedBy = points.WeightedBy
	}
	return s, nil
}
