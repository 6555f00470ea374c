package evaluate

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/amgen/amgen/eval"
	"github.com/amgen/amgen/flows/science"
)

// openTable reads a .csv of points, as `amgen sample` writes it: with names of columns or none, a column of weights
// where points count differently, and of several times the last.
func openTable(_ role, path string, limit int) (*eval.Set, error) {
	points, err := science.ReadPoints(path)
	if index := (science.ColumnsError{}); errors.As(err, &index) {
		return nil, fmt.Errorf("read %s: %w: write the file with index=False in pandas, with row.names=FALSE in R, "+
			"or delete the column", path, err)
	} else if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	hash, err := hashOfFile(path) // a regular file, or it hadn't been read
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	cloud := eval.Cloud{Dim: points.Dim, X: points.X}
	if logs := points.LogWeights; logs != nil && slices.Max(logs) != slices.Min(logs) { // equal ones are none
		cloud.Weights = eval.RelativeWeights(logs)
	}
	s := eval.PointSet(path, cloud, limit)
	s.Hash, s.Notes = hash, points.Notes
	if s.Weights != nil {
		s.WeightedBy = points.WeightedBy
	}
	return s, nil
}

func hashOfFile(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	hash := sha256.New()
	if _, err := io.Copy(hash, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}
