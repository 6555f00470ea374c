package cli

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/amgen/amgen/eval"
	"github.com/amgen/amgen/flows/science"
)

// openTable reads a .csv of points, as `amgen sample` writes it: with names of columns or none, log_weight where points
// count differently, and of several times the last.
func openTable(_ role, path string, limit int) (*eval.Set, error) {
	points, err := science.ReadPoints(path)
	if err != nil {
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
		s.WeightedBy = "log_weight"
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
